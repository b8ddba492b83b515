//! The compile bomb, in the compiling child: it is the child that dies, by a named limit. Its own `main`, since the child is this very binary.

#[path = "common/mod.rs"]
mod common;

use std::time::Duration;

use activity_log_plugin::{Limits, Refusal, inspect, isolated};

fn main() {
    isolated::serve_if_asked();
    let Some(bomb) = common::component("compile-bomb") else {
        return;
    };
    // The upload check alone would let it through: that is what makes it one.
    inspect(&bomb, &Limits::default()).unwrap();
    let short = Limits {
        compile_time: Duration::from_secs(3),
        ..Limits::default()
    };
    let small = Limits {
        compile_memory_bytes: 160 << 20,
        ..Limits::default()
    };
    let refusal = isolated::compile(&bomb, &short).unwrap_err();
    assert!(matches!(refusal, Refusal::CompileTime(_)), "{refusal}");
    let refusal = isolated::compile(&bomb, &small).unwrap_err();
    assert!(matches!(refusal, Refusal::CompileMemory(_)), "{refusal}");
    println!("test result: ok. 2 passed; 0 failed; 0 ignored");
}
