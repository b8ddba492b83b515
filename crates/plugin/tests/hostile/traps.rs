//! What WebAssembly stops, in plain words.

use crate::guest::Guest;
use crate::{fails, filter, start};

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
