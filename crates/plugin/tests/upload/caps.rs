//! Each cap of what is compiled.

use std::fmt::Write as _;

use activity_log_plugin::{Counts, Limits, inspect};

use crate::guest::{Guest, with_module};
use crate::{nested, refused, refused_within};

#[test]
fn large_functions_are_refused() {
    let module = |body: &str| {
        with_module(
            &Guest::default().component(),
            1,
            &format!("(module (func) (func {body}))"),
            1,
        )
    };
    let message = refused(&module(&"nop ".repeat(524_289)));
    assert_eq!(
        message,
        "function size: function 1 of module 1 is 524291 bytes long; at most 512 KiB; split it, or turn tables in code \
         into data"
    );
    inspect(&module(&"nop ".repeat(524_286)), &Limits::default()).unwrap();
    let message = refused(&module(&format!("(local {})", "i32 i64 ".repeat(501))));
    assert_eq!(
        message,
        "function locals: function 1 of module 1 has 1002 locals; at most 1000; split it"
    );
    inspect(
        &module(&format!("(local {})", "i32 i64 ".repeat(500))),
        &Limits::default(),
    )
    .unwrap();
}

#[test]
fn a_locals_bomb_in_a_few_bytes_is_refused() {
    // One group of 50,000 locals is four bytes.
    let body = format!("(local {})", "i32 ".repeat(50_000));
    let component = with_module(
        &Guest::default().component(),
        1,
        &format!("(module (func {body}))"),
        1,
    );
    assert!(
        refused(&component).starts_with("function locals: function 0 of module 1 has 50000 locals")
    );
}

#[test]
fn instances_that_multiply_are_refused() {
    // Each instantiates the one before twice.
    let levels = |levels: u32| {
        let mut text = String::from("(component $c0)");
        for level in 1..levels {
            let inner = level - 1;
            write!(
                text,
                "(component $c{level} (alias outer 1 $c{inner} (component $c)) (instance (instantiate $c)) \
                 (instance (instantiate $c)))"
            )
            .unwrap();
        }
        nested(&text)
    };
    inspect(&levels(8), &Limits::default()).unwrap();
    assert_eq!(
        refused(&levels(40)),
        "instances: the component has 511; at most 256"
    );
}

#[test]
fn components_that_are_handed_over_are_not_instantiated() {
    let handed = nested(
        r#"(component $a (import "c" (component $c)) (instance (instantiate $c))) (component $b)
           (instance (instantiate $a (with "c" (component $b))))"#,
    );
    assert!(refused(&handed).starts_with("instances: the component has "));
}

#[test]
fn each_count_has_a_limit() {
    let base = Guest::default().component();
    let limits = |change: fn(&mut Counts)| {
        let mut limits = Limits::default();
        change(&mut limits.counts);
        limits
    };
    let module = |text: &str| with_module(&base, 1, &format!("(module {text})"), 1);
    let nested = nested("(component $a) (instance (instantiate $a)) (instance (instantiate $a))");
    for (what, component, limits) in [
        ("modules", module(""), limits(|counts| counts.modules = 1)),
        (
            "instances",
            module(""),
            limits(|counts| counts.instances = 1),
        ),
        (
            "nested components",
            nested,
            limits(|counts| counts.components = 1),
        ),
        (
            "types",
            module(&"(type (func))".repeat(1000)),
            limits(|counts| counts.types = 999),
        ),
        (
            "functions",
            module(&"(func)".repeat(1000)),
            limits(|counts| counts.functions = 999),
        ),
        (
            "exports",
            module(r#"(func (export "a") (export "b") (export "c") (export "d"))"#),
            limits(|counts| counts.exports = 3),
        ),
        (
            "globals",
            module(&"(global i32 (i32.const 0))".repeat(10)),
            limits(|counts| counts.globals = 9),
        ),
        (
            "tables",
            module("(table 1 funcref) (table 1 funcref)"),
            limits(|counts| counts.tables = 1),
        ),
        (
            "memories",
            module("(memory 1)"),
            limits(|counts| counts.memories = 1),
        ),
        (
            "element segments",
            module("(table 1 funcref) (func) (elem (i32.const 0) 0) (elem (i32.const 0) 0)"),
            limits(|counts| counts.element_segments = 1),
        ),
        (
            "data segments",
            module("(memory 1) (data (i32.const 0) \"a\") (data (i32.const 0) \"a\")"),
            limits(|counts| counts.data_segments = 2),
        ),
    ] {
        inspect(&component, &Limits::default()).unwrap();
        let message = refused_within(&component, &limits);
        assert!(
            message.starts_with(&format!("{what}: the component has ")),
            "{what}: {message}"
        );
    }
}

#[test]
fn imports_are_counted() {
    let mut text = String::new();
    for import in 0..10 {
        write!(text, "(import \"a{import}\" (func))").unwrap();
    }
    let mut limits = Limits::default();
    limits.counts.imports = 9;
    let message = refused_within(
        &wat::parse_str(format!("(component {text})")).unwrap(),
        &limits,
    );
    assert_eq!(message, "imports: the component has 10; at most 9");
}
