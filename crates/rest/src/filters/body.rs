//! One of `filters`: what an attribute or a field of the record must say.

use activity_log_calls::parameters::{HIDDEN, is_secret};
use activity_log_core::query::{Filter, FilterError, Test, TestShape, Texts};
use activity_log_core::question::Clause;
use activity_log_core::reports::Condition;
use serde::{Deserialize, Serialize};

use crate::attributes;
use crate::error::ApiError;

/// `attribute` or `field`, and one of `equals`, `notEquals`, `prefix`, `notPrefix`, `contains`, `notContains` and `exists`.
/// Beside `attribute`, `value` is short for `equals`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, into = "Shown")]
pub struct FilterBody {
    attribute: Option<String>,
    value: Option<String>,
    field: Option<String>,
    equals: Option<Texts>,
    not_equals: Option<Texts>,
    prefix: Option<String>,
    not_prefix: Option<String>,
    contains: Option<String>,
    not_contains: Option<String>,
    exists: Option<bool>,
    ignore_case: Option<bool>,
}

/// A filter as the event of the call has it: what is compared with a field that is named as a secret is one.
#[derive(Serialize)]
struct Shown {
    attribute: Option<String>,
    value: Option<String>,
    field: Option<String>,
    #[serde(flatten)]
    test: TestShape,
}

impl From<FilterBody> for Shown {
    fn from(filter: FilterBody) -> Self {
        let test = filter.shape();
        let hides = filter.field.as_deref().is_some_and(is_secret);
        Self {
            attribute: filter.attribute,
            value: filter.value,
            field: filter.field,
            test: if hides { hidden(test) } else { test },
        }
    }
}

fn hidden(test: TestShape) -> TestShape {
    let one = |shown: Option<String>| shown.map(|_| HIDDEN.to_owned());
    let all = |shown: Option<Texts>| shown.map(|_| Texts::One(HIDDEN.to_owned()));
    TestShape {
        equals: all(test.equals),
        not_equals: all(test.not_equals),
        prefix: one(test.prefix),
        not_prefix: one(test.not_prefix),
        contains: one(test.contains),
        not_contains: one(test.not_contains),
        exists: test.exists,
        ignore_case: test.ignore_case,
    }
}

impl FilterBody {
    fn shape(&self) -> TestShape {
        TestShape {
            equals: self.equals.clone(),
            not_equals: self.not_equals.clone(),
            prefix: self.prefix.clone(),
            not_prefix: self.not_prefix.clone(),
            contains: self.contains.clone(),
            not_contains: self.not_contains.clone(),
            exists: self.exists,
            ignore_case: self.ignore_case,
        }
    }

    /// What it asks, of the field `name` of the body.
    pub fn read(self, name: &str) -> Result<Clause, ApiError> {
        let mut shape = self.shape();
        let is_short = self.value.is_some();
        if is_short && (shape != TestShape::default() || self.attribute.is_none()) {
            let rule = "value stands beside attribute, for equals, and nothing else";
            return Err(ApiError::field(name, rule));
        }
        if let Some(value) = self.value {
            shape.equals = Some(Texts::One(value));
        }
        let test = Test::try_from(shape).map_err(|error| ApiError::field(name, error))?;
        match (self.attribute, self.field) {
            (Some(attribute), None) => {
                let attribute = attributes::attribute(&format!("{name}.attribute"), &attribute)?;
                let filter = Filter::new(attribute, test);
                let filter = filter.map_err(|error| match error {
                    FilterError::Value { .. } if is_short => {
                        ApiError::field(format!("{name}.value"), error)
                    }
                    _ => ApiError::field(name, error),
                })?;
                Ok(Clause::Attribute(filter))
            }
            (None, Some(field)) => {
                let condition = Condition { field, test };
                let checked = condition.check();
                checked.map_err(|error| ApiError::field(name, error))?;
                Ok(Clause::Field(condition))
            }
            _ => Err(ApiError::field(name, "has either attribute or field")),
        }
    }
}

#[cfg(test)]
mod tests {
    use activity_log_core::query::Attribute;
    use serde_json::{Value, json};

    use super::*;

    fn asked(filter: &Value) -> Result<Clause, ApiError> {
        let body: FilterBody = serde_json::from_value(filter.clone()).unwrap();
        body.read("filters[0]")
    }

    fn refused(filter: &Value) -> String {
        asked(filter).unwrap_err().message().to_owned()
    }

    #[test]
    fn both_kinds_are_read_and_written_as_questions_are() {
        for (filter, text) in [
            (
                json!({"attribute": "EventName", "value": "StopInstances"}),
                "EventName=StopInstances",
            ),
            (
                json!({"attribute": "EventName", "equals": ["A", "B,"]}),
                r"EventName=A,B\,",
            ),
            (
                json!({"attribute": "Username", "notEquals": "x", "ignoreCase": true}),
                "Username!~=x",
            ),
            (
                json!({"attribute": "ErrorCode", "exists": true}),
                "ErrorCode!=",
            ),
            (
                json!({"field": "userAgent", "prefix": "aws-cli/"}),
                "userAgent^=aws-cli/",
            ),
            (
                json!({"field": "a.b", "notContains": "x", "ignoreCase": false}),
                "a.b!*=x",
            ),
            (json!({"field": "username", "equals": "x"}), ".username=x"),
        ] {
            assert_eq!(asked(&filter).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_a_secret_is_compared_with_is_not_told_and_all_else_is() {
        let told = |filter: &Value| {
            let read: FilterBody = serde_json::from_value(filter.clone()).unwrap();
            let mut told = serde_json::to_value(read).unwrap();
            told.as_object_mut()
                .unwrap()
                .retain(|_, value| !value.is_null());
            told
        };
        for name in [
            "equals",
            "notEquals",
            "prefix",
            "notPrefix",
            "contains",
            "notContains",
        ] {
            let secret = json!({"field": "requestParameters.password", name: "hunter"});
            let hidden = json!({"field": "requestParameters.password", name: HIDDEN});
            assert_eq!(told(&secret), hidden);
        }
        for filter in [
            json!({"attribute": "token", "value": "x"}),
            json!({"field": "userAgent", "contains": "token"}),
            json!({"field": "userAgent", "notEquals": ["token", "x"], "ignoreCase": true}),
            json!({"field": "a.password", "exists": true}),
        ] {
            assert_eq!(told(&filter), filter);
        }
    }

    #[test]
    fn each_rule_names_its_filter() {
        let one = "filters[0]: has one of equals, notEquals, prefix, notPrefix, contains, notContains and exists";
        for bad in [
            json!({}),
            json!({"attribute": "EventName"}),
            json!({"field": "a"}),
            json!({"field": "a", "equals": "x", "prefix": "x"}),
        ] {
            assert_eq!(refused(&bad), one);
        }
        let value = "filters[0]: value stands beside attribute, for equals, and nothing else";
        for bad in [
            json!({"value": "x"}),
            json!({"field": "a", "value": "x"}),
            json!({"attribute": "EventName", "value": "x", "prefix": "x"}),
        ] {
            assert_eq!(refused(&bad), value);
        }
        let either = "filters[0]: has either attribute or field";
        for bad in [
            json!({"contains": "x"}),
            json!({"field": "a", "equals": "x", "attribute": "EventName"}),
        ] {
            assert_eq!(refused(&bad), either);
        }
        let names = Attribute::ALL.map(Attribute::name).join(", ");
        assert_eq!(
            refused(&json!({"attribute": "eventName", "value": "x"})),
            format!("filters[0].attribute: 'eventName' must be one of {names}")
        );
        assert!(
            refused(&json!({"attribute": "EventName", "value": ""}))
                .starts_with("filters[0]: a text to compare with has 0 characters")
        );
        assert_eq!(
            refused(&json!({"attribute": "ReadOnly", "value": "yes"})),
            "filters[0].value: 'yes'; ReadOnly is 'true' or 'false'"
        );
        assert_eq!(
            refused(&json!({"attribute": "Origin", "notEquals": ["queue", "Service"]})),
            "filters[0]: 'Service'; Origin is service, operator, producer:USER, queue, import or eventbridge"
        );
        assert_eq!(
            refused(&json!({"attribute": "EventName", "equals": vec!["x"; 51]})),
            "filters[0]: 51 values; 1 to 50"
        );
        assert!(
            refused(&json!({"field": "a..b", "equals": "x"}))
                .starts_with("filters[0]: field: \"a..b\"")
        );
        assert!(
            refused(&json!({"field": "a", "contains": ""}))
                .starts_with("filters[0]: field \"a\": a text")
        );
    }
}
