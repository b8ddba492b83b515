//! Our own REST API, `/v1/events/lookup`, `/v1/reports`, `/v1/plugins` and what is beside them, over [`http::Request`] and [`http::Response`].
//!
//! A request is found in one table, [`operations::table`], by method and path, authenticated, authorized (denied
//! by default) and answered. What an operation reads and writes comes through [`ports`]: this crate knows neither
//! Lambda nor AWS, so tests drive it in process.
//!
//! Adding an operation is a file under `operations/`, a row of the table, and its description in
//! `docs/openapi.json`, which a test compares with the table. What the operations on reports share is in
//! `reports/`, what those on plugins share in `plugins/`, what is asked of counts in `counts/`, and lookups are in `events/`.

mod attributes;
mod counts;
mod denial;
pub mod error;
mod events;
mod filters;
mod input;
pub mod openapi;
pub mod operation;
pub mod operations;
mod plugins;
pub mod ports;
mod query;
mod reply;
mod reports;
mod route;
mod service;
mod time;

pub use error::ApiError;
pub use reply::Reply;
pub use service::{Context, Served, Service};

/// Longest JSON body read, in bytes.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// Longest component taken in a body, in bytes. Lambda takes 6 MiB of event, in which a binary body stands as
/// base64, a third longer: whatever is above comes through an upload link.
pub const MAX_COMPONENT_BODY_BYTES: usize = 4_500_000;
