//! A dictionary-coded column of texts: each distinct value once, and a small number a row.

use std::collections::HashMap;

use super::numbers::Numbers;
use super::stored::Reader;
use super::texts::Texts;
use crate::damaged::Damaged;

/// A column as it is stored.
///
/// A row's code is the place of its value; of a row without one, the number of values. So a column where no row has a
/// value, or every row has the one value, stores no codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dictionary<'a> {
    values: Texts<'a>,
    codes: Numbers<'a>,
}

impl<'a> Dictionary<'a> {
    /// Reads a column of so many rows.
    pub(super) fn read(from: &mut Reader<'a>, rows: usize) -> Result<Self, Damaged> {
        Ok(Self {
            values: Texts::read(from)?,
            codes: Numbers::read(from, rows)?,
        })
    }
}

impl Dictionary<'_> {
    /// Codes one value a row, in row order.
    pub fn encode<'v>(rows: impl Iterator<Item = Option<&'v str>>) -> Dictionary<'static> {
        let mut values = Vec::new();
        let mut codes: Vec<Option<u64>> = Vec::new();
        let mut places: HashMap<&str, u64> = HashMap::new();
        let mut last: Option<(&str, u64)> = None;
        for value in rows {
            let code = value.map(|value| match last {
                Some((before, code)) if value == before => code,
                _ => *places.entry(value).or_insert_with(|| {
                    values.push(value);
                    values.len() as u64 - 1
                }),
            });
            last = value.zip(code).or(last);
            codes.push(code);
        }
        let absent = values.len() as u64;
        Dictionary {
            values: Texts::of(values.iter().copied()),
            codes: Numbers::of(codes.iter().map(|code| code.unwrap_or(absent))),
        }
    }

    /// Writes the column.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        self.values.write(out);
        self.codes.write(out);
    }

    /// The distinct values; a value's code is its place.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter()
    }

    /// How many values there are: codes of values are below this.
    pub fn len(&self) -> u32 {
        self.values.count()
    }

    /// Whether no row has a value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The code of a value, if any row may have it.
    pub fn code_of(&self, value: &str) -> Option<u32> {
        self.values.positions(value).next()
    }

    /// The value of a code; `None` for "absent" and for codes no value has.
    pub fn value(&self, code: u32) -> Option<&str> {
        self.values.get(code)
    }

    /// The code of a row. One that no value has means "absent".
    #[inline]
    pub fn code(&self, row: usize) -> u32 {
        u32::try_from(self.codes.get(row)).unwrap_or(u32::MAX)
    }

    /// The value of a row.
    pub fn of_row(&self, row: usize) -> Option<&str> {
        self.value(self.code(row))
    }

    /// Keeps the rows that have this code.
    pub fn retain(&self, rows: &mut Vec<u32>, code: u32) {
        self.codes.retain(rows, code.into());
    }

    /// The rows below `rows` that have this code, ascending.
    pub fn positions(&self, rows: u32, code: u32) -> Vec<u32> {
        self.codes.positions(rows, code.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(rows: &[Option<&str>]) {
        let mut bytes = Vec::new();
        Dictionary::encode(rows.iter().copied()).write(&mut bytes);
        let mut reader = Reader::new(&bytes);
        let column = Dictionary::read(&mut reader, rows.len()).unwrap();
        reader.end().unwrap();
        for (row, value) in rows
            .iter()
            .enumerate()
            .step_by(rows.len().div_ceil(300).max(1))
        {
            assert_eq!(column.of_row(row), *value);
        }
        let values: Vec<&str> = column.values().collect();
        assert_eq!(values.len(), column.len() as usize);
        for value in values.iter().take(3).chain(values.last()) {
            let code = column.code_of(value).unwrap();
            let expected: Vec<u32> = (0..)
                .zip(rows)
                .filter(|(_, one)| **one == Some(*value))
                .map(|(row, _)| row)
                .collect();
            let count = u32::try_from(rows.len()).unwrap();
            assert_eq!(column.positions(count, code), expected);
            let mut all = (0..count).collect();
            column.retain(&mut all, code);
            assert_eq!(all, expected);
        }
    }

    #[test]
    fn columns_round_trip_at_every_width() {
        let names: Vec<String> = (0..70_000).map(|n| format!("v{n}")).collect();
        for distinct in [0, 1, 2, 254, 255, 256, 65_535, 65_536] {
            let mut rows: Vec<_> = names[..distinct]
                .iter()
                .map(|name| Some(name.as_str()))
                .collect();
            round_trip(&rows);
            rows.push(None);
            rows.push(rows[0]);
            round_trip(&rows);
        }
    }

    #[test]
    fn a_short_column_is_damaged() {
        let mut bytes = Vec::new();
        Dictionary::encode([Some("a"), Some("b"), None].into_iter()).write(&mut bytes);
        let read = |rows| {
            let mut reader = Reader::new(&bytes);
            Dictionary::read(&mut reader, rows).and_then(|_| reader.end())
        };
        assert!(read(3).is_ok());
        assert!(read(2).is_err() && read(4).is_err());
    }
}
