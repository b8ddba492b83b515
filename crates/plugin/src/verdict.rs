//! What comes out of a plugin, and what makes it nonsense.
//!
//! A plugin's answer decides which events a customer's auditor sees, so nothing in it is guessed at: a verdict that
//! does not fit the batch or the manifest fails the report.

use serde::de::IgnoredAny;
use wasmtime::component::{ComponentType, Lift};

use crate::batch::largest;
use crate::limits::{BATCH_ROWS, Bytes, Limits};

/// One value that a plugin wrote.
#[derive(Clone, Debug, PartialEq, ComponentType, Lift)]
#[component(variant)]
pub enum OwnedValue {
    /// no such field
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
    /// another number, never infinite nor NaN
    #[component(name = "float")]
    Float(f64),
    /// a text
    #[component(name = "text")]
    Text(String),
    /// an object, an array or a string, as valid JSON text
    #[component(name = "json")]
    Json(String),
}

/// One column that a plugin wrote: row `r` holds `values[index[r]]`.
#[derive(Clone, Debug, PartialEq, ComponentType, Lift)]
#[component(record)]
pub struct OwnedColumn {
    /// The values.
    pub values: Vec<OwnedValue>,
    /// One per row.
    pub index: Vec<u32>,
}

impl OwnedColumn {
    /// A row's value.
    ///
    /// # Panics
    ///
    /// If there is no such row; not for any row of the batch the verdict is of.
    pub fn row(&self, row: usize) -> &OwnedValue {
        &self.values[self.index[row] as usize]
    }
}

/// A plugin's answer to a batch. One that [`crate::Run::filter`] gives is checked.
#[derive(Clone, Debug, PartialEq, ComponentType, Lift)]
#[component(record)]
pub struct Verdict {
    /// Which rows to keep: one per row.
    pub keep: Vec<bool>,
    /// One per output, in the manifest's order.
    pub outputs: Vec<OwnedColumn>,
}

/// Which rule a verdict breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Nonsense {
    /// not one answer per row
    #[error("keep has {found} entries for {rows} rows")]
    Keep {
        /// how many there are
        found: usize,
        /// how many rows
        rows: usize,
    },
    /// not one column per output
    #[error("{found} outputs; the manifest has {expected}")]
    Outputs {
        /// how many there are
        found: usize,
        /// how many the manifest has
        expected: usize,
    },
    /// not one index per row
    #[error("output {output}: the index has {found} entries for {rows} rows")]
    Index {
        /// which, from 0
        output: usize,
        /// how many entries
        found: usize,
        /// how many rows
        rows: usize,
    },
    /// an index that leads out of the values
    #[error("output {output}: row {row} has value {index} of {values}")]
    Range {
        /// which, from 0
        output: usize,
        /// the first such row
        row: usize,
        /// its index
        index: u32,
        /// how many values there are
        values: usize,
    },
    /// more values than a batch can have rows
    #[error("output {output}: {found} values; at most {BATCH_ROWS}, each once")]
    Values {
        /// which, from 0
        output: usize,
        /// how many
        found: usize,
    },
    /// a value longer than [`Limits::value_bytes`]
    #[error("output {output}: value {value} is {bytes} bytes long; at most {max}", max = Bytes(*.max))]
    ValueBytes {
        /// which output, from 0
        output: usize,
        /// which value, from 0
        value: usize,
        /// its length
        bytes: usize,
        /// the limit
        max: usize,
    },
    /// texts longer than [`Limits::verdict_bytes`]
    #[error("verdict size: more than {} of text", Bytes(*.0))]
    Bytes(usize),
    /// NaN or infinite
    #[error("output {output}: value {value} is a float that is no number")]
    Float {
        /// which output, from 0
        output: usize,
        /// which value, from 0
        value: usize,
    },
    /// JSON that is none, or neither object nor array
    #[error(
        "output {output}: value {value} is said to be json and is not an object, an array or a string as JSON text"
    )]
    Json {
        /// which output, from 0
        output: usize,
        /// which value, from 0
        value: usize,
    },
    /// something that is no value of its type at all: a text that is not UTF-8, a list outside of the memory
    #[error("what it gave back cannot be read: {0}")]
    Unreadable(String),
}

impl Verdict {
    /// Checks a verdict on a batch of `rows` rows from a plugin of `outputs` outputs. A pure function.
    pub fn check(&self, rows: usize, outputs: usize, limits: &Limits) -> Result<(), Nonsense> {
        if self.keep.len() != rows {
            let found = self.keep.len();
            return Err(Nonsense::Keep { found, rows });
        }
        if self.outputs.len() != outputs {
            let (found, expected) = (self.outputs.len(), outputs);
            return Err(Nonsense::Outputs { found, expected });
        }
        let mut bytes = 0;
        for (output, column) in self.outputs.iter().enumerate() {
            check_index(output, column, rows)?;
            for (value, content) in column.values.iter().enumerate() {
                bytes += check_value(output, value, content, limits)?;
            }
        }
        if bytes > limits.verdict_bytes {
            return Err(Nonsense::Bytes(limits.verdict_bytes));
        }
        Ok(())
    }
}

fn check_index(output: usize, column: &OwnedColumn, rows: usize) -> Result<(), Nonsense> {
    let OwnedColumn { values, index } = column;
    if index.len() != rows {
        let found = index.len();
        return Err(Nonsense::Index {
            output,
            found,
            rows,
        });
    }
    if values.len() > BATCH_ROWS {
        let found = values.len();
        return Err(Nonsense::Values { output, found });
    }
    let outside = |index: u32| index as usize >= values.len();
    if largest(index).is_some_and(outside) {
        let row = index
            .iter()
            .position(|index| outside(*index))
            .unwrap_or_default();
        let (index, values) = (index[row], values.len());
        return Err(Nonsense::Range {
            output,
            row,
            index,
            values,
        });
    }
    Ok(())
}

/// The length of the value's text.
fn check_value(
    output: usize,
    value: usize,
    content: &OwnedValue,
    limits: &Limits,
) -> Result<usize, Nonsense> {
    let text = match content {
        OwnedValue::Text(text) | OwnedValue::Json(text) => text,
        OwnedValue::Float(float) if !float.is_finite() => {
            return Err(Nonsense::Float { output, value });
        }
        _ => return Ok(0),
    };
    let (bytes, max) = (text.len(), limits.value_bytes);
    if bytes > max {
        return Err(Nonsense::ValueBytes {
            output,
            value,
            bytes,
            max,
        });
    }
    if matches!(content, OwnedValue::Json(_)) && !is_json(text) {
        return Err(Nonsense::Json { output, value });
    }
    Ok(bytes)
}

/// Deepest nesting of a `json` value: readers of JSON have limits of their own, and 127 is a usual one.
const JSON_DEPTH: usize = 100;

/// An object, an array or a string, valid and not nested too deep. A string, since one that is no Unicode is handed to
/// plugins so, and may be given back as it came.
fn is_json(text: &str) -> bool {
    text.trim_start_matches([' ', '\t', '\r', '\n'])
        .starts_with(['{', '[', '"'])
        && serde_json::from_str::<IgnoredAny>(text).is_ok()
        && depth(text) <= JSON_DEPTH
}

/// How deep valid JSON nests.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut text, mut escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if text => escaped = true,
            b'"' => text = !text,
            b'{' | b'[' if !text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: Vec<OwnedValue>, index: &[u32]) -> OwnedColumn {
        OwnedColumn {
            values,
            index: index.to_vec(),
        }
    }

    fn check(keep: usize, outputs: Vec<OwnedColumn>) -> Result<(), Nonsense> {
        let limits = Limits {
            value_bytes: 10,
            verdict_bytes: 15,
            ..Limits::default()
        };
        let keep = vec![true; keep];
        Verdict { keep, outputs }.check(2, 1, &limits)
    }

    fn one(value: OwnedValue) -> Result<(), Nonsense> {
        check(2, vec![column(vec![OwnedValue::Null, value], &[0, 1])])
    }

    fn text(text: &str) -> OwnedValue {
        OwnedValue::Text(text.to_owned())
    }

    fn json(text: &str) -> OwnedValue {
        OwnedValue::Json(text.to_owned())
    }

    #[test]
    fn each_broken_rule_is_named() {
        let right = column(vec![text("a"), OwnedValue::Float(1.5)], &[1, 0]);
        assert_eq!(check(2, vec![right.clone()]), Ok(()));
        assert_eq!(right.row(0), &OwnedValue::Float(1.5));
        assert_eq!(
            check(1, vec![right.clone()]),
            Err(Nonsense::Keep { found: 1, rows: 2 })
        );
        assert_eq!(
            check(2, vec![]),
            Err(Nonsense::Outputs {
                found: 0,
                expected: 1
            })
        );
        let short = column(vec![text("a")], &[0]);
        assert_eq!(
            check(2, vec![short]),
            Err(Nonsense::Index {
                output: 0,
                found: 1,
                rows: 2
            })
        );
        let outside = column(vec![text("a")], &[0, 1]);
        let expected = Nonsense::Range {
            output: 0,
            row: 1,
            index: 1,
            values: 1,
        };
        assert_eq!(check(2, vec![outside]), Err(expected));
        let many = column(vec![OwnedValue::Null; 4097], &[0, 0]);
        assert_eq!(
            check(2, vec![many]),
            Err(Nonsense::Values {
                output: 0,
                found: 4097
            })
        );
    }

    #[test]
    fn values_are_checked() {
        let long = Nonsense::ValueBytes {
            output: 0,
            value: 1,
            bytes: 11,
            max: 10,
        };
        assert_eq!(one(text(&"x".repeat(11))), Err(long));
        assert_eq!(one(text(&"x".repeat(10))), Ok(()));
        let two = column(vec![text(&"x".repeat(8)), text(&"y".repeat(8))], &[0, 1]);
        assert_eq!(check(2, vec![two]), Err(Nonsense::Bytes(15)));
        for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(
                one(OwnedValue::Float(float)),
                Err(Nonsense::Float {
                    output: 0,
                    value: 1
                })
            );
        }
        // Numbers no float holds and half surrogate pairs: records have them, and may be given back as they came.
        for right in [
            "{}",
            " [1,{}]",
            r#"{"a":"["}"#,
            "[5e6000]",
            r#"["\ud800"]"#,
            r#""\ud800""#,
        ] {
            assert_eq!(one(json(right)), Ok(()), "{right}");
        }
        for wrong in ["", "1", "null", "\"a", "{", "[1,]", "{}{}", "{\"\u{1}\":1}"] {
            assert_eq!(
                one(json(wrong)),
                Err(Nonsense::Json {
                    output: 0,
                    value: 1
                }),
                "{wrong}"
            );
        }
    }

    #[test]
    fn json_may_nest_but_not_without_end() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(is_json(&nested(JSON_DEPTH)));
        assert!(!is_json(&nested(JSON_DEPTH + 1)));
        assert!(!is_json(&nested(100_000)));
        assert_eq!(depth(r#"[{"a\"[[[":[1]},{"b":["]]"]}]"#), 3);
    }
}
