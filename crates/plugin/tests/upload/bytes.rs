//! What is no component, or no longer one; and forms that are no longer the ones we wrote.

use activity_log_plugin::{Compiled, Limits, NotOurs, Refusal, compile, inspect};

use crate::guest::{Guest, with_module};
use crate::{refused, refused_within};

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
