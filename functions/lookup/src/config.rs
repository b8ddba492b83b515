//! The function's configuration, read once from the environment.

use activity_log_lambda::environment::{Environment, EnvironmentError};
use activity_log_lambda::stack::Stack;

/// What the function needs to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// tables, key, region, default retention
    pub stack: Stack,
    /// `REPORTS_BUCKET`: the stack's own bucket of reports and plugins
    pub reports_bucket: String,
    /// `WORK_QUEUE_URL`: the reporter's queue
    pub work_queue_url: String,
    /// `API_HOSTS`: where the API is served; signatures must be made for one of them
    pub hosts: Vec<String>,
    /// `CALLS_QUEUE_URL`: the queue that takes the records of calls
    pub calls_queue_url: String,
    /// `AWS_LAMBDA_FUNCTION_NAME`: the dimension of the function's metrics
    pub function_name: String,
}

impl Config {
    /// Reads the variables.
    pub fn read(environment: &Environment<'_>) -> Result<Self, EnvironmentError> {
        Ok(Self {
            stack: Stack::read(environment)?,
            reports_bucket: environment.text("REPORTS_BUCKET")?,
            work_queue_url: environment.text("WORK_QUEUE_URL")?,
            hosts: environment.list("API_HOSTS")?,
            calls_queue_url: environment.text("CALLS_QUEUE_URL")?,
            function_name: environment.text("AWS_LAMBDA_FUNCTION_NAME")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let read = |without: &str| {
            let of = |name: &str| (name != without).then(|| "30".to_owned());
            Config::read(&Environment(&of))
        };
        assert_eq!(read("").unwrap().reports_bucket, "30");
        for name in [
            "RETENTION_DAYS",
            "REPORTS_BUCKET",
            "WORK_QUEUE_URL",
            "API_HOSTS",
            "CALLS_QUEUE_URL",
            "AWS_LAMBDA_FUNCTION_NAME",
        ] {
            let error = read(name).unwrap_err().to_string();
            assert_eq!(error, format!("the environment variable {name} is not set"));
        }
    }
}
