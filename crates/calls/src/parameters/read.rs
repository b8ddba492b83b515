//! Reads a value, and leaves secrets out while it does: they are nowhere in what it makes.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::secret::{HIDDEN, hide_named_values, is_secret, looks_secret};

/// Deepest nesting that is kept, in levels; a record has one more, and core takes 64.
pub const MAX_DEPTH: usize = 32;
/// Most values of a body.
pub const MAX_VALUES: usize = 10_000;

/// Reads one value of at most `left` values; fails if there are more.
pub(super) struct Reader<'l> {
    depth: usize,
    left: &'l mut usize,
}

impl<'l> Reader<'l> {
    pub(super) fn new(left: &'l mut usize) -> Self {
        Self { depth: 1, left }
    }

    /// For a value inside.
    fn inner(&mut self) -> Reader<'_> {
        Reader {
            depth: self.depth + 1,
            left: self.left,
        }
    }

    fn count<E: Error>(&mut self) -> Result<(), E> {
        let left = self.left.checked_sub(1);
        *self.left = left.ok_or_else(|| E::custom(format!("over {MAX_VALUES} values")))?;
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(if looks_secret(text) { HIDDEN } else { text }.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut array: A) -> Result<Value, A::Error> {
        if self.depth > MAX_DEPTH {
            while array.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(too_deep());
        }
        let mut values = Vec::new();
        while let Some(value) = array.next_element_seed(self.inner())? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<Value, A::Error> {
        if self.depth > MAX_DEPTH {
            while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(too_deep());
        }
        let mut members = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            let value = if is_secret(&name) {
                self.count()?;
                object.next_value::<IgnoredAny>()?;
                HIDDEN.into()
            } else {
                object.next_value_seed(self.inner())?
            };
            insert(&mut members, name, value);
        }
        hide_named_values(&mut members);
        Ok(members.into())
    }
}

fn too_deep() -> Value {
    format!("omitted: nested deeper than {MAX_DEPTH} levels").into()
}

/// Adds a member; where there is one of this name, the two become an array. None is lost: which of them the service
/// has gone by is not for the log to guess.
pub(super) fn insert(members: &mut Map<String, Value>, name: String, value: Value) {
    match members.get_mut(&name) {
        None => {
            members.insert(name, value);
        }
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}
