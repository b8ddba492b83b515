//! Two functions that take events in: `ingest` through the HTTP API and queues, `importer` from files in a bucket.
//!
//! [`handler`] tells what invoked the first and hands over to [`api`] or [`queue`]; [`import`] is the second. All read
//! bodies with [`payload`] and store through [`app`], which knows no Lambda. What an invocation came to is counted in
//! [`metrics`].

pub mod api;
pub mod app;
mod calls;
pub mod config;
pub mod control;
pub mod files;
pub mod handler;
mod hurried;
pub mod import;
pub mod metrics;
pub mod payload;
pub mod queue;
pub mod receivers;
mod remembered;
pub mod reply;
mod shards;
