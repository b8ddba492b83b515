//! Advanced event selectors on the wire: those of management events. What cannot be selected exactly is refused.

use std::collections::BTreeMap;

use activity_log_core::query::MAX_VALUE_CHARS;
use activity_log_core::trail::advanced::{AdvancedSelector, Field, FieldSelector, Operator};
use serde::{Deserialize, Serialize};

use super::selectors::invalid;
use crate::error::{ApiError, quoted};
use crate::input::Object;

/// Most values in all of a trail's selectors together, as in AWS.
const MAX_VALUES: usize = 500;
/// Longest value, in characters: of fields that are longer than [`MAX_VALUE_CHARS`] the last is not known.
const MAX_CHARS: usize = MAX_VALUE_CHARS - 1;
/// Longest name of a selector, in characters, as in AWS.
const MAX_NAME_CHARS: usize = 1_000;

/// A selector in a request.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct AdvancedEventSelector {
    name: Option<String>,
    field_selectors: Option<Vec<Object<AdvancedFieldSelector>>>,
}

/// What it says of a field.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct AdvancedFieldSelector {
    field: Option<String>,
    equals: Option<Vec<String>>,
    starts_with: Option<Vec<String>>,
    ends_with: Option<Vec<String>>,
    not_equals: Option<Vec<String>>,
    not_starts_with: Option<Vec<String>>,
    not_ends_with: Option<Vec<String>>,
}

impl AdvancedFieldSelector {
    /// The operators that are sent.
    fn operators(&self) -> BTreeMap<Operator, Vec<String>> {
        let all = [
            (Operator::Equals, &self.equals),
            (Operator::StartsWith, &self.starts_with),
            (Operator::EndsWith, &self.ends_with),
            (Operator::NotEquals, &self.not_equals),
            (Operator::NotStartsWith, &self.not_starts_with),
            (Operator::NotEndsWith, &self.not_ends_with),
        ];
        let sent = all.into_iter().filter_map(|(operator, values)| {
            let values = values.clone().filter(|values| !values.is_empty())?;
            Some((operator, values))
        });
        sent.collect()
    }
}

/// A selector in a reply: as it was sent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    field_selectors: Vec<WrittenField>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct WrittenField {
    field: &'static str,
    /// operators are called as the protocol calls them
    #[serde(flatten)]
    operators: BTreeMap<Operator, Vec<String>>,
}

impl Written {
    /// Of this selector.
    pub fn of(selector: AdvancedSelector) -> Self {
        let fields = selector.fields.into_iter().map(|one| WrittenField {
            field: one.field.as_str(),
            operators: one.operators,
        });
        Self {
            name: selector.name,
            field_selectors: fields.collect(),
        }
    }
}

/// Reads the selectors of a request, of which there is at least one.
pub fn read(
    selectors: &[Object<AdvancedEventSelector>],
) -> Result<Vec<AdvancedSelector>, ApiError> {
    let read = selectors.iter().enumerate();
    let read = read.map(|(at, Object(selector))| read_one(at, selector));
    let read: Vec<AdvancedSelector> = read.collect::<Result<_, _>>()?;
    let fields = read.iter().flat_map(|one| &one.fields);
    let values: usize = fields
        .flat_map(|one| one.operators.values())
        .map(Vec::len)
        .sum();
    if values > MAX_VALUES {
        return Err(invalid(format!(
            "AdvancedEventSelectors has {values} values in all; at most {MAX_VALUES} are allowed"
        )));
    }
    Ok(read)
}

fn read_one(at: usize, selector: &AdvancedEventSelector) -> Result<AdvancedSelector, ApiError> {
    let path = format!("AdvancedEventSelectors[{at}]");
    let length = selector
        .name
        .as_deref()
        .map_or(0, |name| name.chars().count());
    if length > MAX_NAME_CHARS {
        return Err(invalid(format!(
            "{path}.Name has {length} characters; at most {MAX_NAME_CHARS} are allowed"
        )));
    }
    let mut fields: Vec<FieldSelector> = Vec::new();
    let sent = selector.field_selectors.as_deref().unwrap_or_default();
    for (number, Object(field)) in sent.iter().enumerate() {
        let path = format!("{path}.FieldSelectors[{number}]");
        let read = read_field(&path, field)?;
        if fields.iter().any(|other| other.field == read.field) {
            let name = read.field.as_str();
            return Err(invalid(format!(
                "{path}.Field is {name} for the second time"
            )));
        }
        fields.push(read);
    }
    if !fields.iter().any(|one| one.field == Field::EventCategory) {
        return Err(invalid(format!(
            "{path}.FieldSelectors has no eventCategory; it must have one, Equals Management"
        )));
    }
    Ok(AdvancedSelector {
        name: selector.name.clone(),
        fields,
    })
}

fn read_field(path: &str, sent: &AdvancedFieldSelector) -> Result<FieldSelector, ApiError> {
    let word = sent.field.as_deref().unwrap_or_default();
    let field = Field::from_word(word).ok_or_else(|| {
        let words = Field::ALL.map(Field::as_str).join(", ");
        invalid(format!(
            "{path}.Field {} is not supported; it must be one of {words}",
            quoted(word)
        ))
    })?;
    let operators = sent.operators();
    if operators.is_empty() {
        return Err(invalid(format!(
            "{path} ({word}) has no operator with a value; it must have one"
        )));
    }
    for (operator, values) in &operators {
        for value in values {
            check(field, *operator, value)
                .map_err(|rule| invalid(format!("{path}.{operator:?} ({word}): {rule}")))?;
        }
    }
    Ok(FieldSelector { field, operators })
}

/// Whether a field can be compared so.
fn check(field: Field, operator: Operator, value: &str) -> Result<(), String> {
    let is_whole = matches!(operator, Operator::Equals | Operator::NotEquals);
    let rule = match field {
        Field::EventCategory if operator != Operator::Equals || value != "Management" => {
            "it can only be Equals Management"
        }
        Field::ReadOnly if !is_whole || !matches!(value, "true" | "false") => {
            "it can only be Equals or NotEquals, with true or false"
        }
        _ => {
            let length = value.chars().count();
            if (1..=MAX_CHARS).contains(&length) {
                return Ok(());
            }
            return Err(format!(
                "a value has {length} characters; it must have 1 to {MAX_CHARS}"
            ));
        }
    };
    Err(rule.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read_json(json: Value) -> Result<Value, String> {
        let selectors: Vec<Object<AdvancedEventSelector>> = serde_json::from_value(json).unwrap();
        let read = read(&selectors).map_err(|error| {
            assert_eq!(error.code().name(), "InvalidEventSelectorsException");
            error.message().to_owned()
        })?;
        let written: Vec<_> = read.into_iter().map(Written::of).collect();
        Ok(serde_json::to_value(written).unwrap())
    }

    fn category() -> Value {
        json!({"Field": "eventCategory", "Equals": ["Management"]})
    }

    #[test]
    fn what_is_selected_is_echoed_as_it_was_sent() {
        let sent = json!([
            {"Name": "writes", "FieldSelectors": [category(), {"Field": "readOnly", "Equals": ["false"]}]},
            {"FieldSelectors": [
                category(),
                {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]},
                {"Field": "eventName", "StartsWith": ["Get"], "EndsWith": ["Object"], "NotStartsWith": ["GetX"],
                    "NotEndsWith": ["Y"], "NotEquals": ["GetObject"], "Equals": ["a"]},
            ]},
        ]);
        assert_eq!(read_json(sent.clone()), Ok(sent));
    }

    #[test]
    fn what_cannot_be_selected_exactly_is_refused_by_field_and_operator() {
        let one = |field: Value| json!([{"FieldSelectors": [category(), field]}]);
        for (sent, says) in [
            (
                json!([{"FieldSelectors": [{"Field": "readOnly", "Equals": ["true"]}]}]),
                "AdvancedEventSelectors[0].FieldSelectors has no eventCategory",
            ),
            (
                json!([{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}]),
                "AdvancedEventSelectors[0].FieldSelectors[0].Equals (eventCategory): it can only be Equals Management",
            ),
            (
                json!([{"FieldSelectors": [{"Field": "eventCategory", "NotEquals": ["Management"]}]}]),
                "AdvancedEventSelectors[0].FieldSelectors[0].NotEquals (eventCategory): it can only",
            ),
            (
                one(json!({"Field": "resources.type", "Equals": ["AWS::S3::Object"]})),
                "AdvancedEventSelectors[0].FieldSelectors[1].Field 'resources.type' is not supported",
            ),
            (
                one(json!({"Field": "readOnly", "StartsWith": ["t"]})),
                "AdvancedEventSelectors[0].FieldSelectors[1].StartsWith (readOnly): it can only",
            ),
            (
                one(json!({"Field": "readOnly", "Equals": ["yes"]})),
                "AdvancedEventSelectors[0].FieldSelectors[1].Equals (readOnly): it can only",
            ),
            (
                one(json!({"Field": "eventName", "Equals": []})),
                "AdvancedEventSelectors[0].FieldSelectors[1] (eventName) has no operator with a value",
            ),
            (
                one(json!({"Field": "eventName", "Equals": ["a".repeat(2_000)]})),
                "AdvancedEventSelectors[0].FieldSelectors[1].Equals (eventName): a value has 2000 characters",
            ),
            (
                one(category()),
                "AdvancedEventSelectors[0].FieldSelectors[1].Field is eventCategory for the second time",
            ),
            (
                one(json!({"Field": "eventName", "Equals": vec!["a"; 500]})),
                "AdvancedEventSelectors has 501 values in all; at most 500",
            ),
            (
                json!([{"Name": "n".repeat(1_001), "FieldSelectors": [category()]}]),
                "AdvancedEventSelectors[0].Name has 1001 characters",
            ),
        ] {
            let refused = read_json(sent).unwrap_err();
            assert!(refused.starts_with(says), "{refused}");
        }
    }
}
