//! The function's configuration, read once from the environment.

use std::num::ParseIntError;

/// Longest retention `template.yaml` allows, in days.
const MAX_RETENTION_DAYS: u32 = 3_650;

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
}

/// The environment is not as the function needs it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// not set, or empty
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// not a number
    #[error("the environment variable {name} must be a number of days")]
    NotANumber {
        /// which one
        name: &'static str,
        /// what is wrong with it
        #[source]
        source: ParseIntError,
    },
    /// a number that makes no sense
    #[error("the environment variable {name} must be between 1 and {max}")]
    OutOfRange {
        /// which one
        name: &'static str,
        /// the most it may be
        max: u32,
    },
}

impl Config {
    /// Reads the variables through `get`, which is `std::env::var` outside tests.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let text = |name| {
            get(name)
                .filter(|value| !value.is_empty())
                .ok_or(ConfigError::Missing(name))
        };
        Ok(Self {
            events_table: text("EVENTS_TABLE")?,
            control_table: text("CONTROL_TABLE")?,
            kms_key_id: text("KMS_KEY_ID")?,
            retention_days: days("RETENTION_DAYS", &text("RETENTION_DAYS")?)?,
        })
    }
}

fn days(name: &'static str, text: &str) -> Result<u32, ConfigError> {
    let days = text
        .parse()
        .map_err(|source| ConfigError::NotANumber { name, source })?;
    if (1..=MAX_RETENTION_DAYS).contains(&days) {
        Ok(days)
    } else {
        Err(ConfigError::OutOfRange {
            name,
            max: MAX_RETENTION_DAYS,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(changed: &str, value: Option<&str>) -> Result<Config, String> {
        Config::read(|name| match name {
            _ if name == changed => value.map(str::to_owned),
            "RETENTION_DAYS" => Some("30".to_owned()),
            other => Some(other.to_lowercase()),
        })
        .map_err(|error| error.to_string())
    }

    #[test]
    fn every_variable_is_needed_and_named() {
        assert_eq!(read("", None).unwrap().retention_days, 30);
        for name in [
            "EVENTS_TABLE",
            "CONTROL_TABLE",
            "KMS_KEY_ID",
            "RETENTION_DAYS",
        ] {
            for absent in [None, Some("")] {
                assert_eq!(
                    read(name, absent),
                    Err(format!("the environment variable {name} is not set"))
                );
            }
        }
    }

    #[test]
    fn retention_is_a_sensible_number_of_days() {
        assert_eq!(
            read("RETENTION_DAYS", Some("a month")),
            Err("the environment variable RETENTION_DAYS must be a number of days".to_owned())
        );
        for bad in ["0", "3651"] {
            assert_eq!(
                read("RETENTION_DAYS", Some(bad)),
                Err(
                    "the environment variable RETENTION_DAYS must be between 1 and 3650".to_owned()
                )
            );
        }
    }
}
