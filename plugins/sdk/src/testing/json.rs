//! Events out of a text, values out of JSON: as the host reads them.

use serde_json::value::RawValue;

use super::project;
use crate::Value;

/// JSON objects one after the other, or those of a CloudTrail file.
pub fn events(text: &str) -> serde_json::Result<Vec<String>> {
    if let Ok(Some(records)) = project::member(text.trim(), "Records") {
        let records: Vec<&RawValue> = serde_json::from_str(records.get())?;
        return Ok(records.iter().map(|one| one.get().to_owned()).collect());
    }
    serde_json::Deserializer::from_str(text)
        .into_iter::<&RawValue>()
        .map(|event| event.map(|event| event.get().to_owned()))
        .collect()
}

pub fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Of one JSON value without space around it. A number that is not written again as it stands there (`1.10`) is
/// a text of its digits, and a string that is no Unicode (`"\ud800"`) stays JSON.
pub fn value(json: &str) -> Value {
    match json.as_bytes().first() {
        None => Value::Absent,
        Some(b'n') => Value::Null,
        Some(b't') => Value::Boolean(true),
        Some(b'f') => Value::Boolean(false),
        Some(b'{' | b'[') => Value::Json(json.to_owned()),
        Some(b'"') => serde_json::from_str(json).map_or(Value::Json(json.to_owned()), Value::Text),
        Some(_) => number(json),
    }
}

fn number(json: &str) -> Value {
    let integer = json
        .parse()
        .ok()
        .filter(|number: &i64| number.to_string() == json);
    if let Some(number) = integer {
        return Value::Integer(number);
    }
    match json.parse::<f64>() {
        Ok(number) if format!("{number:?}") == json => Value::Float(number),
        _ => Value::Text(json.to_owned()),
    }
}
