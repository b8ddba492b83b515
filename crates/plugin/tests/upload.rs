//! What is refused at upload, and in which words.

mod guest;

use std::fmt::Write as _;

use activity_log_plugin::{Compiled, Counts, Limits, NotOurs, Refusal, compile, inspect};
use guest::{Guest, WIT, component, with_module};

fn refused(component: &[u8]) -> String {
    refused_within(component, &Limits::default())
}

fn refused_within(component: &[u8], limits: &Limits) -> String {
    let refusal = inspect(component, limits).unwrap_err();
    assert!(refusal.is_authors());
    // Nothing is compiled that was refused.
    assert_eq!(
        compile(component, limits).unwrap_err().to_string(),
        refusal.to_string()
    );
    refusal.to_string()
}

#[test]
fn a_filter_is_let_through() {
    let component = Guest::default().component();
    let inspected = inspect(&component, &Limits::default()).unwrap();
    assert_eq!(
        (inspected.bytes, inspected.modules, inspected.logs),
        (component.len(), 1, false)
    );
    assert_eq!(inspected.functions, 7);
    let logging = Guest {
        log: true,
        ..Guest::default()
    };
    assert!(
        inspect(&logging.component(), &Limits::default())
            .unwrap()
            .logs
    );
}

#[test]
fn what_is_no_component_is_refused() {
    assert_eq!(
        refused(&Guest::default().module()),
        "this is a core module, not a component; run `alog plugin build`, which makes it one"
    );
    let not_wasm = "this is not a WebAssembly component; build one with `alog plugin build`";
    for bytes in [
        &b""[..],
        b"\0asm",
        b"(component)",
        b"\x7fELF\x02\x01\x01\0\0\0\0\0",
        &[0; 100],
    ] {
        assert_eq!(refused(bytes), not_wasm);
    }
    let limits = Limits {
        upload_bytes: 1000,
        ..Limits::default()
    };
    assert_eq!(
        refused_within(&[0; 1001], &limits),
        "size: the component is 1001 bytes long; at most 1000 bytes"
    );
}

#[test]
fn truncated_components_are_refused() {
    let component = Guest::default().component();
    for length in (0..component.len()).step_by(3) {
        // Until its last sections, which are but names, are there.
        if inspect(&component[..length], &Limits::default()).is_ok() {
            assert!(
                length > component.len() * 3 / 4,
                "{length} of {}",
                component.len()
            );
        }
    }
}

#[test]
fn garbage_is_refused_or_still_a_component() {
    let component = Guest::default().component();
    let mut refusals = 0;
    for at in (8..component.len()).step_by(3) {
        let mut altered = component.clone();
        altered[at] = altered[at].wrapping_add(0x55);
        // Whatever it is now: it is looked at without harm, and what is let through compiles.
        match inspect(&altered, &Limits::default()) {
            Ok(_) if at % 32 == 0 => drop(compile(&altered, &Limits::default()).unwrap()),
            Ok(_) => {}
            Err(_) => refusals += 1,
        }
    }
    assert!(
        refusals > component.len() / 12,
        "{refusals} of {}",
        component.len()
    );
}

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

/// A filter with another component in it, which is instantiated.
fn nested(text: &str) -> Vec<u8> {
    let mut bytes = Guest::default().component();
    let nested = wat::parse_str(format!("(component {text})")).unwrap();
    guest::section(&mut bytes, 4, &nested);
    let components = inspect(&Guest::default().component(), &Limits::default())
        .unwrap()
        .components;
    guest::section(&mut bytes, 5, &[1, 0, u8::try_from(components).unwrap(), 0]);
    bytes
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

#[test]
fn proposals_that_are_not_taken_are_refused() {
    for module in [
        "(module (memory i64 1))",
        "(module (memory 1 1 shared))",
        "(module (tag))",
        "(module (type (struct)))",
        "(module (func (drop (f32x4.relaxed_madd (v128.const i64x2 0 0) (v128.const i64x2 0 0) (v128.const i64x2 0 0)))))",
    ] {
        let message = refused(&with_module(&Guest::default().component(), 1, module, 1));
        assert!(
            message.starts_with("the component is not valid: "),
            "{module}: {message}"
        );
    }
}

/// As JavaScript's is: the engine in one component, what it needs in another, and texts between them.
#[test]
fn components_of_components_compile() {
    let memory = r#"(core module $m (memory (export "memory") 1)
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
          (func (export "f") (param i32 i32)))
        (core instance $m (instantiate $m))"#;
    let component = nested(&format!(
        r#"(component $inner {memory}
             (func (export "f") (param "a" string) (canon lift (core func $m "f")
               (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
           (component $outer (import "f" (func $f (param "a" string))) {memory}
             (core func $lowered (canon lower (func $f) (memory (core memory $m "memory"))
               (realloc (core func $m "realloc"))))
             (core module $user (import "" "f" (func (param i32 i32))))
             (core instance (instantiate $user (with "" (instance (export "f" (func $lowered)))))))
           (instance $i (instantiate $inner))
           (instance (instantiate $outer (with "f" (func $i "f"))))"#
    ));
    compile(&component, &Limits::default()).unwrap();
}

#[test]
fn an_altered_form_is_never_opened() {
    let compiled = compile(&Guest::default().component(), &Limits::default()).unwrap();
    let (bytes, digest) = (compiled.bytes(), compiled.digest());
    for at in (0..bytes.len()).step_by(97) {
        let mut altered = bytes.to_vec();
        altered[at] ^= 0x10;
        assert_eq!(Compiled::open(altered, &digest), Err(NotOurs::Altered));
    }
    assert_eq!(
        Compiled::open(bytes[1..].to_vec(), &digest),
        Err(NotOurs::Altered)
    );
    let another = compile(
        &Guest::filtering("unreachable").component(),
        &Limits::default(),
    )
    .unwrap();
    assert_eq!(
        Compiled::open(another.into_bytes(), &digest),
        Err(NotOurs::Altered)
    );
}

#[test]
fn refusals_of_the_host_are_not_the_authors() {
    let source = std::io::Error::other("no");
    assert!(!Refusal::CompilerMissing { source }.is_authors());
}
