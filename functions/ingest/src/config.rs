//! The function's configuration, read once from the environment.

use activity_log_lambda::environment::{Environment, EnvironmentError};

/// What the function needs to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `EVENTS_TABLE`: the table of segments
    pub events_table: String,
    /// `CONTROL_TABLE`: the table of accounts and keys
    pub control_table: String,
    /// `KMS_KEY_ID`: the key that opens the control table's secrets
    pub kms_key_id: String,
    /// `RETENTION_DAYS`: days events are kept where the account says nothing else
    pub retention_days: u32,
    /// `IMPORT_BUCKET`: the one bucket files are read from
    pub import_bucket: String,
    /// `EVENTS_QUEUE_ARN`: the queue of bodies
    pub events_queue_arn: String,
    /// `IMPORTS_QUEUE_ARN`: the queue of the import bucket's notifications
    pub imports_queue_arn: String,
}

impl Config {
    /// Reads the variables through `get`.
    pub fn read(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let environment = Environment(get);
        Ok(Self {
            events_table: environment.text("EVENTS_TABLE")?,
            control_table: environment.text("CONTROL_TABLE")?,
            kms_key_id: environment.text("KMS_KEY_ID")?,
            retention_days: environment.days("RETENTION_DAYS")?,
            import_bucket: environment.text("IMPORT_BUCKET")?,
            events_queue_arn: environment.text("EVENTS_QUEUE_ARN")?,
            imports_queue_arn: environment.text("IMPORTS_QUEUE_ARN")?,
        })
    }
}
