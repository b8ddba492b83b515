//! Other imports, other exports, other types.

use std::fmt::Write as _;

use crate::guest::{Guest, WIT, component};
use crate::refused;

#[test]
fn imports_are_refused_by_name() {
    let guest = Guest {
        wit: WIT.replace(
            "import log;",
            "import log; import clock: interface { now: func() -> u64; } import random: func() -> u64;",
        ),
        imports: r#"(import "clock" "now" (func $now (result i64)))
                    (import "$root" "random" (func $random (result i64)))"#
            .to_owned(),
        more: r"(func $use (drop (call $now)) (drop (call $random))) (elem declare func $use)".to_owned(),
        ..Guest::default()
    };
    assert_eq!(
        refused(&guest.component()),
        "imports: clock, random: a filter may import activity-log:filter/log@1.0.0 and nothing else: no files, clock, \
         randomness or network; build it without WASI"
    );
}

#[test]
fn many_and_strange_imports_are_named_shortly() {
    let mut text = String::from("(component");
    for import in 0..30 {
        write!(
            text,
            "(import \"wasi:x/{}{import}@0.2.0\" (instance))",
            "y".repeat(200)
        )
        .unwrap();
    }
    let message = refused(&wat::parse_str(text + ")").unwrap());
    assert!(
        message.contains("…, 22 more: a filter may import"),
        "{message}"
    );
    assert!(message.len() < 1500, "{}", message.len());
}

#[test]
fn other_versions_of_the_log_are_refused() {
    let other = r#"(component (import "activity-log:filter/log@1.0.1" (instance)))"#;
    assert!(
        refused(&wat::parse_str(other).unwrap())
            .starts_with("imports: activity-log:filter/log@1.0.1: ")
    );
    let shape = |text: &str| refused(&wat::parse_str(format!("(component {text})")).unwrap());
    assert_eq!(
        shape(
            r#"(import "activity-log:filter/log@1.0.0" (instance (export "line" (func (param "message" u32)))))"#
        ),
        "imports: activity-log:filter/log@1.0.0 is not as wit/filter.wit has it: line is func(message: u32), not \
         func(message: string)"
    );
    assert_eq!(
        shape(r#"(import "activity-log:filter/log@1.0.0" (instance (export "lines" (func))))"#),
        "imports: activity-log:filter/log@1.0.0 is not as wit/filter.wit has it: it has no lines"
    );
    assert_eq!(
        shape(r#"(import "activity-log:filter/types@1.0.0" (instance (export "line" (func))))"#),
        "imports: activity-log:filter/types@1.0.0 is not as wit/filter.wit has it: it has no line"
    );
    for name in ["log", "types"] {
        let name = format!("activity-log:filter/{name}@1.0.0");
        for kind in ["(sub resource)", "(eq $t)"] {
            assert_eq!(
                shape(&format!(
                    r#"(type $t (instance)) (import "{name}" (instance (export "r" (type {kind}))))"#
                )),
                format!("imports: {name} is not as wit/filter.wit has it: r is no type of values")
            );
        }
    }
    assert_eq!(
        shape(r#"(import "activity-log:filter/log@1.0.0" (func))"#),
        "imports: activity-log:filter/log@1.0.0 is not as wit/filter.wit has it: it is no instance"
    );
}

#[test]
fn other_worlds_are_refused() {
    assert_eq!(
        refused(&wat::parse_str("(component)").unwrap()),
        "exports: a filter must export activity-log:filter/plugin@1.0.0; this component exports nothing"
    );
    let next = Guest {
        wit: WIT.replace("filter@1.0.0", "filter@1.1.0"),
        version: "1.1.0".to_owned(),
        ..Guest::default()
    };
    // Its types are an import of that version too.
    let message = refused(&next.component());
    assert!(
        message.contains("activity-log:filter/") && message.contains("@1.1.0"),
        "{message}"
    );
    let module = r#"(component
        (core module $m (func (export "run")))
        (core instance $i (instantiate $m))
        (func $run (canon lift (core func $i "run")))
        (instance $plugin (export "run" (func $run)))
        (export "activity-log:filter/plugin@2.0.0" (instance $plugin))
        (export "run" (func $run)))"#;
    assert_eq!(
        refused(&wat::parse_str(module).unwrap()),
        "exports: a filter must export activity-log:filter/plugin@1.0.0; this component exports \
         activity-log:filter/plugin@2.0.0, run"
    );
    assert_eq!(
        refused(&wat::parse_str(module.replace("@2.0.0", "@1.0.0")).unwrap()),
        "exports: activity-log:filter/plugin@1.0.0 is not as wit/filter.wit has it: it has no function describe"
    );
}

#[test]
fn the_interface_with_other_types_is_refused() {
    for (ours, theirs, function) in [
        ("integer(s64)", "integer(u64)", "filter"),
        (
            "text(string),\n    /// an object",
            "/// an object",
            "filter",
        ),
        ("rows: u32", "size: u32", "filter"),
        ("row: option<u32>", "row: u32", "filter"),
        ("required: bool", "needed: bool", "describe"),
        (
            "parameters: list<tuple<string, string>>",
            "parameters: list<string>",
            "start",
        ),
    ] {
        let wit = WIT.replace(ours, theirs);
        assert_ne!(wit, WIT);
        let component = component(&wit, Guest::default().module());
        let message = refused(&component);
        let start = format!(
            "exports: activity-log:filter/plugin@1.0.0 is not as wit/filter.wit has it: {function} is func("
        );
        assert!(message.starts_with(&start), "{message}");
    }
}
