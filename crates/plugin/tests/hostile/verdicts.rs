//! Answers that fit neither batch nor manifest.

use activity_log_plugin::{
    Batch, BatchError, Column, Exceeded, Failure, Manifest, Nonsense, Value,
};

use crate::guest::{self, Guest, manifest};
use crate::{BUDGET, fails, filter, load, start};

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

#[test]
fn manifests_that_break_a_rule_are_refused() {
    let described = |change: fn(&mut Manifest)| {
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
