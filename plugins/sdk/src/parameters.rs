//! A report's parameters for the filter.

use std::fmt::Display;
use std::str::FromStr;

/// What the report's request says for the manifest's parameters. The host has checked that each is known and
/// that none that is required is missing.
#[derive(Clone, Debug, Default)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    #[doc(hidden)]
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// What was given, if anything was.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// What was given, or an error that says what is missing.
    pub fn required(&self, name: &str) -> Result<&str, String> {
        self.get(name)
            .ok_or_else(|| format!("the parameter {name} is missing"))
    }

    /// Reads a number, or whatever else can be read from a string; the error names the parameter.
    ///
    /// ```
    /// # use activity_log_filter::Parameters;
    /// # let parameters = Parameters::new(vec![("hour".into(), "24x".into())]);
    /// assert_eq!(parameters.parse::<u8>("minute"), Ok(None));
    /// let error = parameters.parse::<u8>("hour").unwrap_err();
    /// assert_eq!(error, r#"the parameter hour is "24x": invalid digit found in string"#);
    /// ```
    pub fn parse<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, String> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        match text.trim().parse() {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(format!("the parameter {name} is {text:?}: {error}")),
        }
    }

    /// The entries of a list with commas between them, without the space around them; empty ones do not count.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let text = self.get(name).unwrap_or_default();
        let entries = text.split(',').map(str::trim);
        entries.filter(|entry| !entry.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_without_space() {
        let parameters = Parameters::new(vec![("names".into(), " alice, ,bob,".into())]);
        assert_eq!(parameters.list("names"), ["alice", "bob"]);
        assert!(parameters.list("others").is_empty());
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = Parameters::default().required("rule").unwrap_err();
        assert_eq!(error, "the parameter rule is missing");
    }
}
