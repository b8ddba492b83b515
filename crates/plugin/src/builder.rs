//! Builds batches: interns each column's values, so that a plugin sees each only once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::batch::{Batch, BatchError, Column, Value};
use crate::limits::BATCH_ROWS;

/// A batch is full when its values hold this many bytes, if it is not full of rows before: whole events, as some
/// plugins ask for them, would not fit into a plugin's memory 4,096 at a time.
pub const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// Builds one batch after the other, in the same memory.
///
/// Rows come one at a time ([`BatchBuilder::push_row`]); or, where the caller has dictionaries of its own, a value
/// is interned once ([`BatchBuilder::intern`]) and rows come as codes ([`BatchBuilder::push_codes`]).
///
/// ```
/// use activity_log_plugin::{BatchBuilder, Value};
///
/// let mut builder = BatchBuilder::new(2);
/// builder.push_row(&[Value::Text("RunInstances"), Value::Absent])?;
/// let stop = builder.intern(0, Value::Text("StopInstances"));
/// let absent = builder.intern(1, Value::Absent);
/// builder.push_codes(&[stop, absent])?;
/// let batch = builder.batch();
/// assert_eq!((batch.rows, batch.columns[1].index), (2, &[0, 0][..]));
/// assert_eq!(batch.columns[0].values[1], Value::Text("StopInstances"));
/// builder.clear();
/// assert!(builder.is_empty());
/// # Ok::<(), activity_log_plugin::BatchError>(())
/// ```
#[derive(Debug)]
pub struct BatchBuilder {
    columns: Vec<Interned>,
    rows: usize,
    hasher: DefaultHashBuilder,
}

#[derive(Debug, Default)]
struct Interned {
    /// all texts, one after the other
    texts: String,
    values: Vec<Stored>,
    /// codes, by their values
    codes: HashTable<u32>,
    index: Vec<u32>,
}

/// A value whose text is in [`Interned::texts`].
#[derive(Clone, Copy, Debug)]
enum Stored {
    Plain(Value<'static>),
    Text { start: usize, end: usize },
    Json { start: usize, end: usize },
}

impl BatchBuilder {
    /// For batches of so many columns.
    pub fn new(columns: usize) -> Self {
        Self {
            columns: (0..columns).map(|_| Interned::default()).collect(),
            rows: 0,
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Whether the batch should go: [`BATCH_ROWS`] rows, or [`BATCH_BYTES`] of values.
    pub fn is_full(&self) -> bool {
        self.rows == BATCH_ROWS || self.bytes() >= BATCH_BYTES
    }

    /// What the values hold.
    pub fn bytes(&self) -> usize {
        self.columns
            .iter()
            .map(|column| column.texts.len() + column.values.len() * 16)
            .sum()
    }

    /// The code of a column's value, in this batch: after [`BatchBuilder::clear`] it is nobody's.
    ///
    /// # Panics
    ///
    /// If there is no such column.
    pub fn intern(&mut self, column: usize, value: Value<'_>) -> u32 {
        let hash = hash(&self.hasher, value);
        self.columns[column].intern(hash, value, &self.hasher)
    }

    /// One row: a value for each column.
    pub fn push_row(&mut self, row: &[Value<'_>]) -> Result<(), BatchError> {
        self.check_row(row.len())?;
        for (column, value) in row.iter().enumerate() {
            let code = self.intern(column, *value);
            self.columns[column].index.push(code);
        }
        self.rows += 1;
        Ok(())
    }

    /// One row: a code for each column.
    pub fn push_codes(&mut self, row: &[u32]) -> Result<(), BatchError> {
        self.check_row(row.len())?;
        if let Some(column) = self
            .columns
            .iter()
            .zip(row)
            .position(|(column, code)| !column.has(*code))
        {
            return Err(BatchError::Index { column });
        }
        for (column, code) in self.columns.iter_mut().zip(row) {
            column.index.push(*code);
        }
        self.rows += 1;
        Ok(())
    }

    /// The rows, to be handed to a plugin.
    pub fn batch(&self) -> Batch<'_> {
        Batch {
            // At most BATCH_ROWS.
            rows: u32::try_from(self.rows).unwrap_or(u32::MAX),
            columns: self.columns.iter().map(Interned::column).collect(),
        }
    }

    /// Forgets rows and values, and keeps their memory.
    pub fn clear(&mut self) {
        self.rows = 0;
        for column in &mut self.columns {
            column.texts.clear();
            column.values.clear();
            column.codes.clear();
            column.index.clear();
        }
    }

    fn check_row(&self, found: usize) -> Result<(), BatchError> {
        if self.rows == BATCH_ROWS {
            return Err(BatchError::Rows(BATCH_ROWS + 1));
        }
        let expected = self.columns.len();
        if found != expected {
            return Err(BatchError::Columns { found, expected });
        }
        Ok(())
    }
}

impl Interned {
    fn has(&self, code: u32) -> bool {
        (code as usize) < self.values.len()
    }

    fn intern(&mut self, hash: u64, value: Value<'_>, hasher: &DefaultHashBuilder) -> u32 {
        let Self {
            texts,
            values,
            codes,
            ..
        } = self;
        let found = codes.find(hash, |code| {
            same(values[*code as usize].value(texts), value)
        });
        if let Some(code) = found {
            return *code;
        }
        // A batch's rows are few, but a caller may intern values of no row: then codes end, and the last is taken.
        let code = u32::try_from(values.len()).unwrap_or(u32::MAX);
        values.push(Stored::store(value, texts));
        codes.insert_unique(hash, code, |code| {
            hash_of(hasher, &values[*code as usize], texts)
        });
        code
    }

    fn column(&self) -> Column<'_> {
        Column {
            values: self
                .values
                .iter()
                .map(|value| value.value(&self.texts))
                .collect(),
            index: &self.index,
        }
    }
}

impl Stored {
    fn store(value: Value<'_>, texts: &mut String) -> Self {
        let start = texts.len();
        let mut push = |text: &str| {
            texts.push_str(text);
            start + text.len()
        };
        match value {
            Value::Text(text) => Self::Text {
                start,
                end: push(text),
            },
            Value::Json(text) => Self::Json {
                start,
                end: push(text),
            },
            Value::Absent => Self::Plain(Value::Absent),
            Value::Null => Self::Plain(Value::Null),
            Value::Boolean(value) => Self::Plain(Value::Boolean(value)),
            Value::Integer(value) => Self::Plain(Value::Integer(value)),
            Value::Float(value) => Self::Plain(Value::Float(value)),
        }
    }

    fn value<'a>(&self, texts: &'a str) -> Value<'a> {
        match *self {
            Self::Plain(value) => value,
            Self::Text { start, end } => Value::Text(&texts[start..end]),
            Self::Json { start, end } => Value::Json(&texts[start..end]),
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

fn hash_of(hasher: &DefaultHashBuilder, value: &Stored, texts: &str) -> u64 {
    hash(hasher, value.value(texts))
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
            let mut builder = BatchBuilder::new(2);
            for round in 0..2 {
                for (number, row) in rows.iter().enumerate() {
                    let row = [value(row), Value::Integer(1)];
                    if number % 2 == round {
                        builder.push_row(&row).unwrap();
                    } else {
                        let codes = [builder.intern(0, row[0]), builder.intern(1, row[1])];
                        builder.push_codes(&codes).unwrap();
                    }
                }
                let batch = builder.batch();
                prop_assert_eq!(batch.check(2), Ok(()));
                prop_assert_eq!(batch.rows as usize, rows.len());
                let column = &batch.columns[0];
                for (row, code) in rows.iter().zip(column.index) {
                    prop_assert!(same(column.values[*code as usize], value(row)));
                }
                for (at, one) in column.values.iter().enumerate() {
                    prop_assert!(!column.values[..at].iter().any(|other| same(*one, *other)));
                }
                prop_assert_eq!(&batch.columns[1].values, &[Value::Integer(1)]);
                builder.clear();
            }
        }
    }

    #[test]
    fn a_full_batch_takes_no_more() {
        let mut builder = BatchBuilder::new(1);
        for _ in 0..BATCH_ROWS {
            assert!(!builder.is_full());
            builder.push_row(&[Value::Null]).unwrap();
        }
        assert!(builder.is_full());
        assert_eq!(
            builder.push_row(&[Value::Null]),
            Err(BatchError::Rows(4097))
        );
        assert_eq!(builder.push_codes(&[0]), Err(BatchError::Rows(4097)));
        builder.clear();
        assert_eq!(
            builder.push_codes(&[0]),
            Err(BatchError::Index { column: 0 })
        );
        builder
            .push_row(&[Value::Json(&"x".repeat(BATCH_BYTES))])
            .unwrap();
        assert!(builder.is_full());
        assert_eq!(
            builder.push_row(&[]),
            Err(BatchError::Columns {
                found: 0,
                expected: 1
            })
        );
    }
}
