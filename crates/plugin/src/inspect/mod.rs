//! What a component is, before anything is compiled.
//!
//! A compiler may be brought to use hours and all memory by a few megabytes (measured: 7.6 MB took 120 s and 8.7 GB),
//! so first the cheap questions: is it a component, are its parts few and small enough ([`caps`]), is it valid, and
//! does it speak the filter interface and ask for nothing else ([`imports`], [`exports`]). All of this reads the
//! component once or twice and keeps no more than a few times its size.

mod caps;
mod exports;
mod imports;
mod instances;
mod signature;

use sha2::{Digest, Sha256};
use wasmparser::{Parser, Validator};

use crate::config;
use crate::limits::Limits;
use crate::refusal::Refusal;

/// A component that may be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// SHA-256 of the component.
    pub digest: [u8; 32],
    /// The component's length.
    pub bytes: usize,
    /// Functions with code, in all modules.
    pub functions: usize,
    /// Core modules.
    pub modules: usize,
    /// Nested components.
    pub components: usize,
    /// Whether it imports the log.
    pub logs: bool,
}

/// Looks at a component without compiling it. Refuses what is no filter, or larger than the limits.
pub fn inspect(component: &[u8], limits: &Limits) -> Result<Inspected, Refusal> {
    if component.len() > limits.upload_bytes {
        return Err(Refusal::Size {
            bytes: component.len(),
            max: limits.upload_bytes,
        });
    }
    if Parser::is_core_wasm(component) {
        return Err(Refusal::CoreModule);
    }
    if !Parser::is_component(component) {
        return Err(Refusal::NotWasm);
    }
    let counted = caps::count(component, limits)?;
    let types = Validator::new_with_features(config::features()).validate_all(component)?;
    let logs = imports::check(component, types.as_ref())?;
    exports::check(component, types.as_ref())?;
    Ok(Inspected {
        digest: Sha256::digest(component).into(),
        bytes: component.len(),
        functions: counted.bodies,
        modules: counted.modules,
        components: counted.components,
        logs,
    })
}
