//! The function's configuration, read once from the environment.

use activity_log_core::instant::SECOND;
use activity_log_core::read::MAX_ROWS;
use activity_log_lambda::environment::{Environment, EnvironmentError};
use activity_log_lambda::stack::Stack;

use crate::app::Sizes;

/// Most bytes of a report's file: 20 GB, far below S3's 10,000 parts of the least size we send.
pub const REPORT_BYTES: u64 = 20_000_000_000;
/// How long before its end an invocation stops to build: a batch, its upload and the checkpoint fit into it.
pub const MARGIN_MS: i64 = 60 * SECOND;

/// What the function needs to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// tables, key, default retention
    pub stack: Stack,
    /// `REPORTS_BUCKET`: reports, plugins and what is kept of a report between two runs
    pub bucket: String,
    /// `WORK_QUEUE_URL`: where a report that needs another run is sent
    pub queue_url: String,
    /// `UPLOAD_PART_BYTES`, `DISK_BYTES`: how large things may get
    pub sizes: Sizes,
    /// `AWS_LAMBDA_FUNCTION_NAME`: the dimension of the function's metrics
    pub function_name: String,
}

impl Config {
    /// Reads the variables.
    pub fn read(environment: &Environment<'_>) -> Result<Self, EnvironmentError> {
        let part_bytes = environment.number("UPLOAD_PART_BYTES", 5 << 20, 64 << 20)?;
        Ok(Self {
            stack: Stack::read(environment)?,
            bucket: environment.text("REPORTS_BUCKET")?,
            queue_url: environment.text("WORK_QUEUE_URL")?,
            sizes: Sizes {
                part_bytes: part_bytes as usize,
                report_bytes: REPORT_BYTES,
                disk_bytes: u64::from(environment.number("DISK_BYTES", 1 << 20, u32::MAX)?),
                batch_rows: MAX_ROWS,
                margin_ms: MARGIN_MS,
            },
            function_name: environment.text("AWS_LAMBDA_FUNCTION_NAME")?,
        })
    }
}
