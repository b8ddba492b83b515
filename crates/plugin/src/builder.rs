//! Builds columns: each value stands there once, so that a plugin is asked about it only once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::batch::{Column, Value};

/// Builds one column of a batch, of values that are borrowed: nothing is copied but into the plugin's memory.
///
/// Rows come as values ([`ColumnBuilder::push`]); or, where the caller has a dictionary of its own, a value is
/// interned once ([`ColumnBuilder::intern`]) and rows come as codes ([`ColumnBuilder::push_code`]).
///
/// ```
/// use activity_log_plugin::{Batch, ColumnBuilder, Value};
///
/// let mut names = ColumnBuilder::default();
/// names.push(Value::Text("RunInstances"));
/// let stop = names.intern(Value::Text("StopInstances"));
/// names.push_code(stop);
/// names.push_code(stop);
/// let batch = Batch { rows: 3, columns: vec![names.column()] };
/// assert_eq!(batch.columns[0].index, [0, 1, 1]);
/// assert_eq!(batch.columns[0].values[1], Value::Text("StopInstances"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct ColumnBuilder<'a> {
    values: Vec<Value<'a>>,
    /// codes, by their values
    codes: HashTable<u32>,
    index: Vec<u32>,
    hasher: DefaultHashBuilder,
}

impl<'a> ColumnBuilder<'a> {
    /// With room for so many rows.
    pub fn with_capacity(rows: usize) -> Self {
        Self {
            index: Vec::with_capacity(rows),
            ..Self::default()
        }
    }

    /// The value's code in this column, for [`ColumnBuilder::push_code`].
    pub fn intern(&mut self, value: Value<'a>) -> u32 {
        let Self {
            values,
            codes,
            hasher,
            ..
        } = self;
        let hash = hash(hasher, value);
        let found = codes.find(hash, |code| same(values[*code as usize], value));
        if let Some(code) = found {
            return *code;
        }
        // There are no more values than rows in a batch, but a caller may intern values of no row: then codes end, and
        // the last is taken.
        let code = u32::try_from(values.len()).unwrap_or(u32::MAX);
        values.push(value);
        codes.insert_unique(hash, code, |code| {
            self::hash(hasher, values[*code as usize])
        });
        code
    }

    /// The next row: a value.
    pub fn push(&mut self, value: Value<'a>) {
        let code = self.intern(value);
        self.index.push(code);
    }

    /// The next row: a value's code. One that no value has is found when the batch is handed over
    /// ([`crate::BatchError::Index`]).
    pub fn push_code(&mut self, code: u32) {
        self.index.push(code);
    }

    /// The next row: a value that no row had before, most likely. It is not looked for, and not found later.
    pub fn push_new(&mut self, value: Value<'a>) {
        let code = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(value);
        self.index.push(code);
    }

    /// The column, to be handed to a plugin.
    pub fn column(&self) -> Column<'_> {
        Column {
            values: self.values.clone(),
            index: &self.index,
        }
    }
}

/// Equal, floats by their bits: -0 is not 0 here, and NaN is itself.
fn same(a: Value<'_>, b: Value<'_>) -> bool {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        (a, b) => a == b,
    }
}

fn hash(hasher: &DefaultHashBuilder, value: Value<'_>) -> u64 {
    match value {
        Value::Text(text) => hasher.hash_one(text),
        Value::Json(text) => hasher.hash_one((1_u8, text)),
        Value::Absent => hasher.hash_one(2_u8),
        Value::Null => hasher.hash_one(3_u8),
        Value::Boolean(value) => hasher.hash_one((4_u8, value)),
        Value::Integer(value) => hasher.hash_one((5_u8, value)),
        Value::Float(value) => hasher.hash_one((6_u8, value.to_bits())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values() -> impl Strategy<Value = Vec<(u8, String)>> {
        prop::collection::vec((0..7_u8, "[ab]{0,2}"), 1..60)
    }

    fn value((kind, text): &(u8, String)) -> Value<'_> {
        match kind {
            0 => Value::Absent,
            1 => Value::Null,
            2 => Value::Boolean(text.is_empty()),
            3 => Value::Integer(i64::try_from(text.len()).unwrap()),
            4 => Value::Float(if text.is_empty() { f64::NAN } else { -0.0 }),
            5 => Value::Text(text),
            _ => Value::Json(text),
        }
    }

    proptest! {
        #[test]
        fn rows_come_back_and_no_value_is_there_twice(rows in values()) {
            let mut builder = ColumnBuilder::with_capacity(rows.len());
            for (number, row) in rows.iter().enumerate() {
                if number % 2 == 0 {
                    builder.push(value(row));
                } else {
                    let code = builder.intern(value(row));
                    builder.push_code(code);
                }
            }
            let column = builder.column();
            prop_assert_eq!(column.index.len(), rows.len());
            for (row, code) in rows.iter().zip(column.index) {
                prop_assert!(same(column.values[*code as usize], value(row)));
            }
            for (at, one) in column.values.iter().enumerate() {
                prop_assert!(!column.values[..at].iter().any(|other| same(*one, *other)));
            }
        }
    }

    #[test]
    fn new_values_are_not_compared() {
        let mut builder = ColumnBuilder::default();
        for _ in 0..2 {
            builder.push_new(Value::Text("a"));
        }
        builder.push(Value::Text("b"));
        assert_eq!(builder.column().index, [0, 1, 2]);
    }
}
