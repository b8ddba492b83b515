//! Takes the fields that a filter reads out of an event: lookup fields as the service has them, others by the rules of
//! a report's columns.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{json, lookup};
use crate::Value;

/// The paths of the inputs; one of no names is the whole event.
#[derive(Debug)]
pub struct Fields(Vec<Vec<String>>);

impl Fields {
    pub fn of(inputs: &[&str]) -> Self {
        Self(inputs.iter().map(|input| names(input)).collect())
    }

    pub fn values(&self, event: &str) -> serde_json::Result<Vec<Value>> {
        self.0
            .iter()
            .map(|path| match path.as_slice() {
                [] => Ok(Value::Json(event.to_owned())),
                path => match lookup::value(event, path) {
                    Some(value) => Ok(value),
                    None => find(event, path),
                },
            })
            .collect()
    }
}

fn names(path: &str) -> Vec<String> {
    if path.is_empty() {
        return vec![];
    }
    let mut names = vec![String::new()];
    let mut chars = path.chars();
    while let Some(char) = chars.next() {
        match char {
            '.' => names.push(String::new()),
            '\\' => match chars.next() {
                Some(escaped @ ('.' | '\\')) => names.last_mut().expect("one").push(escaped),
                _ => panic!(
                    r"the input {path:?}: only \. (a dot in a name) and \\ may follow a backslash"
                ),
            },
            _ => names.last_mut().expect("one").push(char),
        }
    }
    assert!(
        names.iter().all(|name| !name.is_empty()),
        "the input {path:?} has an empty name"
    );
    names
}

/// What a path leads to.
pub fn find(json: &str, path: &[String]) -> serde_json::Result<Value> {
    let Some((name, rest)) = path.split_first() else {
        return Ok(json::value(json));
    };
    if !json.starts_with('{') {
        return Ok(Value::Absent);
    }
    match member(json, name)? {
        Some(value) => find(value.get(), rest),
        None => Ok(Value::Absent),
    }
}

/// A member of an object that is all of the text.
pub fn member<'a>(json: &'a str, name: &str) -> serde_json::Result<Option<&'a RawValue>> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let found = reader.deserialize_map(Member(name.as_bytes()))?;
    reader.end()?;
    Ok(found)
}

/// Finds one member of an object. Of a key that stands twice the last counts.
struct Member<'n>(&'n [u8]);

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(wanted) = map.next_key_seed(Key(self.0))? {
            if wanted {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Compares a key as bytes: one may be no Unicode.
struct Key<'n>(&'n [u8]);

impl<'de> serde::de::DeserializeSeed<'de> for Key<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<bool, D::Error> {
        key.deserialize_bytes(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_bytes<E>(self, name: &[u8]) -> Result<bool, E> {
        Ok(self.0 == name)
    }
}
