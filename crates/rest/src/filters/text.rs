//! One of `where`: a question as people write it.

use activity_log_calls::parameters::{HIDDEN, is_secret};
use activity_log_core::query::Says;
use activity_log_core::question::{Clause, QuestionError};
use serde::{Deserialize, Serialize, Serializer};

use crate::error::ApiError;

/// A text such as `EventName=StopInstances,TerminateInstances`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct WhereText(String);

impl WhereText {
    /// What it asks, of the field `name` of the body.
    pub fn read(&self, name: &str) -> Result<Clause, ApiError> {
        let clause = self.0.parse();
        clause.map_err(|error: QuestionError| {
            if self.may_hold_a_secret() {
                let QuestionError {
                    column, expected, ..
                } = error;
                return ApiError::field(name, format!("column {column}: {expected}"));
            }
            ApiError::field(name, error)
        })
    }

    /// Whether it begins with the name of a field that is named as a secret: an error, which the log of calls has, then does
    /// not quote it.
    fn may_hold_a_secret(&self) -> bool {
        let text = self.0.trim_start();
        let name = text.split(|char: char| char.is_whitespace() || "=!^*~".contains(char));
        name.into_iter().next().is_some_and(is_secret)
    }
}

/// As the event of the call has it: what is compared with a field that is named as a secret is one.
impl Serialize for WhereText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.parse() {
            Ok(Clause::Field(mut condition)) if is_secret(&condition.field) => {
                let hidden = || HIDDEN.to_owned();
                condition.test.says = match condition.test.says {
                    Says::Is(_) => Says::Is(vec![hidden()]),
                    Says::Prefix(_) => Says::Prefix(hidden()),
                    Says::Contains(_) => Says::Contains(hidden()),
                    Says::Something => Says::Something,
                };
                serializer.collect_str(&Clause::Field(condition))
            }
            Ok(_) => serializer.serialize_str(&self.0),
            Err(_) => serializer.serialize_str(HIDDEN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_does_not_quote_what_a_secret_is_compared_with() {
        for text in [
            r"requestParameters.password=hunter2\x",
            "requestParameters.password hunter2",
            r" a.apiKey in (hunter2\x)",
        ] {
            let error = WhereText(text.to_owned()).read("where[0]").unwrap_err();
            let told = format!("{error:?}");
            assert!(
                told.contains("column") && !told.contains("hunter2"),
                "{told}"
            );
        }
        let error = WhereText("EvenName=x".to_owned()).read("where[0]");
        assert!(format!("{:?}", error.unwrap_err()).contains("EvenName=x"));
    }

    #[test]
    fn what_a_secret_is_compared_with_is_not_told_and_all_else_is() {
        let told = |text: &str| {
            let told = serde_json::to_value(WhereText(text.to_owned())).unwrap();
            told.as_str().unwrap().to_owned()
        };
        for operator in ["=", "!=", "^=", "!*~="] {
            let secret = format!("requestParameters.password{operator}hunter");
            let hidden = format!("requestParameters.password{operator}{HIDDEN}");
            assert_eq!(told(&secret), hidden);
        }
        assert_eq!(
            told("a.password=hunter,bear"),
            format!("a.password={HIDDEN}")
        );
        for text in [
            "EventName = GetPassword",
            "userAgent*=token",
            "a.password!=",
        ] {
            assert_eq!(told(text), text);
        }
        assert_eq!(told("password hunter"), HIDDEN);
    }
}
