//! Codes for values: a plugin sees each only once.

use std::collections::HashMap;

use activity_log_plugin::Value;

use crate::inputs::number;

/// Gives each value a code, once.
#[derive(Default)]
pub struct Interner<'a> {
    /// by code
    pub values: Vec<Value<'a>>,
    codes: HashMap<Key<'a>, u32>,
}

#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Absent,
    Null,
    Boolean(bool),
    Integer(i64),
    Float(u64),
    Text(&'a str),
    Json(&'a str),
}

impl<'a> Interner<'a> {
    /// The value's code.
    pub fn intern(&mut self, value: Value<'a>) -> u32 {
        let key = match value {
            Value::Absent => Key::Absent,
            Value::Null => Key::Null,
            Value::Boolean(value) => Key::Boolean(value),
            Value::Integer(value) => Key::Integer(value),
            Value::Float(value) => Key::Float(value.to_bits()),
            Value::Text(text) => Key::Text(text),
            Value::Json(text) => Key::Json(text),
        };
        let values = &mut self.values;
        *self.codes.entry(key).or_insert_with(|| {
            values.push(value);
            number(values.len() - 1)
        })
    }
}
