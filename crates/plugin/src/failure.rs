//! Why a running plugin failed: one message that a customer and an author both understand.

use std::error::Error;

use wasmtime::component::{ComponentType, Lift};
use wasmtime::{Trap, WasmBacktrace};

use crate::batch::BatchError;
use crate::limits::Exceeded;
use crate::manifest::ManifestError;
use crate::parameters::ParameterError;
use crate::shown::shown;
use crate::verdict::Nonsense;

/// Most functions named of where a trap happened.
const FRAMES: usize = 5;
/// Longest of their names, in characters.
const FRAME_CHARS: usize = 120;

/// Longest cause in wasmtime's words, in characters.
const CAUSE_CHARS: usize = 300;

/// Why a plugin failed. It fails the report; nothing is ever left out of one because of it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// it met a limit
    #[error(transparent)]
    Limit(#[from] Exceeded),
    /// it did what WebAssembly stops
    #[error("trap: {what}{}", place(.functions))]
    Trap {
        /// in plain words
        what: &'static str,
        /// the functions it was in, the innermost first, as far as they have names
        functions: Vec<String>,
    },
    /// it says so itself, of a batch
    #[error("the plugin says: {message}")]
    Plugin {
        /// the row at fault, if it is one row's
        row: Option<u32>,
        /// its message
        message: String,
    },
    /// it says so itself, of the parameters
    #[error("the plugin does not start: {0}")]
    Start(String),
    /// its verdict fits neither batch nor manifest
    #[error("nonsense verdict: {0}")]
    Nonsense(#[from] Nonsense),
    /// what it says of itself breaks a rule
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// it was to be started with other parameters than it asks for
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// the caller's mistake
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// it failed before; start it anew
    #[error("the plugin failed before and is not asked again")]
    Dead,
    /// the engine's failure: ours to look at, not the author's
    #[error("the plugin could not be run: {source}")]
    Host {
        /// why
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// The record `failure` of the interface.
#[derive(Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct OwnFailure {
    pub(crate) row: Option<u32>,
    pub(crate) message: String,
}

impl Failure {
    /// A short name of the kind that does not change, for logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Limit(exceeded) => exceeded.name(),
            Self::Trap { .. } => "trap",
            Self::Plugin { .. } => "plugin",
            Self::Start(_) => "start",
            Self::Nonsense(_) => "nonsense verdict",
            Self::Manifest(_) => "manifest",
            Self::Parameters(_) => "parameters",
            Self::Batch(_) => "batch",
            Self::Dead => "dead",
            Self::Host { .. } => "host",
        }
    }

    /// The row of the batch that the plugin itself says is at fault.
    pub fn row(&self) -> Option<u32> {
        match self {
            Self::Plugin { row, .. } => *row,
            _ => None,
        }
    }

    /// Whether it may be one row's fault: then [`crate::Plugin::blame`] can find it.
    pub fn may_be_a_rows(&self) -> bool {
        match self {
            Self::Limit(exceeded) => !matches!(
                exceeded,
                Exceeded::StartTime(_) | Exceeded::Time(_) | Exceeded::Fuel(_)
            ),
            Self::Trap { .. } | Self::Plugin { .. } | Self::Nonsense(_) => true,
            _ => false,
        }
    }

    /// What a call ended with, in our words.
    pub(crate) fn of_call(error: &wasmtime::Error, meeting: &Meeting) -> Self {
        if let Some(exceeded) = meeting.exceeded(error) {
            return Self::Limit(exceeded);
        }
        match error.downcast_ref::<Trap>() {
            Some(trap) => Self::Trap {
                what: words(*trap),
                functions: functions(error),
            },
            // All that is left is wasmtime's refusal to read an answer.
            None => Self::Nonsense(Nonsense::Unreadable(shown(
                &error.root_cause().to_string(),
                CAUSE_CHARS,
            ))),
        }
    }

    /// What an instantiation ended with: as a call, but nothing is answered yet.
    pub(crate) fn of_instantiation(error: wasmtime::Error, meeting: &Meeting) -> Self {
        if error.is::<Trap>() || meeting.exceeded(&error).is_some() {
            return Self::of_call(&error, meeting);
        }
        Self::Host {
            source: error.into_boxed_dyn_error(),
        }
    }
}

/// Limits whose meeting wasmtime tells in its own way, with their sizes.
pub(crate) struct Meeting {
    pub(crate) fuel: u64,
    pub(crate) verdict_bytes: usize,
}

impl Meeting {
    fn exceeded(&self, error: &wasmtime::Error) -> Option<Exceeded> {
        if let Some(exceeded) = error.downcast_ref::<Exceeded>() {
            return Some(*exceeded);
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::StackOverflow) => return Some(Exceeded::Stack),
            Some(Trap::OutOfFuel) => return Some(Exceeded::Fuel(self.fuel)),
            _ => {}
        }
        // The error's type is private to wasmtime; tests/limits.rs sees that its text is still this.
        let cause = error.root_cause().to_string();
        cause
            .contains("fuel allocated for hostcalls")
            .then_some(Exceeded::VerdictBytes(self.verdict_bytes))
    }
}

fn words(trap: Trap) -> &'static str {
    match trap {
        Trap::UnreachableCodeReached => {
            "it reached code it says is never reached: a panic or an abort"
        }
        Trap::MemoryOutOfBounds => "it read or wrote outside of its memory",
        Trap::IntegerDivisionByZero => "it divided by zero",
        Trap::IntegerOverflow => "a division overflowed",
        Trap::BadConversionToInteger => "it converted a float that is no integer to an integer",
        Trap::TableOutOfBounds | Trap::IndirectCallToNull => {
            "it called a function that does not exist"
        }
        Trap::BadSignature => "it called a function of another type",
        Trap::CannotEnterComponent => "it was entered while it ran",
        _ => "it broke a rule of WebAssembly",
    }
}

fn functions(error: &wasmtime::Error) -> Vec<String> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else {
        return vec![];
    };
    let names = backtrace
        .frames()
        .iter()
        .filter_map(|frame| frame.func_name());
    names
        .take(FRAMES)
        .map(|name| shown(name, FRAME_CHARS))
        .collect()
}

fn place(functions: &[String]) -> String {
    if functions.is_empty() {
        return String::new();
    }
    format!(" (in {})", functions.join(", called by "))
}
