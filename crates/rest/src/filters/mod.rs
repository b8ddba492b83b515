//! What events must say: `filters`, and the same as texts in `where`. One reader of both, for reports, counts and lookups.

mod body;
mod text;

use activity_log_core::query::{Filter, MAX_FILTERS};
use activity_log_core::question::{Clause, apart};
use activity_log_core::reports::Condition;

pub use body::FilterBody;
pub use text::WhereText;

use crate::error::ApiError;
use crate::input::Object;

/// Most conditions on fields.
pub const MAX_CONDITIONS: usize = 20;

/// Filters on attributes and conditions on fields apart, each in its order: those of `filters` first.
pub fn read(
    filters: Option<Vec<Object<FilterBody>>>,
    texts: Option<Vec<WhereText>>,
) -> Result<(Vec<Filter>, Vec<Condition>), ApiError> {
    let count =
        |all: usize, more: usize| check_count("in all", all + more, MAX_FILTERS + MAX_CONDITIONS);
    count(
        filters.as_ref().map_or(0, Vec::len),
        texts.as_ref().map_or(0, Vec::len),
    )?;
    let filters = filters.unwrap_or_default().into_iter().enumerate();
    let filters = filters.map(|(at, Object(one))| one.read(&format!("filters[{at}]")));
    let texts = texts.unwrap_or_default();
    let texts = texts.iter().enumerate();
    let texts = texts.map(|(at, one)| one.read(&format!("where[{at}]")));
    let clauses: Vec<Clause> = filters.chain(texts).collect::<Result<_, _>>()?;
    let (filters, conditions) = apart(clauses);
    check_count("on attributes", filters.len(), MAX_FILTERS)?;
    check_count("on fields", conditions.len(), MAX_CONDITIONS)?;
    Ok((filters, conditions))
}

/// Filters on attributes, where there can be no others.
pub fn on_attributes(
    filters: Option<Vec<Object<FilterBody>>>,
    texts: Option<Vec<WhereText>>,
) -> Result<Vec<Filter>, ApiError> {
    let (filters, conditions) = read(filters, texts)?;
    if let Some(condition) = conditions.into_iter().next() {
        let rule = format!(
            "{} is no attribute, and events are counted by attributes alone: look them up, or make a report",
            crate::error::quoted(&condition.field)
        );
        return Err(ApiError::field("filters", rule));
    }
    Ok(filters)
}

/// Whether there are too many filters of a kind.
fn check_count(kind: &str, count: usize, most: usize) -> Result<(), ApiError> {
    if count > most {
        let rule = format!("{count} {kind}; at most {most}");
        return Err(ApiError::field("filters", rule));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn asked(filters: &Value, texts: &Value) -> Result<(Vec<Filter>, Vec<Condition>), ApiError> {
        let filters = serde_json::from_value(filters.clone()).unwrap();
        read(filters, serde_json::from_value(texts.clone()).unwrap())
    }

    #[test]
    fn filters_and_texts_are_of_one_kind() {
        let filters =
            json!([{"attribute": "EventName", "value": "A"}, {"field": "a", "prefix": "x"}]);
        let texts = json!(["EventName=A", "a^=x"]);
        let (filters, conditions) = asked(&filters, &texts).unwrap();
        assert_eq!((filters.len(), conditions.len()), (2, 2));
        assert_eq!(filters[0], filters[1]);
        assert_eq!(conditions[0], conditions[1]);
        let refused = |texts: &Value| asked(&Value::Null, texts).unwrap_err().message().to_owned();
        assert!(
            refused(&json!(["who=x", "EventNam=x"]))
                .starts_with("where[1]: 'EventNam=x', column 1: no event has a field EventNam")
        );
    }

    #[test]
    fn there_are_not_too_many() {
        let many = |text: &str, count: usize| Value::from(vec![text; count]);
        let refused = |texts: &Value| asked(&Value::Null, texts).unwrap_err().message().to_owned();
        for (text, most, told) in [
            ("who=x", 10, "filters: 11 on attributes; at most 10"),
            ("a=x", 20, "filters: 21 on fields; at most 20"),
        ] {
            assert!(asked(&Value::Null, &many(text, most)).is_ok());
            assert_eq!(refused(&many(text, most + 1)), told);
        }
    }

    #[test]
    fn counts_are_of_attributes() {
        let texts = |text: &str| serde_json::from_value(json!([text])).unwrap();
        assert_eq!(on_attributes(None, texts("who!=x")).unwrap().len(), 1);
        let error = on_attributes(None, texts("a.b=x")).unwrap_err();
        assert!(
            error
                .message()
                .starts_with("filters: 'a.b' is no attribute")
        );
    }
}
