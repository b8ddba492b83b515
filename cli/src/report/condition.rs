//! `--filter` and `--where`: what events must say.

use std::str::FromStr;

use serde_json::{Value, json};

/// An attribute filter, as lookup has them: `EventName=StopInstances`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    name: String,
    value: String,
}

/// A condition on any field: `userAgent^=aws-cli/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    field: String,
    operator: &'static str,
    text: String,
}

/// The text is no filter.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a filter is ATTRIBUTE=VALUE, such as EventName=StopInstances")]
pub struct InvalidAttribute;

/// The text is no condition.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a condition is FIELD=TEXT (equals), FIELD^=TEXT (begins with) or FIELD*=TEXT (contains), such as \
     userAgent^=aws-cli/"
)]
pub struct InvalidCondition;

impl Attribute {
    /// As requests have it.
    pub fn to_json(&self) -> Value {
        json!({ "attribute": self.name, "value": self.value })
    }
}

impl Condition {
    /// As requests have it.
    pub fn to_json(&self) -> Value {
        json!({ "field": self.field, self.operator: self.text })
    }
}

impl FromStr for Attribute {
    type Err = InvalidAttribute;

    fn from_str(text: &str) -> Result<Self, InvalidAttribute> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self {
                name: name.to_owned(),
                value: value.to_owned(),
            }),
            _ => Err(InvalidAttribute),
        }
    }
}

impl FromStr for Condition {
    type Err = InvalidCondition;

    fn from_str(text: &str) -> Result<Self, InvalidCondition> {
        let (field, said) = text.split_once('=').ok_or(InvalidCondition)?;
        let (field, operator) = match (field.strip_suffix('^'), field.strip_suffix('*')) {
            (Some(field), _) => (field, "prefix"),
            (None, Some(field)) => (field, "contains"),
            (None, None) => (field, "equals"),
        };
        if field.is_empty() {
            return Err(InvalidCondition);
        }
        Ok(Self {
            field: field.to_owned(),
            operator,
            text: said.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_is_at_the_first_equals_sign() {
        for (text, expected) in [
            (
                "userAgent^=aws-cli/",
                json!({ "field": "userAgent", "prefix": "aws-cli/" }),
            ),
            ("a.b*==x^=", json!({ "field": "a.b", "contains": "=x^=" })),
            (r"a\.b=1", json!({ "field": r"a\.b", "equals": "1" })),
            ("a=", json!({ "field": "a", "equals": "" })),
        ] {
            let condition: Condition = text.parse().unwrap();
            assert_eq!(condition.to_json(), expected, "{text}");
        }
        for bad in ["", "a", "=x", "^=x", "*=x"] {
            assert_eq!(bad.parse::<Condition>(), Err(InvalidCondition), "{bad}");
        }
    }

    #[test]
    fn a_filters_value_may_have_anything() {
        let filter: Attribute = "ResourceName=a=b".parse().unwrap();
        let expected = json!({ "attribute": "ResourceName", "value": "a=b" });
        assert_eq!(filter.to_json(), expected);
        for bad in ["", "a", "=x"] {
            assert_eq!(bad.parse::<Attribute>(), Err(InvalidAttribute), "{bad}");
        }
    }
}
