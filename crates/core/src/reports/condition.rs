//! Conditions on any field of a record, beside the attribute filters that have indexes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Presence;
use crate::fields::{Cell, Column, ColumnError, Columns, RecordError};
use crate::query::{Test, TestError};

/// A condition: the field at this path says something. A field that is not there, or `null`, has no value.
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

/// Why conditions are not taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConditionError {
    /// the path is none
    #[error("field: {0}")]
    Field(#[from] ColumnError),
    /// the test cannot be asked of anything
    #[error("field {field:?}: {error}")]
    Test {
        /// the path
        field: String,
        /// why
        #[source]
        error: TestError,
    },
}

impl ConditionError {
    /// Whether it is the field that cannot be asked for, whatever it is to say.
    pub const fn is_of_the_path(&self) -> bool {
        matches!(self, Self::Field(_))
    }
}

impl Condition {
    /// Whether it can be asked for.
    pub fn check(&self) -> Result<(), ConditionError> {
        Column::parse(&self.field)?;
        self.test.check().map_err(|error| ConditionError::Test {
            field: self.field.clone(),
            error,
        })
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

    /// Of their fields, none of which was seen yet.
    pub fn presence(&self) -> Presence {
        let columns = self.columns.iter().flat_map(Columns::iter);
        Presence::of(columns.map(Column::name))
    }

    /// Whether all hold for the record, which came from `origin`. Notes which of their fields it has.
    pub fn hold(
        &self,
        record: &str,
        origin: &str,
        presence: &mut Presence,
    ) -> Result<bool, RecordError> {
        let Some(columns) = &self.columns else {
            return Ok(true);
        };
        let mut cells = columns.project(record)?;
        columns.put_view(&mut cells, record, origin);
        presence.note(cells.iter().map(|cell| *cell != Cell::Absent));
        Ok(self.tests.iter().all(|(place, test)| {
            let said = said(&cells[*place]);
            test.ready().holds(said.as_deref())
        }))
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
        let conditions = Conditions::new(&conditions).unwrap();
        let mut presence = conditions.presence();
        conditions
            .hold(record, "producer:eve", &mut presence)
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
            (r#"[{"field":"z","exists":false}]"#, true),
            (r#"[{"field":"q","exists":false}]"#, true),
            (r#"[{"field":"e","exists":false}]"#, true),
            (r#"[{"field":"t","exists":true}]"#, true),
            (r#"[{"field":"q","notEquals":"x"}]"#, true),
            (r#"[{"field":"z","notPrefix":"x"}]"#, true),
            (r#"[{"field":"a.b","notContains":"tA"}]"#, false),
            (r#"[{"field":"n","equals":["1","12.50"]}]"#, true),
            (
                r#"[{"field":"a.b","prefix":"sTART","ignoreCase":true}]"#,
                true,
            ),
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
    fn fields_that_no_record_has_are_known() {
        let conditions = r#"[{"field":"a","equals":"x"},{"field":"b","exists":false},{"field":"c","equals":"y"}]"#;
        let conditions: Vec<Condition> = serde_json::from_str(conditions).unwrap();
        let conditions = Conditions::new(&conditions).unwrap();
        let mut presence = conditions.presence();
        for record in [r#"{"b":null}"#, r#"{"a":"z"}"#] {
            assert!(!conditions.hold(record, "queue", &mut presence).unwrap());
        }
        assert_eq!(presence.unseen().collect::<Vec<_>>(), ["c"]);
    }

    #[test]
    fn a_bad_condition_names_its_field() {
        let refused = |condition: &str| {
            let condition: Condition = serde_json::from_str(condition).unwrap();
            condition.check().unwrap_err().to_string()
        };
        assert!(refused(r#"{"field":"a..b","equals":"x"}"#).starts_with("field: \"a..b\""));
        assert!(refused(r#"{"field":"a","contains":""}"#).starts_with("field \"a\": a text"));
        let long = "x".repeat(2_001);
        assert!(
            refused(&format!(r#"{{"field":"a","equals":"{long}"}}"#)).starts_with("field \"a\"")
        );
    }
}
