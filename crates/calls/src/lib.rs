//! Calls to this service as events of the caller's account.
//!
//! A [`Call`] is what is known of one call when it has been answered. [`Call::record`] makes a CloudTrail record of
//! it, and a [`CallLog`] takes that record: in the product the calls queue, from where `ingest` stores it as
//! any other event. So who read the log stands in the log, is looked up, archived and reported as everything else.
//!
//! A record is always one that `ingest` admits: it lies within the caps of [`activity_log_core::event`], whatever
//! the caller sent. It says what the operation understood ([`Asked`]), never what else stood in the request, and it
//! holds no secret: see [`Parameters`]. A call that changes something is kept before it does: see [`Telling`].

mod asked;
mod call;
mod conflicts;
mod ids;
mod log;
mod operator;
mod record;
mod recorder;
mod resource;
mod telling;
mod unproven;

pub mod memory;
pub mod parameters;
pub mod sqs;
mod text;

pub use asked::{Asked, UnknownMembers};
pub use call::{Call, CallError, Kind, Source};
pub use conflicts::{CONFLICTING_EVENTS, Conflicting, Conflicts};
pub use log::{BoxError, CallLog, CallLogError};
pub use operator::{Change, Operator};
pub use parameters::Parameters;
pub use recorder::{AnsweredCall, Operation, Received, Recorder, SESSION};
pub use resource::Resource;
pub use telling::{Attempt, Attempts, NotBegun, TellError, Telling};
pub use unproven::{REFUSED_CALLS, RefusedCall, RefusedTogether};

#[cfg(test)]
mod tests;
