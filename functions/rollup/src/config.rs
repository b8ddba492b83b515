//! The function's configuration, read once from the environment.

use activity_log_lambda::environment::{Environment, EnvironmentError};
use activity_log_lambda::stack::Stack;

/// What the function needs to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// tables, region, default retention
    pub stack: Stack,
    /// `ROLLUP_QUEUE_URL`: where the tick sends a message for each account of which something is due
    pub queue_url: String,
    /// `CALLS_QUEUE_URL`: where accounts are told what was left out of their logs
    pub calls_queue_url: String,
    /// `AWS_LAMBDA_FUNCTION_NAME`: the dimension of the function's metrics
    pub function_name: String,
}

impl Config {
    /// Reads the variables.
    pub fn read(environment: &Environment<'_>) -> Result<Self, EnvironmentError> {
        Ok(Self {
            stack: Stack::read(environment)?,
            queue_url: environment.text("ROLLUP_QUEUE_URL")?,
            calls_queue_url: environment.text("CALLS_QUEUE_URL")?,
            function_name: environment.text("AWS_LAMBDA_FUNCTION_NAME")?,
        })
    }
}
