//! The function's configuration, read once from the environment.

use activity_log_archive::writer::Sizes;
use activity_log_lambda::environment::{Environment, EnvironmentError};
use activity_log_lambda::stack::Stack;

/// What the function needs to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// tables, region, default retention
    pub stack: Stack,
    /// `TRAILS_QUEUE_URL`: where the tick sends a message for each trail
    pub queue_url: String,
    /// `SIGNING_KEY_ID`: the asymmetric KMS key that signs digests
    pub signing_key_id: String,
    /// `ARCHIVE_BYTES`, `ARCHIVE_ENTRY_BYTES`, `UPLOAD_PART_BYTES`: how large things may get
    pub sizes: Sizes,
    /// `AWS_LAMBDA_FUNCTION_NAME`: the dimension of the function's metrics
    pub function_name: String,
}

impl Config {
    /// Reads the variables.
    pub fn read(environment: &Environment<'_>) -> Result<Self, EnvironmentError> {
        let bytes = |name, most| environment.number(name, 1024, most);
        Ok(Self {
            stack: Stack::read(environment)?,
            queue_url: environment.text("TRAILS_QUEUE_URL")?,
            signing_key_id: environment.text("SIGNING_KEY_ID")?,
            sizes: Sizes {
                entry_bytes: bytes("ARCHIVE_ENTRY_BYTES", 64 << 20)? as usize,
                part_bytes: bytes("UPLOAD_PART_BYTES", 64 << 20)? as usize,
                archive_bytes: u64::from(bytes("ARCHIVE_BYTES", u32::MAX)?),
            },
            function_name: environment.text("AWS_LAMBDA_FUNCTION_NAME")?,
        })
    }
}
