//! The ingest function: events in through the HTTP API, a queue, and files in a bucket.
//!
//! [`handler`] tells what invoked it and hands over to [`api`] or [`queue`]; both read bodies with
//! [`payload`] and store through [`app`], which knows no Lambda.

pub mod api;
pub mod app;
pub mod config;
pub mod control;
pub mod files;
pub mod handler;
pub mod payload;
pub mod queue;
pub mod reply;
pub mod sender;
