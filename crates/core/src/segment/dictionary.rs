//! A dictionary-coded column of texts: each distinct value once, and a small number a row.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::Damaged;

/// A column as it is stored.
///
/// A row's code is 0 for "absent", else one more than the place of its value. Codes take one, two
/// or four bytes each, little endian; which, follows from the number of rows. A column where no row
/// has a value, or every row has the one value, stores no codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dictionary<'a> {
    #[serde(borrow)]
    values: Vec<&'a str>,
    #[serde(borrow, with = "serde_bytes")]
    codes: Cow<'a, [u8]>,
}

impl<'a> Dictionary<'a> {
    /// Codes one value a row, in row order.
    pub fn encode(rows: impl Iterator<Item = Option<&'a str>>) -> Self {
        let mut values = Vec::new();
        let mut codes: Vec<u32> = Vec::new();
        let mut places: HashMap<&str, u32> = HashMap::new();
        let mut last: Option<(&str, u32)> = None;
        for value in rows {
            let code = match (value, last) {
                (None, _) => 0,
                (Some(value), Some((before, code))) if value == before => code,
                (Some(value), _) => *places.entry(value).or_insert_with(|| {
                    values.push(value);
                    u32::try_from(values.len()).unwrap_or(u32::MAX)
                }),
            };
            if let Some(value) = value {
                last = Some((value, code));
            }
            codes.push(code);
        }
        let constant =
            values.is_empty() || (values.len() == 1 && codes.iter().all(|code| *code == 1));
        let codes = if constant {
            Vec::new()
        } else {
            pack(&codes, values.len())
        };
        Self {
            values,
            codes: codes.into(),
        }
    }

    /// The distinct values.
    pub fn values(&self) -> &[&'a str] {
        &self.values
    }

    /// The code of a value, if any row may have it.
    pub fn code_of(&self, value: &str) -> Option<u32> {
        let place = self.values.iter().position(|known| *known == value)?;
        u32::try_from(place + 1).ok()
    }

    /// Reads the column for scanning.
    pub fn codes(&self, rows: usize) -> Result<Codes<'_>, Damaged> {
        if self.codes.is_empty() {
            return Ok(Codes::Constant(u32::from(!self.values.is_empty())));
        }
        let codes = match self.codes.len().checked_div(rows) {
            Some(1) => Codes::Bytes(&self.codes),
            Some(2) => Codes::Pairs(self.codes.as_chunks().0),
            Some(4) => Codes::Quads(self.codes.as_chunks().0),
            _ => return Err(Damaged::Inconsistent("a column has not one code a row")),
        };
        if !self.codes.len().is_multiple_of(rows) {
            return Err(Damaged::Inconsistent("a column has not one code a row"));
        }
        Ok(codes)
    }

    /// The value of a code; `None` for "absent" and for codes no value has.
    pub fn value(&self, code: u32) -> Option<&'a str> {
        let place = (code as usize).checked_sub(1)?;
        self.values.get(place).copied()
    }
}

fn pack(codes: &[u32], values: usize) -> Vec<u8> {
    if u8::try_from(values).is_ok() {
        codes.iter().map(|code| code.to_le_bytes()[0]).collect()
    } else if u16::try_from(values).is_ok() {
        codes
            .iter()
            .flat_map(|code| [code.to_le_bytes()[0], code.to_le_bytes()[1]])
            .collect()
    } else {
        codes.iter().flat_map(|code| code.to_le_bytes()).collect()
    }
}

/// A column's codes, by width.
#[derive(Clone, Copy, Debug)]
pub enum Codes<'a> {
    /// every row has this one
    Constant(u32),
    /// one byte a row
    Bytes(&'a [u8]),
    /// two bytes a row
    Pairs(&'a [[u8; 2]]),
    /// four bytes a row
    Quads(&'a [[u8; 4]]),
}

impl Codes<'_> {
    /// The code of a row.
    pub fn get(&self, row: usize) -> u32 {
        match self {
            Self::Constant(code) => *code,
            Self::Bytes(codes) => codes.get(row).copied().map_or(0, u32::from),
            Self::Pairs(codes) => codes
                .get(row)
                .map_or(0, |pair| u32::from(u16::from_le_bytes(*pair))),
            Self::Quads(codes) => codes.get(row).map_or(0, |quad| u32::from_le_bytes(*quad)),
        }
    }

    /// Keeps the rows that have this code.
    pub fn retain(&self, rows: &mut Vec<u32>, code: u32) {
        rows.retain(|row| self.get(*row as usize) == code);
    }

    /// The rows below `rows` that have this code, ascending.
    pub fn positions(&self, rows: u32, code: u32) -> Vec<u32> {
        match self {
            Self::Constant(only) if *only == code => (0..rows).collect(),
            Self::Constant(_) => Vec::new(),
            Self::Bytes(codes) => {
                let Ok(code) = u8::try_from(code) else {
                    return Vec::new();
                };
                (0..rows)
                    .zip(*codes)
                    .filter(|(_, one)| **one == code)
                    .map(|(row, _)| row)
                    .collect()
            }
            Self::Pairs(_) | Self::Quads(_) => (0..rows)
                .filter(|row| self.get(*row as usize) == code)
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(rows: &[Option<&str>]) {
        let column = Dictionary::encode(rows.iter().copied());
        let bytes = postcard::to_allocvec(&column).unwrap();
        let column: Dictionary<'_> = postcard::from_bytes(&bytes).unwrap();
        let codes = column.codes(rows.len()).unwrap();
        for (row, value) in rows.iter().enumerate() {
            assert_eq!(column.value(codes.get(row)), *value);
        }
        for value in column.values().iter().take(3).chain(column.values().last()) {
            let code = column.code_of(value).unwrap();
            let expected: Vec<u32> = (0..)
                .zip(rows)
                .filter(|(_, one)| **one == Some(*value))
                .map(|(row, _)| row)
                .collect();
            assert_eq!(
                codes.positions(u32::try_from(rows.len()).unwrap(), code),
                expected
            );
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
        let column = Dictionary::encode([Some("a"), Some("b"), None].into_iter());
        assert!(column.codes(2).is_err());
        assert!(column.codes(0).is_err());
    }
}
