//! The one way this host configures wasmtime: what plugins are compiled with and run on.

use wasmparser::WasmFeatures;
use wasmtime::{Config, Engine};

use crate::limits::STACK_BYTES;

/// What of WebAssembly is taken: what compilers of languages emit today, and of the component model its first,
/// synchronous half. No threads, no 64-bit memories, no garbage collection; and nothing whose result may differ
/// from machine to machine.
pub(crate) fn features() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::BULK_MEMORY
        // wasmtime's own code between two components of one plugin uses it.
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::SIMD
        | WasmFeatures::FLOATS
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::COMPONENT_MODEL
}

/// An engine, configured.
pub(crate) fn engine() -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config
        .wasm_features(!features(), false)
        .wasm_features(features(), true)
        // Both always: one compiled form serves a report, which has a time, and a test, which may count fuel.
        .epoch_interruption(true)
        .consume_fuel(true)
        .max_wasm_stack(STACK_BYTES)
        // The same answer for the same events, on x86 and on ARM.
        .cranelift_nan_canonicalization(true)
        // Traps name functions, not lines: the map would be half of a compiled form.
        .generate_address_map(false);
    if let Some(target) = target() {
        config.target(&target)?;
    }
    Engine::new(&config)
}

/// This machine without its processor's particulars: functions run on whichever machine is free, and a form that
/// needs what only some of them have would be compiled again and again. Elsewhere than on Linux nothing is deployed.
fn target() -> Option<String> {
    let libc = if cfg!(target_env = "musl") {
        "musl"
    } else {
        "gnu"
    };
    cfg!(target_os = "linux").then(|| format!("{}-unknown-linux-{libc}", std::env::consts::ARCH))
}
