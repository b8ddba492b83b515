//! Filters for Activity Log's reports, written in Rust.
//!
//! A filter says which fields of an event it reads ([`Manifest::inputs`]), is started once with a report's
//! parameters, and is then given the events in batches of up to 4,096. It says which rows the report keeps; it
//! may add columns, or replace what it has read. It has no clock, no network, no files: only what it is given.
//!
//! ```
//! use activity_log_filter::{Batch, Failure, Filter, Manifest, Parameter, Parameters, Value, Verdict};
//!
//! /// Keeps the calls that failed.
//! struct Failed {
//!     code: Option<String>,
//! }
//!
//! impl Filter for Failed {
//!     const MANIFEST: Manifest = Manifest {
//!         name: "failed",
//!         version: "1.0.0",
//!         description: "Calls that failed; with one error code, if it is given.",
//!         inputs: &["errorCode"],
//!         outputs: &[],
//!         parameters: &[Parameter::optional("code", "such as AccessDenied")],
//!     };
//!
//!     fn start(parameters: &Parameters) -> Result<Self, String> {
//!         let code = parameters.get("code").map(str::to_owned);
//!         Ok(Self { code })
//!     }
//!
//!     fn filter(&self, batch: &Batch) -> Result<Verdict, Failure> {
//!         let [error] = batch.columns();
//!         // Asked once for each different error code, not once for each event: that is what makes it fast.
//!         let failed = error.test(|value| match (&self.code, value) {
//!             (None, value) => !value.is_nothing(),
//!             (Some(code), value) => value.is(code),
//!         });
//!         Ok(batch.keep(|row| failed[row]))
//!     }
//! }
//! # #[cfg(any())]
//! activity_log_filter::export!(Failed);
//!
//! // In a unit test:
//! use activity_log_filter::testing::Events;
//! let events = Events::parse(r#"{"errorCode":"AccessDenied"}
//!                               {"errorCode":"Throttling"}
//!                               {"eventName":"GetUser"}"#);
//! assert_eq!(events.run::<Failed>(&[]).kept(), [0, 1]);
//! assert_eq!(events.run::<Failed>(&[("code", "Throttling")]).kept(), [1]);
//! ```
//!
//! # What makes a filter fast
//!
//! Columns are dictionary coded: each different value stands there once, and each row has its number. Ask about
//! values, not about rows: [`Column::test`] and [`Column::per_value`] call your closure once for each different
//! value, and the row loop only looks the answers up. [`Column::map`] makes an output column the same way.
//! The input `""` is the whole event as JSON text; reading that costs a hundred times as much.
//!
//! # What a filter must not do
//!
//! Keep anything from one batch to the next: a report that is continued by another process starts the filter
//! again, and a batch ends wherever it ends. [`Filter::filter`] has `&self` for that reason.
//!
//! A panic ends the report with "trap"; return a [`Failure`] instead, which can say in plain words what is wrong.

#[cfg(all(
    target_family = "wasm",
    not(all(target_arch = "wasm32", target_os = "unknown"))
))]
compile_error!(
    "filters are built for the target wasm32-unknown-unknown: wasm32-wasip1, wasip2 and emscripten import WASI or \
     JavaScript, which reports do not offer. Use `alog plugin build`, or \
     `cargo build --release --target wasm32-unknown-unknown`"
);

mod batch;
#[allow(missing_docs, clippy::pedantic)]
#[doc(hidden)]
pub mod bindings;
mod failure;
mod filter;
pub mod json;
mod log;
mod manifest;
#[cfg(any(test, all(target_family = "wasm", feature = "allocator")))]
mod memory;
mod parameters;
#[doc(hidden)]
pub mod runtime;
mod sets;
#[cfg(feature = "testing")]
pub mod testing;
mod value;
mod verdict;

#[cfg(all(target_family = "wasm", feature = "allocator"))]
#[global_allocator]
static MEMORY: memory::Memory = memory::Memory::new();

pub use batch::{PerValue, Row};
pub use bindings::activity_log::filter::types::{Batch, Column, Failure, Value, Verdict};
pub use filter::Filter;
pub use log::log;
pub use manifest::{Manifest, Parameter};
pub use parameters::Parameters;
