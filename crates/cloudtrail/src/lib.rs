//! The `CloudTrail` protocol (awsJson1.1) over [`http::Request`] and [`http::Response`].
//!
//! A request is authenticated, authorized (denied by default), and dispatched by its `X-Amz-Target`
//! through one table, [`operations::table`]. What an operation reads and writes comes through
//! [`ports`]: this crate knows neither Lambda nor `DynamoDB`, so AWS's own SDK can call it in process.
//!
//! Adding an operation is a file under `operations/` and a row of the table. What the operations on trails
//! share is in `trails/`.

mod denial;
pub mod error;
mod events_page;
mod input;
pub mod model;
pub mod operation;
pub mod operations;
pub mod ports;
mod response;
mod service;
mod target;
mod timestamp;
mod tokens;
mod trails;

pub use error::ApiError;
pub use service::{Context, Served, Service};

/// Longest request body read, in bytes. The largest the model allows (10 attributes of 2,000 characters,
/// or a trail's selectors) is far below.
pub const MAX_BODY_BYTES: usize = 80 * 1024;
