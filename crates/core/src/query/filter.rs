//! A filter on an attribute.

use serde::{Deserialize, Serialize};

use super::test::{Says, Test, TestError};
use super::{Attribute, looked_up};

/// One filter: what an attribute must say. For resources: one of them must; where the test is negated, none may.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Filter {
    /// which field
    pub attribute: Attribute,
    /// what it must say
    #[serde(flatten)]
    pub test: Test,
}

/// Why a filter is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// the test cannot be asked of anything
    #[error(transparent)]
    Test(#[from] TestError),
    /// no event can have this value
    #[error("{}; {rule}", crate::quoted::quoted(.value))]
    Value {
        /// which
        value: String,
        /// what there are
        rule: &'static str,
    },
}

impl Filter {
    /// The attribute has exactly this value.
    pub fn is(attribute: Attribute, value: impl Into<String>) -> Self {
        Self {
            attribute,
            test: Test::is(value),
        }
    }

    /// A filter as it can be asked. Values are cut as those of events are ([`looked_up`]).
    pub fn new(attribute: Attribute, mut test: Test) -> Result<Self, FilterError> {
        if let Says::Is(values) = &mut test.says {
            for value in values {
                *value = looked_up(std::mem::take(value).into()).into_owned();
            }
        }
        test.check()?;
        for value in test.texts() {
            let taken = match &test.says {
                Says::Is(_) if test.ignore_case => attribute.takes(&value.to_lowercase()),
                Says::Is(_) => attribute.takes(value),
                _ => attribute.takes_part(value),
            };
            taken.map_err(|rule| FilterError::Value {
                value: value.clone(),
                rule,
            })?;
        }
        Ok(Self { attribute, test })
    }

    /// Whether only columns tell: no index is asked for what is not to be there, or for parts of values. What reads only is
    /// one of two values, whatever is asked of it.
    pub fn needs_columns(&self) -> bool {
        self.attribute != Attribute::ReadOnly
            && self.test.values().is_none()
            && !self.is_any_error()
    }

    /// Whether it asks for calls that failed, however: the index knows them.
    pub fn is_any_error(&self) -> bool {
        self.attribute == Attribute::ErrorCode
            && self.test.says == Says::Something
            && !self.test.negated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_an_attribute_and_a_test() {
        for json in [
            r#"{"attribute":"EventName","equals":"StopInstances"}"#,
            r#"{"attribute":"Username","notEquals":["a","b"]}"#,
            r#"{"attribute":"ErrorCode","exists":false}"#,
        ] {
            let filter: Filter = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&filter).unwrap(), json);
        }
        let cut = Filter::new(Attribute::Username, Test::is("é".repeat(3_000))).unwrap();
        assert_eq!(cut.test.texts()[0], "é".repeat(1_999) + "…");
    }

    #[test]
    fn what_no_event_can_have_is_refused() {
        let refused = |attribute, json: &str| {
            let test = serde_json::from_str(json).unwrap();
            Filter::new(attribute, test).map_err(|error| error.to_string())
        };
        let rule = "ReadOnly is 'true' or 'false'";
        for json in [r#"{"equals":"True"}"#, r#"{"notEquals":["true","True"]}"#] {
            let error = refused(Attribute::ReadOnly, json).unwrap_err();
            assert_eq!(error, format!("'True'; {rule}"));
        }
        let any_case = r#"{"equals":"True","ignoreCase":true}"#;
        assert!(refused(Attribute::ReadOnly, any_case).is_ok());
        assert!(refused(Attribute::UserAgent, r#"{"prefix":"aws-cli/2"}"#).is_err());
        assert!(refused(Attribute::UserAgent, r#"{"prefix":"aws-cli"}"#).is_ok());
        assert!(refused(Attribute::Origin, r#"{"prefix":"producer:"}"#).is_ok());
    }
}
