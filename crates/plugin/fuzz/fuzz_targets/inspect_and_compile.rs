//! Any bytes; a filter with bytes changed; a filter with any other module beside it. What is let through must compile,
//! and runs within its limits whatever it does.

#![no_main]

#[path = "../../tests/guest/mod.rs"]
mod guest;

use std::sync::LazyLock;
use std::time::Duration;

use activity_log_plugin::{
    Batch, Budget, Column, Counts, Engine, EngineError, Limits, Refusal, Value, compile, inspect,
};
use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;

static FILTER: LazyLock<Vec<u8>> = LazyLock::new(|| guest::Guest::default().component());
static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(limits()).unwrap());

/// Small, so that thousands of inputs a second are tried.
fn limits() -> Limits {
    Limits {
        upload_bytes: 64 * 1024,
        function_bytes: 4 * 1024,
        function_locals: 100,
        counts: Counts {
            modules: 8,
            components: 4,
            instances: 16,
            types: 300,
            functions: 300,
            ..Counts::default()
        },
        start_time: Duration::from_millis(200),
        batch_time: Duration::from_millis(200),
        memory_bytes: 1 << 20,
        ..Limits::default()
    }
}

#[derive(Arbitrary, Debug)]
enum Kind {
    Bytes,
    Changed(Vec<(u16, u8)>),
    Moved { from: u16, to: u16, length: u8 },
    Beside,
}

fn component(input: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    let mut bytes = FILTER.clone();
    let length = bytes.len();
    match Kind::arbitrary(input)? {
        Kind::Bytes => return Ok(input.bytes(input.len())?.to_vec()),
        Kind::Changed(changes) => {
            for (at, byte) in changes {
                bytes[usize::from(at) % length] = byte;
            }
        }
        Kind::Moved {
            from,
            to,
            length: part,
        } => {
            let from = usize::from(from) % length;
            let moved = bytes[from..length.min(from + usize::from(part))].to_vec();
            let to = usize::from(to) % length;
            bytes.splice(to..to, moved);
        }
        Kind::Beside => {
            let module = wasm_smith::Module::new(wasm_smith::Config::arbitrary(input)?, input)?;
            guest::section(&mut bytes, 1, &module.to_bytes());
            guest::section(&mut bytes, 2, &[1, 0, 1, 0]);
        }
    }
    Ok(bytes)
}

fn try_it(bytes: &[u8]) {
    let limits = limits();
    // Compiling takes most of the time: the filter itself compiles, and is not tried.
    if *bytes == **FILTER || inspect(bytes, &limits).is_err() {
        return;
    }
    let compiled = match compile(bytes, &limits) {
        Ok(compiled) => compiled,
        // Valid, and yet beyond what the compiler implements: a refusal as good as another.
        Err(Refusal::Compiler { .. } | Refusal::CompiledSize { .. }) => return,
        Err(refusal) => panic!("let through, and then: {refusal}"),
    };
    let plugin = match ENGINE.load(&compiled) {
        Ok(plugin) => plugin,
        // Memories and tables are counted then.
        Err(EngineError::Limit(_)) => return,
        Err(error) => panic!("compiled, and then: {error}"),
    };
    let budget = Budget {
        time: Duration::from_secs(1),
        fuel: Some(1_000_000),
    };
    let Ok(manifest) = plugin.describe() else {
        return;
    };
    let Ok(mut run) = plugin.start(&[], budget) else {
        return;
    };
    let column = Column {
        values: vec![Value::Text("Describe"), Value::Integer(1)],
        index: &[0, 1, 0],
    };
    let batch = Batch {
        rows: 3,
        columns: vec![column; manifest.inputs.len()],
    };
    if let Ok(verdict) = run.filter(&batch) {
        assert_eq!(verdict.keep.len(), 3);
        assert_eq!(verdict.outputs.len(), manifest.outputs.len());
    }
    assert!(run.used().memory_bytes <= limits.memory_bytes && run.used().fuel <= 1_000_000);
}

fuzz_target!(|data: &[u8]| {
    if let Ok(bytes) = component(&mut Unstructured::new(data)) {
        try_it(&bytes);
    }
});
