//! The hostile fixtures, built from their sources, in the host: each is refused or stopped by the limit it is made for.

mod common;

use std::time::Duration;

use activity_log_plugin::{Batch, Budget, Column, Failure, Limits, Plugin, Value, inspect};
use common::{component, judge};

/// Short ones: what loops shall not make the test slow.
fn limits() -> Limits {
    Limits {
        start_time: Duration::from_millis(500),
        batch_time: Duration::from_millis(500),
        ..Limits::default()
    }
}

fn events() -> Vec<String> {
    let name = |at: usize| if at == 13 { "Trigger" } else { "Other" };
    (0..20)
        .map(|at| format!(r#"{{"eventName":"{}"}}"#, name(at)))
        .collect()
}

fn plugin(name: &str) -> Option<Plugin> {
    common::plugin(name, &limits())
}

fn failure(name: &str, parameters: &[(&str, &str)]) -> Option<Failure> {
    let plugin = plugin(name)?;
    Some(judge(&plugin, parameters, &events(), 4096).unwrap_err())
}

#[test]
fn each_is_stopped_by_name() {
    for (fixture, parameters, named) in [
        ("endless-loop", &[][..], "batch time"),
        ("endless-loop", &[("at", "Trigger")], "batch time"),
        ("slow-start", &[], "start time"),
        ("memory-bomb", &[], "memory"),
        ("deep-recursion", &[], "stack"),
        ("trap", &[], "trap"),
        ("huge-output", &[], "verdict size"),
        ("nonsense-verdict", &[], "nonsense verdict"),
        (
            "nonsense-verdict",
            &[("kind", "long-keep")],
            "nonsense verdict",
        ),
        (
            "nonsense-verdict",
            &[("kind", "no-output")],
            "nonsense verdict",
        ),
        (
            "nonsense-verdict",
            &[("kind", "two-outputs")],
            "nonsense verdict",
        ),
        (
            "nonsense-verdict",
            &[("kind", "short-index")],
            "nonsense verdict",
        ),
        ("nonsense-verdict", &[("kind", "index")], "nonsense verdict"),
        ("nonsense-verdict", &[("kind", "json")], "nonsense verdict"),
        ("nonsense-verdict", &[("kind", "nan")], "nonsense verdict"),
        ("huge-output", &[("one", "yes")], "nonsense verdict"),
        ("fails-on-one-row", &[], "plugin"),
    ] {
        if let Some(failure) = failure(fixture, parameters) {
            assert_eq!(failure.name(), named, "{fixture} {parameters:?}: {failure}");
        }
    }
}

#[test]
fn one_that_waits_for_its_event_is_fine_without_it() {
    for fixture in [
        "endless-loop",
        "memory-bomb",
        "deep-recursion",
        "trap",
        "fails-on-one-row",
    ] {
        let Some(plugin) = plugin(fixture) else {
            return;
        };
        let judged = judge(&plugin, &[("at", "Never")], &events(), 4096).unwrap();
        assert_eq!(judged.kept, [true; 20], "{fixture}");
    }
}

#[test]
fn a_row_that_fails_is_named_by_the_filter() {
    if let Some(failure) = failure("fails-on-one-row", &[("at", "Trigger")]) {
        assert_eq!(failure.row(), Some(13));
        assert_eq!(
            failure.to_string(),
            "the plugin says: this event cannot be judged"
        );
    }
}

#[test]
fn no_wrong_component_gets_as_far_as_running() {
    for (fixture, named) in [
        ("forbidden-import", "wasi:clocks/monotonic-clock@0.2.0"),
        ("wrong-world", "activity-log:filter/plugin@1.0.0"),
    ] {
        if let Some(component) = component(fixture) {
            let refusal = inspect(&component, &Limits::default())
                .unwrap_err()
                .to_string();
            assert!(refusal.contains(named), "{fixture}: {refusal}");
        }
    }
}

#[test]
fn the_rest_of_a_hostile_filter_is_not_asked() {
    let Some(plugin) = plugin("trap") else { return };
    let budget = Budget {
        time: Duration::from_secs(10),
        fuel: None,
    };
    let batch = Batch {
        rows: 1,
        columns: vec![Column {
            values: vec![Value::Text("Any")],
            index: &[0],
        }],
    };
    let mut run = plugin.start(&[], budget).unwrap();
    assert_eq!(run.filter(&batch).unwrap_err().name(), "trap");
    assert_eq!(run.filter(&batch).unwrap_err().name(), "dead");
}
