//! Reports: from stored events to a file.
//!
//! ```text
//! Stream (attribute filters, by index) ─► conditions ─► plugin ─► its outputs ─► columns ─► the format's writer
//! ```
//!
//! A [`Build`] is the machine in the middle. Its caller gives it what a [`activity_log_core::read::Stream`] gives
//! ([`Build::take`]), sends the parts of the file that come out ([`Build::take_part`]), and ends it
//! ([`Build::finish`]) or has it stop between two batches ([`Build::suspend`]) and go on in another process
//! ([`Build::resume`]): the bytes are the same, however often that happens.
//!
//! Records are read of the rows that need them and no others: where neither a condition nor a plugin's input looks
//! into records, of those rows alone that the plugin keeps.
//!
//! The columns of a report whose maker chose none are those of the view ([`activity_log_core::event::View`]), which events of
//! every dialect have. They are taken from the record as the plugin leaves it.
//!
//! Nothing here knows AWS, a clock or an async runtime.

mod build;
mod checkpoint;
pub mod edit;
mod failure;
mod filter;
mod inputs;
mod manifest;
mod outputs;
mod plugged;

pub use build::{Build, Plan};
pub use checkpoint::Checkpoint;
pub use failure::{BuildError, plugin_did_not_start, too_large};
pub use filter::{Filter, Judge, Spent};
pub use inputs::{LOOKUP_FIELDS, Lookup};
pub use manifest::of as manifest_of;
