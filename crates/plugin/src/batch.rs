//! What goes into a plugin: a batch of rows, as columns.

use wasmtime::component::{ComponentType, Lower};

use crate::limits::BATCH_ROWS;

/// One value of an event, borrowed: it is copied once, into the plugin's memory.
#[derive(Clone, Copy, Debug, PartialEq, ComponentType, Lower)]
#[component(variant)]
pub enum Value<'a> {
    /// the event has no such field
    #[component(name = "absent")]
    Absent,
    /// null
    #[component(name = "null")]
    Null,
    /// true or false
    #[component(name = "boolean")]
    Boolean(bool),
    /// a number that is one
    #[component(name = "integer")]
    Integer(i64),
    /// another number
    #[component(name = "float")]
    Float(f64),
    /// a text
    #[component(name = "text")]
    Text(&'a str),
    /// an object or an array, as JSON text; also a string that is no Unicode (`"\ud800"`)
    #[component(name = "json")]
    Json(&'a str),
}

/// One field over a batch, dictionary coded: row `r` holds `values[index[r]]`.
#[derive(Clone, Debug, PartialEq, ComponentType, Lower)]
#[component(record)]
pub struct Column<'a> {
    /// The values, usually each once.
    pub values: Vec<Value<'a>>,
    /// One per row.
    pub index: &'a [u32],
}

/// Rows for one call of `filter`: 1 to [`BATCH_ROWS`], and a column for each input of the manifest.
#[derive(Clone, Debug, PartialEq, ComponentType, Lower)]
#[component(record)]
pub struct Batch<'a> {
    /// How many rows.
    pub rows: u32,
    /// One per input, in the manifest's order.
    pub columns: Vec<Column<'a>>,
}

/// Why a batch is not handed to a plugin: the caller's mistake, never the plugin's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// none or too many
    #[error("a batch has 1 to {BATCH_ROWS} rows, this one {0}")]
    Rows(usize),
    /// not as many as inputs
    #[error("a batch of {found} columns; the plugin has {expected} inputs")]
    Columns {
        /// how many there are
        found: usize,
        /// how many the plugin reads
        expected: usize,
    },
    /// an index that is not as long as the batch
    #[error("column {column}: {found} rows in a batch of {rows}")]
    Length {
        /// which
        column: usize,
        /// its length
        found: usize,
        /// the batch's
        rows: usize,
    },
    /// an index that leads out of the values
    #[error("column {column}: a row's value is not among the column's")]
    Index {
        /// which
        column: usize,
    },
}

impl Batch<'_> {
    /// Checks it against the number of inputs.
    pub(crate) fn check(&self, inputs: usize) -> Result<(), BatchError> {
        let rows = usize::try_from(self.rows).unwrap_or(usize::MAX);
        if rows == 0 || rows > BATCH_ROWS {
            return Err(BatchError::Rows(rows));
        }
        if self.columns.len() != inputs {
            let (found, expected) = (self.columns.len(), inputs);
            return Err(BatchError::Columns { found, expected });
        }
        for (column, Column { values, index }) in self.columns.iter().enumerate() {
            if index.len() != rows {
                let found = index.len();
                return Err(BatchError::Length {
                    column,
                    found,
                    rows,
                });
            }
            if largest(index).is_some_and(|largest| largest as usize >= values.len()) {
                return Err(BatchError::Index { column });
            }
        }
        Ok(())
    }

    /// Some of its rows as a batch of their own.
    pub(crate) fn part(&self, from: u32, to: u32) -> Batch<'_> {
        let range = from as usize..to as usize;
        let columns = self.columns.iter().map(|column| Column {
            values: column.values.clone(),
            index: &column.index[range.clone()],
        });
        Batch {
            rows: to - from,
            columns: columns.collect(),
        }
    }
}

/// The largest index. A fold, and not [`Iterator::max`], becomes vector instructions.
pub(crate) fn largest(index: &[u32]) -> Option<u32> {
    let largest = index.iter().fold(0, |largest, index| largest.max(*index));
    (!index.is_empty()).then_some(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: usize, index: &[u32]) -> Column<'_> {
        Column {
            values: vec![Value::Null; values],
            index,
        }
    }

    #[test]
    fn mistakes_in_a_batch_are_found() {
        let check = |rows: u32, columns: Vec<Column<'_>>| Batch { rows, columns }.check(2);
        assert_eq!(
            check(2, vec![column(1, &[0, 0]), column(2, &[1, 0])]),
            Ok(())
        );
        assert_eq!(
            check(0, vec![column(1, &[]), column(1, &[])]),
            Err(BatchError::Rows(0))
        );
        assert_eq!(check(4097, vec![]), Err(BatchError::Rows(4097)));
        let expected = BatchError::Columns {
            found: 1,
            expected: 2,
        };
        assert_eq!(check(1, vec![column(1, &[0])]), Err(expected));
        let expected = BatchError::Length {
            column: 1,
            found: 1,
            rows: 2,
        };
        assert_eq!(
            check(2, vec![column(1, &[0, 0]), column(1, &[0])]),
            Err(expected)
        );
        let expected = BatchError::Index { column: 0 };
        assert_eq!(
            check(2, vec![column(2, &[0, 2]), column(1, &[0, 0])]),
            Err(expected)
        );
        assert_eq!(
            check(1, vec![column(0, &[0]), column(1, &[0])]),
            Err(expected)
        );
    }
}
