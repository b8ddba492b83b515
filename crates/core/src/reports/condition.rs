//! Conditions on any field of a record, beside the attribute filters that have indexes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::fields::{Cell, Column, ColumnError, Columns, RecordError};
use crate::query::MAX_VALUE_CHARS;

/// A condition: the field at this path says something. Letters' case counts. A record without the field, or
/// with `null` there, does not match.
///
/// `origin` is how the event came ([`crate::fields::ORIGIN`]). Of a number or a boolean its JSON text is compared, of an object or an array too, as it stands in the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// names with dots between them, as in [`Column::parse`]
    pub field: String,
    /// what it says
    #[serde(flatten)]
    pub test: Test,
}

/// What a field must say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Test {
    /// exactly this
    Equals(String),
    /// this at its start
    Prefix(String),
    /// this somewhere
    Contains(String),
}

impl Test {
    /// The text to compare with.
    pub fn text(&self) -> &str {
        match self {
            Self::Equals(text) | Self::Prefix(text) | Self::Contains(text) => text,
        }
    }

    fn holds(&self, said: &str) -> bool {
        match self {
            Self::Equals(text) => said == text,
            Self::Prefix(text) => said.starts_with(text.as_str()),
            Self::Contains(text) => said.contains(text.as_str()),
        }
    }
}

/// Why conditions are not taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConditionError {
    /// the path is none
    #[error("field: {0}")]
    Field(#[from] ColumnError),
    /// empty or longer than [`MAX_VALUE_CHARS`]
    #[error("field {field:?}: the text to compare with has 1 to {MAX_VALUE_CHARS} characters")]
    Length {
        /// the path
        field: String,
    },
}

impl Condition {
    /// Whether it can be asked for.
    pub fn check(&self) -> Result<(), ConditionError> {
        Column::parse(&self.field)?;
        // An empty text is a question one can ask only of equality.
        let chars = self.test.text().chars().count();
        let least = usize::from(!matches!(self.test, Test::Equals(_)));
        if (least..=MAX_VALUE_CHARS).contains(&chars) {
            Ok(())
        } else {
            Err(ConditionError::Length {
                field: self.field.clone(),
            })
        }
    }
}

/// Conditions ready to be tried on records; all must hold.
#[derive(Clone, Debug)]
pub struct Conditions {
    columns: Option<Columns>,
    /// each with its column's place
    tests: Vec<(usize, Test)>,
}

impl Conditions {
    /// Reads the paths. Several conditions may be on one field.
    pub fn new(conditions: &[Condition]) -> Result<Self, ConditionError> {
        let mut paths: Vec<&str> = vec![];
        let mut tests = vec![];
        for condition in conditions {
            condition.check()?;
            let known = paths.iter().position(|path| *path == condition.field);
            let place = known.unwrap_or_else(|| {
                paths.push(&condition.field);
                paths.len() - 1
            });
            tests.push((place, condition.test.clone()));
        }
        let columns = if paths.is_empty() {
            None
        } else {
            Some(Columns::parse(paths)?)
        };
        Ok(Self { columns, tests })
    }

    /// Whether there are none: then records need not be read.
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// Whether all hold for the record, which came from `origin`.
    pub fn hold(&self, record: &str, origin: &str) -> Result<bool, RecordError> {
        let Some(columns) = &self.columns else {
            return Ok(true);
        };
        let mut cells = columns.project(record)?;
        columns.put_view(&mut cells, record, origin);
        Ok(self
            .tests
            .iter()
            .all(|(place, test)| said(&cells[*place]).is_some_and(|said| test.holds(&said))))
    }
}

fn said<'c>(cell: &'c Cell<'_>) -> Option<Cow<'c, str>> {
    match cell {
        Cell::Absent | Cell::Null => None,
        cell => Some(cell.text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(conditions: &str, record: &str) -> bool {
        let conditions: Vec<Condition> = serde_json::from_str(conditions).unwrap();
        Conditions::new(&conditions)
            .unwrap()
            .hold(record, "producer:eve")
            .unwrap()
    }

    #[test]
    fn a_field_says_it_or_not() {
        let record = r#"{"a":{"b":"Start\u0041"},"n":12.50,"t":true,"l":["x", "y"],"z":null,"e":"","origin":"service","o":{"origin":"service"}}"#;
        let expected = [
            (r#"[{"field":"a.b","equals":"StartA"}]"#, true),
            (r#"[{"field":"a.b","prefix":"Start"}]"#, true),
            (r#"[{"field":"a.b","prefix":"start"}]"#, false),
            (r#"[{"field":"a.b","contains":"tA"}]"#, true),
            (r#"[{"field":"n","equals":"12.50"}]"#, true),
            (r#"[{"field":"t","equals":"true"}]"#, true),
            (r#"[{"field":"l","contains":"\"x\", "}]"#, true),
            (r#"[{"field":"z","equals":""}]"#, false),
            (r#"[{"field":"q","equals":""}]"#, false),
            (r#"[{"field":"e","equals":""}]"#, true),
            (
                r#"[{"field":"a.b","prefix":"S"},{"field":"a.b","contains":"Q"}]"#,
                false,
            ),
            (
                r#"[{"field":"a.b","prefix":"S"},{"field":"t","contains":"ru"}]"#,
                true,
            ),
            (r#"[{"field":"origin","equals":"producer:eve"}]"#, true),
            (r#"[{"field":"origin","prefix":"producer:"}]"#, true),
            (r#"[{"field":"origin","equals":"service"}]"#, false),
            (r#"[{"field":"o.origin","equals":"service"}]"#, true),
            ("[]", true),
        ];
        for (conditions, holding) in expected {
            assert_eq!(holds(conditions, record), holding, "{conditions}");
        }
    }

    #[test]
    fn a_bad_condition_names_its_field() {
        let refused = |condition: &str| {
            let condition: Condition = serde_json::from_str(condition).unwrap();
            condition.check().unwrap_err().to_string()
        };
        assert!(refused(r#"{"field":"a..b","equals":"x"}"#).starts_with("field: \"a..b\""));
        assert!(refused(r#"{"field":"a","contains":""}"#).starts_with("field \"a\": the text"));
        let long = "x".repeat(MAX_VALUE_CHARS + 1);
        assert!(
            refused(&format!(r#"{{"field":"a","equals":"{long}"}}"#)).starts_with("field \"a\"")
        );
    }
}
