//! The environment, read once at start; what is missing or wrong is named.

use std::num::ParseIntError;

/// Longest retention `template.yaml` allows, in days.
pub const MAX_RETENTION_DAYS: u32 = 3_650;

/// The environment is not as the function needs it.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// not set, or empty
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// not a number
    #[error("the environment variable {name} must be a whole number")]
    NotANumber {
        /// which one
        name: &'static str,
        /// what is wrong with it
        #[source]
        source: ParseIntError,
    },
    /// a number that makes no sense
    #[error("the environment variable {name} must be between {min} and {max}")]
    OutOfRange {
        /// which one
        name: &'static str,
        /// the least it may be
        min: u32,
        /// the most it may be
        max: u32,
    },
}

/// Variables by name: `std::env::var` outside tests.
pub struct Environment<'a>(pub &'a dyn Fn(&str) -> Option<String>);

impl Environment<'_> {
    /// A variable that must be there.
    pub fn text(&self, name: &'static str) -> Result<String, EnvironmentError> {
        (self.0)(name)
            .filter(|value| !value.is_empty())
            .ok_or(EnvironmentError::Missing(name))
    }

    /// A list with commas between its members, of at least one.
    pub fn list(&self, name: &'static str) -> Result<Vec<String>, EnvironmentError> {
        let text = self.text(name)?;
        let members = text.split(',').map(str::trim);
        let members: Vec<_> = members
            .filter(|member| !member.is_empty())
            .map(str::to_owned)
            .collect();
        if members.is_empty() {
            return Err(EnvironmentError::Missing(name));
        }
        Ok(members)
    }

    /// A number of days between 1 and [`MAX_RETENTION_DAYS`].
    pub fn days(&self, name: &'static str) -> Result<u32, EnvironmentError> {
        self.number(name, 1, MAX_RETENTION_DAYS)
    }

    /// A number between `min` and `max`.
    pub fn number(&self, name: &'static str, min: u32, max: u32) -> Result<u32, EnvironmentError> {
        let number = self
            .text(name)?
            .parse()
            .map_err(|source| EnvironmentError::NotANumber { name, source })?;
        if (min..=max).contains(&number) {
            Ok(number)
        } else {
            Err(EnvironmentError::OutOfRange { name, min, max })
        }
    }
}

/// The process's own environment.
pub fn of_process(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(value: Option<&str>) -> Result<u32, String> {
        Environment(&|_| value.map(str::to_owned))
            .days("DAYS")
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_list_has_members() {
        let list = |text: &str| {
            let of = |_: &str| Some(text.to_owned());
            Environment(&of).list("HOSTS").map_err(|e| e.to_string())
        };
        assert_eq!(list("a,b").unwrap(), ["a", "b"]);
        // As a template makes it whose parameter is empty.
        assert_eq!(list("a,").unwrap(), ["a"]);
        assert_eq!(list(" a , b").unwrap(), ["a", "b"]);
        let missing = "the environment variable HOSTS is not set";
        assert_eq!(list(" ,").unwrap_err(), missing);
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        assert_eq!(days(Some("30")), Ok(30));
        for absent in [None, Some("")] {
            assert_eq!(
                days(absent).unwrap_err(),
                "the environment variable DAYS is not set"
            );
        }
        let not_a_number = "the environment variable DAYS must be a whole number";
        assert_eq!(days(Some("a month")).unwrap_err(), not_a_number);
        for bad in ["0", "3651"] {
            let range = "the environment variable DAYS must be between 1 and 3650";
            assert_eq!(days(Some(bad)).unwrap_err(), range);
        }
    }
}
