//! Plugins that mean harm, or are broken: each fails with the limit or the rule it breaks, by name.

mod guest;

use std::time::Duration;

use activity_log_plugin::{
    Batch, BatchBuilder, BatchError, Budget, Column, Engine, EngineError, Exceeded, Failure,
    Limits, Nonsense, Plugin, Run, Value, Verdict, compile,
};
use guest::{Guest, manifest, with_module};

const BUDGET: Budget = Budget {
    time: Duration::from_mins(1),
    fuel: None,
};

fn limits() -> Limits {
    Limits::default()
}

fn load_with(component: &[u8], limits: &Limits) -> Result<Plugin, EngineError> {
    let compiled = compile(component, limits).unwrap();
    Engine::new(limits.clone()).unwrap().load(&compiled)
}

fn load(guest: &Guest) -> Plugin {
    load_with(&guest.component(), &limits()).unwrap()
}

fn start(guest: &Guest) -> Run {
    load(guest).start(&[], BUDGET).unwrap()
}

fn filter(run: &mut Run) -> Result<Verdict, Failure> {
    let mut builder = BatchBuilder::new(1);
    for text in ["Describe", "Run", "Delete"] {
        builder.push_row(&[Value::Text(text)]).unwrap();
    }
    run.filter(&builder.batch())
}

/// The failure of a guest whose `filter` does this, after which it is not asked again.
fn fails(body: &str) -> Failure {
    let mut run = start(&Guest::filtering(body));
    let failure = filter(&mut run).unwrap_err();
    assert!(matches!(filter(&mut run), Err(Failure::Dead)));
    failure
}

fn exceeds(guest: &Guest) -> Exceeded {
    let mut run = start(guest);
    match filter(&mut run).unwrap_err() {
        Failure::Limit(exceeded) => exceeded,
        other => panic!("{other}"),
    }
}

const LOOP: &str = "(loop $forever (br $forever)) unreachable";

#[test]
fn an_endless_loop_meets_the_time_of_a_batch() {
    let limits = Limits {
        batch_time: Duration::from_millis(200),
        ..limits()
    };
    let plugin = load_with(&Guest::filtering(LOOP).component(), &limits).unwrap();
    let failure = filter(&mut plugin.start(&[], BUDGET).unwrap()).unwrap_err();
    let expected =
        "batch time: the plugin took longer than 200 ms for one batch; look for an endless loop";
    assert_eq!(failure.to_string(), expected);
    assert_eq!(failure.name(), "batch time");
}

#[test]
fn a_slow_one_meets_the_time_in_all() {
    let plugin = load(&Guest::filtering(LOOP));
    let time = Duration::from_millis(50);
    let mut run = plugin.start(&[], Budget { time, fuel: None }).unwrap();
    let failure = filter(&mut run).unwrap_err();
    assert!(
        matches!(failure, Failure::Limit(Exceeded::Time(met)) if met == time),
        "{failure}"
    );
    assert!(run.used().guest_time >= time);
}

#[test]
fn fuel_ends_at_the_same_place_everywhere() {
    let plugin = load(&Guest::filtering(LOOP));
    let budget = Budget {
        fuel: Some(10_000),
        ..BUDGET
    };
    let mut run = plugin.start(&[], budget).unwrap();
    let failure = filter(&mut run).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "fuel: the plugin used up the run's 10000 units of fuel"
    );
    assert_eq!(run.used().fuel, 10_000);
}

#[test]
fn loops_at_the_start_meet_the_time_to_start() {
    let limits = Limits {
        start_time: Duration::from_millis(100),
        ..limits()
    };
    let load = |guest: &Guest| load_with(&guest.component(), &limits).unwrap();
    let met = |failure: Failure| match failure {
        Failure::Limit(exceeded @ Exceeded::StartTime(_)) => {
            assert_eq!(exceeded.name(), "start time");
        }
        other => panic!("{other}"),
    };
    let starting = Guest {
        start: LOOP.to_owned(),
        ..Guest::default()
    };
    met(load(&starting).start(&[], BUDGET).unwrap_err());
    let describing = Guest {
        describe: "(loop $forever (br $forever))".to_owned(),
        ..Guest::default()
    };
    met(load(&describing).describe().unwrap_err());
    let instantiating = Guest {
        more: "(func $forever (loop $again (br $again))) (start $forever)".to_owned(),
        ..Guest::default()
    };
    met(load(&instantiating).describe().unwrap_err());
}

#[test]
fn memory_is_limited() {
    let grows = "(loop $more (drop (memory.grow (i32.const 100))) (br $more)) unreachable";
    assert_eq!(
        exceeds(&Guest::filtering(grows)),
        Exceeded::Memory(64 << 20)
    );
    let message = "memory: the plugin asked for more than 64 MiB";
    assert_eq!(fails(grows).to_string(), message);
    // One that begins so large.
    let large = Guest {
        pages: 1025,
        ..Guest::default()
    };
    assert_eq!(load(&large).describe().unwrap_err().to_string(), message);
    let largest = Guest {
        pages: 1024,
        ..Guest::default()
    };
    load(&largest).describe().unwrap();
}

#[test]
fn memory_is_limited_in_all_memories_together() {
    // 64 MiB less one page in another instance's memory: the guest has two pages.
    let component = with_module(
        &Guest::default().component(),
        1,
        "(module (memory 1023))",
        1,
    );
    let plugin = load_with(&component, &limits()).unwrap();
    assert!(matches!(
        plugin.describe(),
        Err(Failure::Limit(Exceeded::Memory(_)))
    ));
    let component = with_module(
        &Guest::default().component(),
        1,
        "(module (memory 1022))",
        1,
    );
    load_with(&component, &limits())
        .unwrap()
        .describe()
        .unwrap();
}

#[test]
fn memories_and_tables_are_counted() {
    let with = |module: &str, instances: u8| {
        let component = with_module(&Guest::default().component(), 1, module, instances);
        load_with(&component, &limits()).map(|plugin| plugin.describe().unwrap())
    };
    with("(module (memory 1))", 7).unwrap();
    let error = with("(module (memory 1))", 8).unwrap_err();
    assert_eq!(error.to_string(), "memories: the plugin has more than 8");
    with("(module (table 1 funcref))", 32).unwrap();
    let error = with("(module (table 1 funcref))", 33).unwrap_err();
    assert_eq!(error.to_string(), "tables: the plugin has more than 32");
}

#[test]
fn tables_are_limited_in_all_together() {
    let guest = Guest {
        more: "(table $table 0 funcref)".to_owned(),
        ..Guest::filtering(
            "(loop $more (drop (table.grow $table (ref.null func) (i32.const 10000))) (br $more)) unreachable",
        )
    };
    assert_eq!(exceeds(&guest), Exceeded::TableElements(200_000));
    let large = Guest {
        more: "(table 100000 funcref) (table 100001 funcref)".to_owned(),
        ..Guest::default()
    };
    let failure = load(&large).describe().unwrap_err();
    assert_eq!(
        failure.to_string(),
        "table elements: the plugin's tables grew to more than 200000 elements"
    );
}

#[test]
fn deep_recursion_meets_the_stack() {
    let guest = Guest {
        more: "(func $down (param i32) (result i32)
                 (i32.add (call $down (i32.add (local.get 0) (i32.const 1))) (local.get 0)))"
            .to_owned(),
        ..Guest::filtering("(call $down (i32.const 0))")
    };
    assert_eq!(exceeds(&guest), Exceeded::Stack);
}

#[test]
fn traps_say_what_happened_and_where() {
    let divides = Guest {
        more: "(func $divide_them (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1)))".to_owned(),
        ..Guest::filtering("(call $divide_them (i32.const 1) (i32.const 0))")
    };
    let failure = filter(&mut start(&divides)).unwrap_err();
    let message = failure.to_string();
    assert!(
        message.starts_with("trap: it divided by zero (in divide_them"),
        "{message}"
    );
    for (body, message) in [
        (
            "unreachable",
            "trap: it reached code it says is never reached: a panic or an abort",
        ),
        (
            "(i32.load (i32.const -4))",
            "trap: it read or wrote outside of its memory",
        ),
        (
            "(i32.trunc_f32_s (f32.const nan))",
            "trap: it converted a float that is no integer to an integer",
        ),
        (
            "(i32.div_s (i32.const 0x80000000) (i32.const -1))",
            "trap: a division overflowed",
        ),
    ] {
        let failure = fails(body);
        assert!(failure.to_string().starts_with(message), "{failure}");
        assert_eq!(failure.name(), "trap");
    }
}

#[test]
fn names_of_functions_are_not_trusted() {
    let guest = Guest {
        more: format!(
            "(func $\"\\1b[31m\\n{}\" unreachable) (export \"x\" (func 5))",
            "x".repeat(500)
        ),
        ..Guest::filtering(&format!(
            "(call $\"\\1b[31m\\n{}\") (i32.const 512)",
            "x".repeat(500)
        ))
    };
    let message = filter(&mut start(&guest)).unwrap_err().to_string();
    assert!(
        message.contains(r"(in \u{1b}[31m\nxxx") && !message.contains('\u{1b}'),
        "{message}"
    );
    assert!(message.len() < 1000);
}

/// A `filter` that answers its verdict after this has changed it.
fn answering(change: &str) -> String {
    format!("{} (drop) {change} (i32.const 512)", guest::STARTS_WITH_D)
}

#[test]
fn nonsense_verdicts_are_named() {
    let nonsense = |change: &str| match fails(&answering(change)) {
        Failure::Nonsense(nonsense) => nonsense,
        other => panic!("{other}"),
    };
    assert_eq!(
        nonsense("(i32.store (i32.const 520) (i32.const 2))"),
        Nonsense::Keep { found: 2, rows: 3 }
    );
    assert_eq!(
        nonsense("(i32.store (i32.const 520) (i32.const 4))"),
        Nonsense::Keep { found: 4, rows: 3 }
    );
    assert_eq!(
        nonsense("(i32.store (i32.const 528) (i32.const 0))"),
        Nonsense::Outputs {
            found: 0,
            expected: 1
        }
    );
    // The output is the input's column: what is written there is in the verdict.
    let index = "(i32.store (i32.add (i32.load offset=8 (local.get $columns)) (i32.const 4)) (i32.const 3))";
    assert_eq!(
        nonsense(index),
        Nonsense::Range {
            output: 0,
            row: 1,
            index: 3,
            values: 3
        }
    );
    let length = "(i32.store offset=12 (local.get $columns) (i32.const 2))";
    assert_eq!(
        nonsense(length),
        Nonsense::Index {
            output: 0,
            found: 2,
            rows: 3
        }
    );
    let json = "(i32.store8 (local.get $values) (i32.const 6))";
    assert_eq!(
        nonsense(json),
        Nonsense::Json {
            output: 0,
            value: 0
        }
    );
    let float = "(i32.store8 (local.get $values) (i32.const 4)) (f64.store offset=8 (local.get $values) (f64.const nan))";
    assert_eq!(
        nonsense(float),
        Nonsense::Float {
            output: 0,
            value: 0
        }
    );
    let failure = fails(&answering("(i32.store (i32.const 520) (i32.const 2))"));
    assert_eq!(
        failure.to_string(),
        "nonsense verdict: keep has 2 entries for 3 rows"
    );
}

#[test]
fn what_cannot_be_read_is_a_nonsense_verdict() {
    for change in [
        // a case that the variant has not
        "(i32.store8 (local.get $values) (i32.const 7))",
        // a list and a text that lead out of the memory
        "(i32.store (i32.const 516) (i32.const -2))",
        "(i32.store offset=8 (local.get $values) (i32.const -2))",
        // a text that is not UTF-8
        "(i32.store8 (i32.load offset=8 (local.get $values)) (i32.const 0xff))",
        // a list that is not aligned
        "(i32.store (i32.const 524) (i32.const 1))",
        // neither ok nor error
        "(i32.store8 (i32.const 512) (i32.const 2))",
    ] {
        let failure = fails(&answering(change));
        assert!(
            matches!(&failure, Failure::Nonsense(Nonsense::Unreadable(_))),
            "{change}: {failure}"
        );
    }
    for result in ["(i32.const 3)", "(i32.const -4)", "(i32.const 131068)"] {
        let failure = fails(result);
        assert!(
            matches!(&failure, Failure::Nonsense(Nonsense::Unreadable(_))),
            "{result}: {failure}"
        );
    }
}

#[test]
fn huge_answers_meet_the_size_of_a_verdict() {
    // The one value is 20 MiB of NUL characters.
    let huge = "(drop (memory.grow (i32.const 400)))
        (i32.store offset=8 (local.get $values) (i32.const 131072))
        (i32.store offset=12 (local.get $values) (i32.const 20971520))";
    let failure = fails(&answering(huge));
    assert_eq!(
        failure.to_string(),
        "verdict size: the plugin gave back more than 16 MiB"
    );
    // A million values, each of 16 bytes here and more there.
    let many = "(drop (memory.grow (i32.const 400)))
        (i32.store (local.get $columns) (i32.const 131072))
        (i32.store offset=4 (local.get $columns) (i32.const 1000000))";
    assert!(matches!(
        fails(&answering(many)),
        Failure::Limit(Exceeded::VerdictBytes(_))
    ));
    // 100,000 are not too large, but too many.
    let many = many.replace("1000000", "100000");
    let expected = Nonsense::Values {
        output: 0,
        found: 100_000,
    };
    assert!(
        matches!(fails(&answering(&many)), Failure::Nonsense(nonsense) if nonsense == expected)
    );
    let long = "(drop (memory.grow (i32.const 16)))
        (i32.store offset=8 (local.get $values) (i32.const 131072))
        (i32.store offset=12 (local.get $values) (i32.const 262145))";
    let failure = fails(&answering(long)).to_string();
    assert_eq!(
        failure,
        "nonsense verdict: output 0: value 0 is 262145 bytes long; at most 256 KiB"
    );
}

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

#[test]
fn manifests_that_break_a_rule_are_refused() {
    let described = |change: fn(&mut activity_log_plugin::Manifest)| {
        let mut described = manifest();
        change(&mut described);
        let plugin = load(&Guest {
            manifest: described,
            ..Guest::default()
        });
        let started = plugin
            .start(&[], BUDGET)
            .map(|_| ())
            .unwrap_err()
            .to_string();
        let described = plugin.describe().unwrap_err();
        assert_eq!(described.to_string(), started);
        assert_eq!(described.name(), "manifest");
        started
    };
    assert!(
        described(|manifest| manifest.name = "Über".to_owned())
            .starts_with("manifest: name: 1 to 64 of a-z")
    );
    assert!(
        described(|manifest| manifest.version.clear())
            .starts_with("manifest: version: MAJOR.MINOR.PATCH")
    );
    assert!(
        described(|manifest| manifest.inputs.push("a..b".to_owned()))
            .starts_with("manifest: inputs[1]: a dotted path")
    );
}

#[test]
fn mistakes_of_the_caller_do_not_kill_the_plugin() {
    let mut run = start(&Guest::default());
    let index = [0];
    let column = Column {
        values: vec![Value::Null],
        index: &index,
    };
    let batch = Batch {
        rows: 1,
        columns: vec![column.clone(), column],
    };
    let failure = run.filter(&batch).unwrap_err();
    assert!(
        matches!(
            failure,
            Failure::Batch(BatchError::Columns {
                found: 2,
                expected: 1
            })
        ),
        "{failure}"
    );
    filter(&mut run).unwrap();
}

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
        let mut builder = BatchBuilder::new(1);
        for row in 0..rows {
            builder
                .push_row(&[Value::Text(if row == at { letter } else { "Describe" })])
                .unwrap();
        }
        let batch = builder.batch();
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
    let mut builder = BatchBuilder::new(1);
    for _ in 0..100 {
        builder.push_row(&[Value::Text("Describe")]).unwrap();
    }
    let batch = builder.batch();
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

#[test]
fn a_run_beside_hostile_ones_is_unaffected() {
    let engine = Engine::new(limits()).unwrap();
    let load = |guest: &Guest| {
        engine
            .load(&compile(&guest.component(), &limits()).unwrap())
            .unwrap()
    };
    let grows = "(loop $more (drop (memory.grow (i32.const 1))) (br $more)) unreachable";
    let hostile = [LOOP, grows, "unreachable"].map(|body| load(&Guest::filtering(body)));
    let good = load(&Guest::default());
    let short = Budget {
        time: Duration::from_millis(200),
        fuel: None,
    };
    std::thread::scope(|scope| {
        for plugin in &hostile {
            scope.spawn(move || {
                for _ in 0..3 {
                    filter(&mut plugin.start(&[], short).unwrap()).unwrap_err();
                }
            });
        }
        let mut run = good.start(&[], BUDGET).unwrap();
        for _ in 0..2000 {
            assert_eq!(filter(&mut run).unwrap().keep, [true, false, true]);
        }
        assert_eq!(run.used().memory_bytes, 2 * 65536);
    });
}
