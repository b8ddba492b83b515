//! What a plugin says: of its failures, and to its log.

use activity_log_plugin::{Failure, Nonsense};

use crate::guest::{self, Guest};
use crate::{BUDGET, fails, filter, load, start};

/// A `filter` that fails by itself, with `bytes` of memory as its message.
fn failing(row: &str, at: u32, bytes: u32) -> String {
    format!(
        "(memory.fill (i32.const 70000) (i32.const 97) (i32.const 20000))
         (i32.store8 (i32.const 512) (i32.const 1))
         {row}
         (i32.store offset=12 (i32.const 512) (i32.const {at}))
         (i32.store offset=16 (i32.const 512) (i32.const {bytes}))
         (i32.const 512)"
    )
}

#[test]
fn its_own_failure_is_told_with_its_row() {
    let row = |row: u32| {
        format!(
            "(i32.store8 offset=4 (i32.const 512) (i32.const 1)) (i32.store offset=8 (i32.const 512) (i32.const {row}))"
        )
    };
    let failure = fails(&failing(&row(2), 70_000, 3));
    assert_eq!(
        (failure.to_string().as_str(), failure.row()),
        ("the plugin says: aaa", Some(2))
    );
    assert_eq!(failure.name(), "plugin");
    // A row that is not in the batch is none.
    assert_eq!(fails(&failing(&row(3), 70_000, 3)).row(), None);
    assert_eq!(fails(&failing("", 70_000, 3)).row(), None);
}

#[test]
fn its_messages_are_cut() {
    let failure = fails(&failing("", 70_000, 20_000)).to_string();
    assert_eq!(failure, format!("the plugin says: {}…", "a".repeat(4096)));
    // Of control characters.
    let failure = fails(&failing(
        "(i32.store16 (i32.const 70000) (i32.const 0x0a1b))",
        70_000,
        3,
    ))
    .to_string();
    assert_eq!(failure, r"the plugin says: \u{1b}\na");
    let guest = Guest {
        start: failing(
            "(i32.store offset=4 (i32.const 512) (i32.const 70000)) (i32.store offset=8 (i32.const 512) (i32.const 5000))",
            0,
            0,
        ),
        ..Guest::default()
    };
    let failure = load(&guest).start(&[], BUDGET).unwrap_err().to_string();
    assert_eq!(
        failure,
        format!("the plugin does not start: {}…", "a".repeat(4096))
    );
}

#[test]
fn the_log_is_kept_up_to_its_limit() {
    let logging = |lines: u32, bytes: u32| Guest {
        log: true,
        ..Guest::filtering(&format!(
            "(memory.fill (i32.const 70000) (i32.const 97) (i32.const 20000))
             (loop $again
               (call $log (i32.const 70000) (i32.const {bytes}))
               (local.set $line (i32.add (local.get $line) (i32.const 1)))
               (br_if $again (i32.lt_u (local.get $line) (i32.const {lines}))))
             {}",
            guest::STARTS_WITH_D
        ))
    };
    let mut run = start(&logging(2, 3));
    filter(&mut run).unwrap();
    assert_eq!(run.log(), ["aaa", "aaa"]);
    assert!(!run.used().log_cut);
    let mut run = start(&logging(1000, 10_000));
    filter(&mut run).unwrap();
    let used = run.used();
    assert_eq!((used.log_lines, used.log_cut), (1000, true));
    assert_eq!(run.log().len(), 8);
    assert_eq!(
        run.log().iter().take(7).map(String::len).sum::<usize>(),
        65_536 - 7
    );
    assert_eq!(run.log()[7], "… (the log is cut here, after 64 KiB)");
}

#[test]
fn a_log_line_that_cannot_be_read_is_a_failure() {
    let guest = Guest {
        log: true,
        ..Guest::filtering("(call $log (i32.const -1) (i32.const 10)) unreachable")
    };
    let failure = filter(&mut start(&guest)).unwrap_err();
    assert!(
        matches!(failure, Failure::Nonsense(Nonsense::Unreadable(_))),
        "{failure}"
    );
}
