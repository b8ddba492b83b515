//! From component to compiled form, in this process.

use crate::compiled::Compiled;
use crate::config;
use crate::inspect::inspect;
use crate::limits::Limits;
use crate::refusal::Refusal;

/// Inspects and compiles a component. Of the limits, time and memory of compiling are not enforced here: a component
/// of somebody else's is compiled with [`crate::isolated::compile`].
pub fn compile(component: &[u8], limits: &Limits) -> Result<Compiled, Refusal> {
    let inspected = inspect(component, limits)?;
    let compiled = compile_inspected(component, &inspected.digest)?;
    check_size(&compiled, limits)?;
    Ok(compiled)
}

pub(crate) fn compile_inspected(component: &[u8], digest: &[u8; 32]) -> Result<Compiled, Refusal> {
    let form = config::engine()
        .and_then(|engine| engine.precompile_component(component))
        .map_err(|error| Refusal::Compiler {
            source: error.into_boxed_dyn_error(),
        })?;
    Ok(Compiled::new(digest, &form))
}

pub(crate) fn check_size(compiled: &Compiled, limits: &Limits) -> Result<(), Refusal> {
    let (bytes, max) = (compiled.bytes().len(), limits.compiled_bytes);
    if bytes > max {
        return Err(Refusal::CompiledSize { bytes, max });
    }
    Ok(())
}
