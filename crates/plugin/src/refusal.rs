//! Why a component is not taken.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use crate::limits::{Bytes, Seconds};

/// Why a component is refused at upload: what its author has to change.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// longer than [`crate::Limits::upload_bytes`]
    #[error("size: the component is {bytes} bytes long; at most {max}", max = Bytes(*.max))]
    Size {
        /// its length
        bytes: usize,
        /// the limit
        max: usize,
    },
    /// neither component nor module
    #[error("this is not a WebAssembly component; build one with `alog plugin build`")]
    NotWasm,
    /// a module
    #[error("this is a core module, not a component; run `alog plugin build`, which makes it one")]
    CoreModule,
    /// broken, or of a proposal that is not taken
    #[error("the component is not valid: {source}")]
    Invalid {
        /// what and where
        #[source]
        source: Box<wasmparser::BinaryReaderError>,
    },
    /// more of something than [`crate::limits::Counts`] allows
    #[error("{what}: the component has {found}; at most {max}")]
    Count {
        /// of what
        what: &'static str,
        /// how many, or how many so far
        found: usize,
        /// the limit
        max: usize,
    },
    /// longer than [`crate::Limits::function_bytes`]
    #[error("function size: function {function} of module {module} is {bytes} bytes long; at most {max}; split it, or turn tables in code into data", max = Bytes(*.max))]
    FunctionSize {
        /// which module, in order of appearance
        module: usize,
        /// which function of the module's code
        function: usize,
        /// its length
        bytes: usize,
        /// the limit
        max: usize,
    },
    /// more than [`crate::Limits::function_locals`]
    #[error(
        "function locals: function {function} of module {module} has {locals} locals; at most {max}; split it"
    )]
    FunctionLocals {
        /// which module, in order of appearance
        module: usize,
        /// which function of the module's code
        function: usize,
        /// how many
        locals: u64,
        /// the limit
        max: u32,
    },
    /// something else than the log
    #[error("imports: {}: a filter may import {} and nothing else: no files, clock, randomness or network; build it without WASI", .names.join(", "), crate::world::LOG)]
    Import {
        /// what it imports, the first of them
        names: Vec<String>,
    },
    /// the log, but not as the interface has it
    #[error("imports: {name} is not as wit/filter.wit has it: {problem}")]
    ImportShape {
        /// which interface
        name: String,
        /// what is different
        problem: String,
    },
    /// does not export the plugin interface
    #[error("exports: a filter must export {expected}; this component exports {found}", expected = crate::world::PLUGIN)]
    World {
        /// what it exports instead
        found: String,
    },
    /// exports the plugin interface, but not as the interface has it
    #[error("exports: {expected} is not as wit/filter.wit has it: {problem}", expected = crate::world::PLUGIN)]
    ExportShape {
        /// what is different
        problem: String,
    },
    /// [`crate::Limits::compile_time`]
    #[error("compile time: the component took longer than {} to compile; make its functions smaller", Seconds(*.0))]
    CompileTime(Duration),
    /// [`crate::Limits::compile_memory_bytes`]
    #[error("compile memory: the component took more than {} of memory to compile; make its functions smaller", Bytes(usize::try_from(*.0).unwrap_or(usize::MAX)))]
    CompileMemory(u64),
    /// [`crate::Limits::compiled_bytes`]
    #[error("compiled size: the component's compiled form is {bytes} bytes long; at most {max}", max = Bytes(*.max))]
    CompiledSize {
        /// its length
        bytes: usize,
        /// the limit
        max: usize,
    },
    /// the compiler says no
    #[error("the component does not compile: {source}")]
    Compiler {
        /// what it says
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// the compiling process ended as it should not: ours to look at, not the author's
    #[error("the compiler failed ({status}): {message}")]
    CompilerDied {
        /// how it ended
        status: ExitStatus,
        /// the end of what it printed
        message: String,
    },
    /// the compiling process could not be run: ours to look at, not the author's
    #[error("the compiler could not be run: {source}")]
    CompilerMissing {
        /// why
        #[source]
        source: io::Error,
    },
}

impl Refusal {
    /// Whether the component's author can do something about it; else it is the host's failure.
    pub fn is_authors(&self) -> bool {
        !matches!(
            self,
            Self::CompilerDied { .. } | Self::CompilerMissing { .. }
        )
    }
}

impl From<wasmparser::BinaryReaderError> for Refusal {
    fn from(source: wasmparser::BinaryReaderError) -> Self {
        Self::Invalid {
            source: Box::new(source),
        }
    }
}
