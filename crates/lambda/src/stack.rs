//! What every function is told of its stack.

use crate::environment::{Environment, EnvironmentError};

/// The tables, the key that opens the secrets in one of them, and the default retention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// `AWS_REGION`: the region, set by Lambda; part of ARNs and of keys of archives
    pub region: String,
    /// `EVENTS_TABLE`: the table of events
    pub events_table: String,
    /// `CONTROL_TABLE`: the table of accounts and keys
    pub control_table: String,
    /// `KMS_KEY_ID`: the key that opens the control table's secrets
    pub kms_key_id: String,
    /// `RETENTION_DAYS`: days events are kept where the account says nothing else
    pub retention_days: u32,
}

impl Stack {
    /// Reads the variables.
    pub fn read(environment: &Environment<'_>) -> Result<Self, EnvironmentError> {
        Ok(Self {
            region: environment.text("AWS_REGION")?,
            events_table: environment.text("EVENTS_TABLE")?,
            control_table: environment.text("CONTROL_TABLE")?,
            kms_key_id: environment.text("KMS_KEY_ID")?,
            retention_days: environment.days("RETENTION_DAYS")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_is_needed_and_named() {
        const NAMES: [&str; 5] = [
            "AWS_REGION",
            "EVENTS_TABLE",
            "CONTROL_TABLE",
            "KMS_KEY_ID",
            "RETENTION_DAYS",
        ];
        let read = |without: &str| {
            Stack::read(&Environment(&|name| {
                (name != without && NAMES.contains(&name)).then(|| "30".to_owned())
            }))
        };
        assert_eq!(read("").unwrap().retention_days, 30);
        for name in NAMES {
            let error = read(name).unwrap_err().to_string();
            assert_eq!(error, format!("the environment variable {name} is not set"));
        }
    }
}
