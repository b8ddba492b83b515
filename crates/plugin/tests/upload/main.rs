//! What is refused at upload, and in which words.

mod bytes;
mod caps;
#[path = "../guest/mod.rs"]
mod guest;
mod world;

use activity_log_plugin::{Limits, compile, inspect};
use guest::Guest;

pub(crate) fn refused(component: &[u8]) -> String {
    refused_within(component, &Limits::default())
}

pub(crate) fn refused_within(component: &[u8], limits: &Limits) -> String {
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

/// A filter with another component in it, which is instantiated.
pub(crate) fn nested(text: &str) -> Vec<u8> {
    let mut bytes = Guest::default().component();
    let nested = wat::parse_str(format!("(component {text})")).unwrap();
    guest::section(&mut bytes, 4, &nested);
    let components = inspect(&Guest::default().component(), &Limits::default())
        .unwrap()
        .components;
    guest::section(&mut bytes, 5, &[1, 0, u8::try_from(components).unwrap(), 0]);
    bytes
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
