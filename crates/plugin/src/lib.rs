//! The plugin host: customers' filters, as WebAssembly components, checked, compiled and run within limits.
//!
//! A filter is somebody else's program. It is handed events in batches, as dictionary-coded columns, and answers
//! which rows to keep and what to write into columns of its own: `wit/filter.wit`, frozen. It can call nothing but a
//! log. Everything it could grow without end has a cap ([`Limits`]), and whatever it does wrong is an error in words
//! that its author understands ([`Refusal`] at upload, [`Failure`] in a report).
//!
//! ```text
//! upload ─► inspect ─► compile, in a child process ─► Compiled ─► kept; its digest where only we can write
//! report ─► Compiled::open ─► Engine::load ─► Plugin::start ─► Run::filter, batch after batch
//! ```
//!
//! ```no_run
//! use activity_log_plugin::{Batch, Budget, ColumnBuilder, Engine, Limits, Value, isolated};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! isolated::serve_if_asked(); // first thing in `main`
//! let limits = Limits::default();
//! let compiled = isolated::compile(&std::fs::read("filter.wasm")?, &limits)?;
//! let plugin = Engine::new(limits)?.load(&compiled)?;
//! let manifest = plugin.describe()?;
//!
//! let budget = Budget { time: std::time::Duration::from_mins(10), fuel: None };
//! let mut run = plugin.start(&[("hours".to_owned(), "9-17".to_owned())], budget)?;
//! let mut column = ColumnBuilder::default();
//! column.push(Value::Text("StopInstances"));
//! let columns = manifest.inputs.iter().map(|_| column.column()).collect();
//! let verdict = run.filter(&Batch { rows: 1, columns })?;
//! println!("{:?}, {:?}", verdict.keep, run.used());
//! # Ok(())
//! # }
//! ```
//!
//! Nothing here knows an account, a network or an async runtime; it knows the time only to stop what takes too long.

mod batch;
mod blame;
mod builder;
mod compile;
mod compiled;
mod config;
mod engine;
mod failure;
mod guest;
mod host;
mod inspect;
pub mod isolated;
mod limits;
mod manifest;
mod parameters;
mod plugin;
mod refusal;
mod run;
mod shown;
mod ticker;
mod verdict;
pub mod world;

pub use batch::{Batch, BatchError, Column, Value};
pub use builder::ColumnBuilder;
pub use compile::compile;
pub use compiled::{Compiled, NotOurs, engine_name};
pub use engine::{Engine, EngineError};
pub use failure::Failure;
pub use inspect::{Inspected, inspect};
pub use limits::{BATCH_BYTES, BATCH_ROWS, Counts, Exceeded, Limits, STACK_BYTES};
pub use manifest::{
    DESCRIPTION_CHARS, INPUTS, MANIFEST_BYTES, Manifest, ManifestError, NAME_BYTES, OUTPUTS,
    PARAMETERS, PATH_BYTES, PATH_NAMES, Parameter, VERSION_BYTES,
};
pub use parameters::{PARAMETER_BYTES, ParameterError};
pub use plugin::Plugin;
pub use refusal::Refusal;
pub use run::{Budget, Run, Spent, Used};
pub use verdict::{Nonsense, OwnedColumn, OwnedValue, Verdict};
