//! Filters of a report: on attributes, as in a lookup, and on any field of the record.

use activity_log_calls::parameters::{HIDDEN, is_secret};
use activity_log_core::query::{Filter, MAX_FILTERS};
use activity_log_core::reports::{Condition, Test};
use serde::{Deserialize, Serialize};

use crate::attributes;
use crate::error::ApiError;
use crate::input::Object;

/// Most conditions on fields.
pub const MAX_CONDITIONS: usize = 20;

/// One of `filters`: `attribute` and `value`, or `field` and one of `equals`, `prefix`, `contains`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, into = "Shown")]
pub struct FilterBody {
    attribute: Option<String>,
    value: Option<String>,
    field: Option<String>,
    equals: Option<String>,
    prefix: Option<String>,
    contains: Option<String>,
}

/// A filter as the event of the call has it: what is compared with a field that is named as a secret is one.
#[derive(Serialize)]
struct Shown {
    attribute: Option<String>,
    value: Option<String>,
    field: Option<String>,
    equals: Option<String>,
    prefix: Option<String>,
    contains: Option<String>,
}

impl From<FilterBody> for Shown {
    fn from(filter: FilterBody) -> Self {
        let hides = filter.field.as_deref().is_some_and(is_secret);
        let shown =
            |text: Option<String>| text.map(|text| if hides { HIDDEN.into() } else { text });
        Self {
            attribute: filter.attribute,
            value: filter.value,
            equals: shown(filter.equals),
            prefix: shown(filter.prefix),
            contains: shown(filter.contains),
            field: filter.field,
        }
    }
}

/// The two kinds apart, each in its order.
pub fn read(asked: Vec<Object<FilterBody>>) -> Result<(Vec<Filter>, Vec<Condition>), ApiError> {
    let (mut filters, mut conditions) = (vec![], vec![]);
    for (at, Object(one)) in asked.into_iter().enumerate() {
        let name = format!("filters[{at}]");
        if one.field.is_some() {
            conditions.push(condition(&name, one)?);
        } else {
            filters.push(filter(&name, one)?);
        }
    }
    attributes::check_count("on attributes", filters.len(), MAX_FILTERS)?;
    attributes::check_count("on fields", conditions.len(), MAX_CONDITIONS)?;
    Ok((filters, conditions))
}

fn filter(name: &str, asked: FilterBody) -> Result<Filter, ApiError> {
    let FilterBody {
        attribute: Some(attribute),
        value: Some(value),
        equals: None,
        prefix: None,
        contains: None,
        ..
    } = asked
    else {
        let rule = "has either attribute and value, or field and one of equals, prefix, contains";
        return Err(ApiError::field(name, rule));
    };
    attributes::filter(name, &attribute, value)
}

fn condition(name: &str, asked: FilterBody) -> Result<Condition, ApiError> {
    let both = asked.attribute.is_some() || asked.value.is_some();
    let tests = [
        asked.equals.map(Test::Equals),
        asked.prefix.map(Test::Prefix),
        asked.contains.map(Test::Contains),
    ];
    let mut tests = tests.into_iter().flatten();
    let (Some(field), Some(test), None, false) = (asked.field, tests.next(), tests.next(), both)
    else {
        let rule = "a filter with field has one of equals, prefix, contains, and nothing else";
        return Err(ApiError::field(name, rule));
    };
    let condition = Condition { field, test };
    condition
        .check()
        .map_err(|error| ApiError::field(name, error))?;
    Ok(condition)
}

#[cfg(test)]
mod tests {
    use activity_log_core::query::Attribute;
    use serde_json::{Value, json};

    use super::*;

    fn asked(filters: Value) -> Result<(Vec<Filter>, Vec<Condition>), ApiError> {
        read(serde_json::from_value(filters).unwrap())
    }

    fn refused(filters: Value) -> String {
        asked(filters).unwrap_err().message().to_owned()
    }

    #[test]
    fn both_kinds_are_read() {
        let (filters, conditions) = asked(json!([
            {"attribute": "EventName", "value": "StopInstances"},
            {"field": "userAgent", "prefix": "aws-cli/"},
            {"attribute": "ReadOnly", "value": "false"},
            {"field": "a.b", "equals": ""},
            {"field": "c", "contains": "x"},
        ]))
        .unwrap();
        assert_eq!(filters.len(), 2);
        assert_eq!(filters[1].attribute, Attribute::ReadOnly);
        let tests: Vec<_> = conditions.iter().map(|one| one.test.clone()).collect();
        let (prefix, contains) = ("aws-cli/".to_owned(), "x".to_owned());
        let wanted = [
            Test::Prefix(prefix),
            Test::Equals(String::new()),
            Test::Contains(contains),
        ];
        assert_eq!(tests, wanted);
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
        let secret = json!({"field": "requestParameters.password", "prefix": "hunter"});
        let hidden = json!({"field": "requestParameters.password", "prefix": HIDDEN});
        assert_eq!(told(&secret), hidden);
        for filter in [
            json!({"attribute": "token", "value": "x"}),
            json!({"field": "userAgent", "contains": "token"}),
        ] {
            assert_eq!(told(&filter), filter);
        }
    }

    #[test]
    fn each_rule_names_its_filter() {
        let neither = "filters[0]: has either attribute and value, or field and one of equals, prefix, contains";
        for bad in [
            json!([{}]),
            json!([{"attribute": "EventName"}]),
            json!([{"value": "x"}]),
            json!([{"attribute": "EventName", "value": "x", "prefix": "x"}]),
            json!([{"contains": "x"}]),
        ] {
            assert_eq!(refused(bad), neither);
        }
        let one =
            "filters[0]: a filter with field has one of equals, prefix, contains, and nothing else";
        for bad in [
            json!([{"field": "a"}]),
            json!([{"field": "a", "equals": "x", "prefix": "x"}]),
            json!([{"field": "a", "equals": "x", "value": "x"}]),
            json!([{"field": "a", "equals": "x", "attribute": "EventName"}]),
        ] {
            assert_eq!(refused(bad), one);
        }
        assert_eq!(
            refused(json!([{"attribute": "eventName", "value": "x"}])),
            "filters[0].attribute: 'eventName' must be one of EventId, EventName, ReadOnly, Username, ResourceType, \
             ResourceName, EventSource, AccessKeyId, ErrorCode, SourceIp, Project, Origin, \
             RequestId, UserAgent, Region, PrincipalArn, EventType"
        );
        assert_eq!(
            refused(json!([{"attribute": "EventName", "value": ""}])),
            "filters[0].value: is empty; it must have at least 1 character"
        );
        assert_eq!(
            refused(json!([{"attribute": "ReadOnly", "value": "yes"}])),
            "filters[0].value: 'yes'; ReadOnly is 'true' or 'false'"
        );
        assert_eq!(
            refused(json!([{"attribute": "Origin", "value": "Service"}])),
            "filters[0].value: 'Service'; Origin is service, operator, producer:USER, queue, import or eventbridge"
        );
        assert!(
            refused(json!([{"field": "a..b", "equals": "x"}]))
                .starts_with("filters[0]: field: \"a..b\"")
        );
        assert!(
            refused(json!([{"field": "a", "contains": ""}]))
                .starts_with("filters[0]: field \"a\": the text")
        );
    }

    #[test]
    fn there_are_not_too_many() {
        let many = |one: Value, count| Value::from(vec![one; count]);
        let attribute = json!({"attribute": "EventName", "value": "x"});
        let field = json!({"field": "a", "equals": "x"});
        assert!(asked(many(attribute.clone(), 10)).is_ok());
        assert_eq!(
            refused(many(attribute, 11)),
            "filters: 11 on attributes; at most 10"
        );
        assert!(asked(many(field.clone(), 20)).is_ok());
        assert_eq!(
            refused(many(field, 21)),
            "filters: 21 on fields; at most 20"
        );
    }
}
