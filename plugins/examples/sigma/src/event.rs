//! An event's JSON: the fields that a rule needs, or all of it.

use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

/// The fields of one event that were asked for.
#[derive(Debug)]
pub struct Event(Value);

impl Event {
    /// All fields.
    pub fn whole(text: &str) -> Result<Self, String> {
        serde_json::from_str(text)
            .map(Self)
            .map_err(|error| format!("the event is no JSON: {error}"))
    }

    /// Of the top-level fields only these.
    pub fn fields(text: &str, names: &[String]) -> Result<Self, String> {
        let mut json = serde_json::Deserializer::from_str(text);
        json.deserialize_map(Only(names))
            .map(|fields| Self(Value::Object(fields)))
            .map_err(|error| format!("the event is no JSON: {error}"))
    }

    /// The scalars that a path leads to, and whether it leads anywhere: through lists to each of their entries.
    pub fn find(&self, path: &[String]) -> (Vec<String>, bool) {
        let (mut found, mut exists) = (vec![], false);
        walk(&self.0, path, &mut found, &mut exists);
        (found, exists)
    }

    /// Every scalar there is.
    pub fn scalars(&self) -> Vec<String> {
        let mut found = vec![];
        all(&self.0, &mut found);
        found
    }
}

fn walk(value: &Value, path: &[String], found: &mut Vec<String>, exists: &mut bool) {
    match (value, path.split_first()) {
        (Value::Array(entries), _) => {
            *exists |= path.is_empty();
            for entry in entries {
                walk(entry, path, found, exists);
            }
        }
        (Value::Object(fields), Some((name, rest))) => {
            if let Some(value) = fields.get(name) {
                walk(value, rest, found, exists);
            }
        }
        (_, Some(_)) => {}
        (value, None) => {
            *exists = true;
            found.extend(text(value));
        }
    }
}

/// A scalar's text; an object's is its JSON.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        value => Some(value.to_string()),
    }
}

fn all(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(entries) => entries.iter().for_each(|entry| all(entry, found)),
        Value::Object(fields) => fields.values().for_each(|field| all(field, found)),
        value => found.extend(text(value)),
    }
}

/// Reads an object, and skips all fields but these.
struct Only<'n>(&'n [String]);

impl<'de> Visitor<'de> for Only<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if self.0.binary_search(&name).is_ok() {
                fields.insert(name, map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(fields)
    }
}
