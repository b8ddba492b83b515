//! Which row it was.

use std::time::Duration;

use activity_log_plugin::{Batch, Exceeded, Failure};

use crate::guest::{self, Guest};
use crate::{BUDGET, load};

/// Loops on a row whose first input begins with an L, traps on one with a T.
const ONE_ROW: &str = "
    (if (call $has (local.get $rows) (local.get $columns) (i32.const 76)) (then (loop $forever (br $forever))))
    (if (call $has (local.get $rows) (local.get $columns) (i32.const 84)) (then unreachable))";

fn failing_on_one_row() -> Guest {
    let has = "(func $has (param $rows i32) (param $columns i32) (param $letter i32) (result i32)
        (local $r i32) (local $value i32)
        (loop $next
          (local.set $value (i32.add (i32.load (local.get $columns))
            (i32.shl (i32.load (i32.add (i32.load offset=8 (local.get $columns)) (i32.shl (local.get $r) (i32.const 2)))) (i32.const 4))))
          (if (i32.eq (i32.load8_u (i32.load offset=8 (local.get $value))) (local.get $letter))
            (then (return (i32.const 1))))
          (local.set $r (i32.add (local.get $r) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $r) (local.get $rows))))
        (i32.const 0))";
    Guest {
        more: has.to_owned(),
        ..Guest::filtering(&format!("{ONE_ROW}{}", guest::STARTS_WITH_D))
    }
}

#[test]
fn the_row_at_fault_is_found() {
    let plugin = load(&failing_on_one_row());
    for (letter, at, rows) in [
        ("T", 0, 4096),
        ("T", 2789, 4096),
        ("T", 4095, 4096),
        ("L", 77, 100),
        ("T", 0, 1),
    ] {
        let column = guest::texts((0..rows).map(|row| if row == at { letter } else { "Describe" }));
        let batch = Batch {
            rows,
            columns: vec![column.column()],
        };
        let failure = plugin
            .start(&[], BUDGET)
            .unwrap()
            .filter(&batch)
            .unwrap_err();
        let blamed = plugin.blame(&[], &batch, &failure, Duration::from_secs(5));
        assert_eq!(
            blamed,
            Some(at),
            "{letter} in row {at} of {rows}: {failure}"
        );
    }
}

#[test]
fn nobody_is_blamed_for_what_does_not_repeat() {
    let column = guest::texts(["Describe"; 100]);
    let batch = Batch {
        rows: 100,
        columns: vec![column.column()],
    };
    let blame = |guest: &Guest, time: u64| {
        let failure = Failure::Trap {
            what: "it trapped",
            functions: vec![],
        };
        load(guest).blame(&[], &batch, &failure, Duration::from_millis(time))
    };
    assert_eq!(blame(&Guest::default(), 5000), None);
    assert_eq!(blame(&Guest::filtering("unreachable"), 5000), Some(0));
    // No time, no answer.
    assert_eq!(blame(&Guest::filtering("unreachable"), 0), None);
    let own = Failure::Plugin {
        row: Some(7),
        message: String::new(),
    };
    assert_eq!(
        load(&Guest::default()).blame(&[], &batch, &own, Duration::ZERO),
        Some(7)
    );
    let whole = Failure::Limit(Exceeded::Fuel(1));
    assert_eq!(
        load(&Guest::filtering("unreachable")).blame(&[], &batch, &whole, Duration::from_secs(5)),
        None
    );
}
