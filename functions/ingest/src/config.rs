//! The function's configuration, read once from the environment.

use activity_log_lambda::environment::{Environment, EnvironmentError};
use activity_log_lambda::stack::Stack;

/// What the function needs to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// tables, key, default retention
    pub stack: Stack,
    /// `IMPORT_BUCKET`: the one bucket files are read from
    pub import_bucket: String,
    /// `CALLS_QUEUE_URL`: the queue that takes the records of calls
    pub calls_queue_url: String,
    /// `CALLS_QUEUE_ARN`, `CALLS_DEAD_LETTER_QUEUE_ARN`: what comes from them is known to be ours
    pub calls_queue_arns: [String; 2],
    /// `IMPORTS_QUEUE_ARN`: the queue of the import bucket's notifications; any other holds events
    pub imports_queue_arn: String,
    /// `API_HOSTS`: where the API is served; signatures must be made for one of them
    pub hosts: Vec<String>,
    /// `AWS_LAMBDA_FUNCTION_NAME`: the dimension of the function's metrics
    pub function_name: String,
}

impl Config {
    /// Reads the variables.
    pub fn read(environment: &Environment<'_>) -> Result<Self, EnvironmentError> {
        Ok(Self {
            stack: Stack::read(environment)?,
            import_bucket: environment.text("IMPORT_BUCKET")?,
            calls_queue_url: environment.text("CALLS_QUEUE_URL")?,
            calls_queue_arns: [
                environment.text("CALLS_QUEUE_ARN")?,
                environment.text("CALLS_DEAD_LETTER_QUEUE_ARN")?,
            ],
            imports_queue_arn: environment.text("IMPORTS_QUEUE_ARN")?,
            hosts: environment.list("API_HOSTS")?,
            function_name: environment.text("AWS_LAMBDA_FUNCTION_NAME")?,
        })
    }
}
