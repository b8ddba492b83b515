//! The ingest function: events in through the HTTP API, a queue, and files in a bucket.
//!
//! [`handler`] tells what invoked it and hands over to [`api`] or [`queue`]; both read bodies with
//! [`payload`] and store through [`app`], which knows no Lambda. What an invocation came to is counted in
//! [`metrics`].

pub mod api;
pub mod app;
mod calls;
pub mod config;
pub mod control;
pub mod files;
pub mod handler;
pub mod metrics;
pub mod payload;
pub mod queue;
pub mod reply;
pub mod sender;
