//! The functions' configurations, each read once from the environment.

use activity_log_lambda::environment::{Environment, EnvironmentError};
use activity_log_lambda::stack::Stack;

/// What ingest needs to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// tables, key, default retention
    pub stack: Stack,
    /// `CALLS_QUEUE_URL`: the queue that takes the records of calls
    pub calls_queue_url: String,
    /// `CALLS_QUEUE_ARN`, `CALLS_DEAD_LETTER_QUEUE_ARN`: what comes from them is known to be ours
    pub calls_queue_arns: [String; 2],
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
            calls_queue_url: environment.text("CALLS_QUEUE_URL")?,
            calls_queue_arns: [
                environment.text("CALLS_QUEUE_ARN")?,
                environment.text("CALLS_DEAD_LETTER_QUEUE_ARN")?,
            ],
            hosts: environment.list("API_HOSTS")?,
            function_name: environment.text("AWS_LAMBDA_FUNCTION_NAME")?,
        })
    }
}

/// What the importer needs to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImporterConfig {
    /// tables, key, default retention
    pub stack: Stack,
    /// `IMPORT_BUCKET`: the one bucket files are read from
    pub import_bucket: String,
    /// `AWS_LAMBDA_FUNCTION_NAME`: the dimension of the function's metrics
    pub function_name: String,
}

impl ImporterConfig {
    /// Reads the variables.
    pub fn read(environment: &Environment<'_>) -> Result<Self, EnvironmentError> {
        Ok(Self {
            stack: Stack::read(environment)?,
            import_bucket: environment.text("IMPORT_BUCKET")?,
            function_name: environment.text("AWS_LAMBDA_FUNCTION_NAME")?,
        })
    }
}
