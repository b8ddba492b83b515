//! Calls to this service as events of the caller's account.
//!
//! A [`Call`] is what is known of one call when it has been answered. [`Call::record`] makes a CloudTrail record of
//! it, and a [`CallLog`] takes that record: in the product the calls queue, from where `ingest` stores it as
//! any other event. So who read the log stands in the log, is looked up, archived and reported as everything else.
//!
//! A record is always one that `ingest` admits: it lies within the caps of [`activity_log_core::event`], whatever
//! the caller sent. And it holds no secret: see [`Parameters`].

mod call;
mod log;
mod record;
mod recorder;

pub mod memory;
pub mod parameters;
pub mod sqs;
mod text;

pub use call::{Call, CallError, Kind, Source};
pub use log::{BoxError, CallLog, CallLogError};
pub use parameters::Parameters;
pub use recorder::{AnsweredCall, Operation, Recorder};

#[cfg(test)]
mod tests;
