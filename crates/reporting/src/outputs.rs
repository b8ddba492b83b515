//! What a plugin's outputs do to a row.
//!
//! An output whose name is one of the plugin's inputs **replaces** that field of the record ([`crate::edit`]): the
//! columns are taken from the changed record, so what was replaced is in no column, in no column of an object around
//! it, and in no JSON; a value that was given back as it came leaves the record as it is, to the byte. A lookup field (`inputs::LOOKUP_FIELDS`) is replaced under the path of its name and, where the
//! record is of a dialect that has another name for it (VK's `action`), under that.
//!
//! Any other output **adds**: a column of its name, at the place where the report asks for it or else after the
//! others, and in JSON a top-level member at the end of the record; one that the record has is replaced.

use std::borrow::Cow;

use activity_log_core::fields::{Cell, Column, ColumnError, Columns, ORIGIN, RecordError};
use activity_log_core::plugins::Manifest;
use activity_log_plugin::{Column as Handed, OwnedValue, Value, Verdict};

use crate::edit::{Edit, EditError, Paths, quoted};

/// Other names of lookup fields: the field, the name, and whether only VK's records have it for that. What CloudTrail has
/// for `userName` depends on the record; all that may be it are replaced, but for a part of `principalId`.
const OTHER_NAMES: [(&str, &str, bool); 9] = [
    ("eventID", "event_id", true),
    ("eventTime", "timestamp", true),
    ("eventName", "action", true),
    ("eventSource", "source", true),
    ("userName", "user_email", true),
    ("userName", "user_id", true),
    ("project", "project_id", true),
    ("userName", "userIdentity.userName", false),
    (
        "userName",
        "userIdentity.sessionContext.sessionIssuer.userName",
        false,
    ),
];

/// What a lookup field is called in the view.
const IN_VIEW: [(&str, &str); 9] = [
    ("eventID", "id"),
    ("eventTime", "time"),
    ("eventName", "action"),
    ("eventSource", "source"),
    ("awsRegion", "region"),
    ("sourceIPAddress", "address"),
    ("errorCode", "result"),
    ("userName", "who"),
    ("project", "project"),
];

/// A manifest's outputs over a report's columns.
#[derive(Clone, Debug)]
pub struct Outputs {
    paths: Paths,
    /// in VK's records
    vk_paths: Paths,
    edits: Vec<Place>,
    /// outputs that replace, and the input each replaces
    replaced: Vec<(usize, usize)>,
    /// outputs that replace what the view shows, and what that is called there
    shown: Vec<(usize, &'static str)>,
    /// a column's place, and the output that stands there
    added: Vec<(usize, usize)>,
    /// tells VK's records
    dialect: Columns,
    /// whether columns are to be taken from the changed record
    changes_columns: bool,
}

/// An edit of every record.
#[derive(Clone, Copy, Debug)]
struct Place {
    output: usize,
    /// nothing is put where the record has no such field
    only_if_there: bool,
}

/// A plugin's checked answer to rows, and where it changes nothing.
#[derive(Debug)]
pub struct Judged {
    /// the answer
    pub verdict: Verdict,
    /// by output: the rows whose field it gave back as it was; nothing for an output that adds
    unchanged: Vec<Vec<bool>>,
}

/// Why outputs cannot be shown.
#[derive(Debug, thiserror::Error)]
#[error("the plugin's output {name:?} cannot be a column: {source}")]
pub struct OutputError {
    /// the output
    pub name: String,
    /// why
    #[source]
    pub source: ColumnError,
}

/// A stored record cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// to change it
    #[error(transparent)]
    Edit(#[from] EditError),
    /// to take fields out
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl Outputs {
    /// Adds the manifest's new columns to the report's.
    pub fn of(manifest: &Manifest, columns: &mut Columns) -> Result<Self, OutputError> {
        let error = |name: &String| {
            let name = name.clone();
            move |source| OutputError { name, source }
        };
        let dialect = Columns::in_record(["eventTime", "timestamp"]);
        let mut outputs = Self {
            paths: Paths::default(),
            vk_paths: Paths::default(),
            edits: vec![],
            replaced: vec![],
            shown: vec![],
            added: vec![],
            dialect: dialect.map_err(error(&manifest.name))?,
            changes_columns: false,
        };
        let inputs = &manifest.inputs;
        for (at, name) in manifest.outputs.iter().enumerate() {
            match inputs.iter().position(|input| input == name) {
                _ if name == ORIGIN => return Err(error(name)(ColumnError::Origin)),
                Some(input) => outputs.replace(at, name, input).map_err(error(name))?,
                None => outputs.add(at, name, columns).map_err(error(name))?,
            }
        }
        // After all fields by their own names: of one path twice, the first counts.
        for (at, name) in manifest.outputs.iter().enumerate() {
            if inputs.contains(name) {
                outputs.replace_others(at, name).map_err(error(name))?;
            }
        }
        Ok(outputs)
    }

    fn replace(&mut self, output: usize, name: &str, input: usize) -> Result<(), ColumnError> {
        let column = Column::in_record(name)?;
        self.changes_columns = true;
        self.replaced.push((output, input));
        let shown = IN_VIEW.iter().find(|(field, _)| *field == name);
        self.shown.extend(shown.map(|(_, shown)| (output, *shown)));
        let edit = self.edit(output, false);
        self.paths.insert(column.path(), edit);
        let only_if_there = OTHER_NAMES
            .iter()
            .any(|(field, _, is_vk)| *field == name && *is_vk);
        let edit = self.edit(output, only_if_there);
        self.vk_paths.insert(column.path(), edit);
        Ok(())
    }

    fn replace_others(&mut self, output: usize, name: &str) -> Result<(), ColumnError> {
        for (_, other, is_vk) in OTHER_NAMES.iter().filter(|(field, ..)| *field == name) {
            let edit = self.edit(output, true);
            let paths = if *is_vk {
                &mut self.vk_paths
            } else {
                &mut self.paths
            };
            paths.insert(Column::in_record(other)?.path(), edit);
        }
        Ok(())
    }

    fn add(&mut self, output: usize, name: &str, columns: &mut Columns) -> Result<(), ColumnError> {
        if columns.position(name).is_none() {
            columns.add(name)?;
        }
        self.added
            .extend(columns.position(name).map(|place| (place, output)));
        // A member of this name is replaced, and so are the columns that lead into it, and what the view makes of it.
        let is_below = |column: &Column| column.path().len() > 1 && column.path()[0] == name;
        self.changes_columns |= columns.iter().any(|one| is_below(one) || one.is_view());
        let edit = self.edit(output, false);
        self.paths.insert(&[name.to_owned()], edit);
        self.vk_paths.insert(&[name.to_owned()], edit);
        Ok(())
    }

    fn edit(&mut self, output: usize, only_if_there: bool) -> usize {
        self.edits.push(Place {
            output,
            only_if_there,
        });
        self.edits.len() - 1
    }

    /// Looks where a verdict on these columns changes nothing: there the record stays as it came, to the byte.
    pub fn judged(&self, verdict: Verdict, columns: &[Handed<'_>]) -> Judged {
        let mut unchanged = vec![vec![]; verdict.outputs.len()];
        for (output, input) in &self.replaced {
            let (new, old) = (&verdict.outputs[*output], &columns[*input]);
            let is_same = |row: usize| same(new.row(row), old.values[old.index[row] as usize]);
            unchanged[*output] = (0..verdict.keep.len()).map(is_same).collect();
        }
        Judged { verdict, unchanged }
    }

    /// The record as the report shows it. `with_members`: also with what is added, as JSON shows it.
    pub fn record<'r>(
        &self,
        record: &'r str,
        judged: &Judged,
        row: usize,
        with_members: bool,
    ) -> Result<Cow<'r, str>, ShowError> {
        if !(with_members || self.changes_columns) {
            return Ok(Cow::Borrowed(record));
        }
        let edits: Vec<Option<Edit>> = self
            .edits
            .iter()
            .map(|place| judged.edit(*place, row))
            .collect();
        if edits.iter().all(Option::is_none) {
            return Ok(Cow::Borrowed(record));
        }
        let paths = if self.is_vk(record)? {
            &self.vk_paths
        } else {
            &self.paths
        };
        Ok(Cow::Owned(paths.apply(record, &edits)?))
    }

    /// Puts what replaces a lookup field where the view shows that field. The record may say it in more places than those that
    /// were replaced: a caller's name is also in `principalId`.
    pub fn fill_view<'v>(
        &self,
        columns: &Columns,
        cells: &mut [Cell<'v>],
        judged: &'v Judged,
        row: usize,
    ) {
        for (output, name) in &self.shown {
            if judged.unchanged[*output].get(row) != Some(&true) {
                let value = cell(judged.verdict.outputs[*output].row(row));
                columns.put_in_view(cells, name, value);
            }
        }
    }

    /// Puts the added columns' values into a row's cells.
    pub fn fill<'v>(&self, cells: &mut [Cell<'v>], judged: &'v Judged, row: usize) {
        for (place, output) in &self.added {
            cells[*place] = cell(judged.verdict.outputs[*output].row(row));
        }
    }

    /// As `Dialect::of` has it; asked only where it matters.
    fn is_vk(&self, record: &str) -> Result<bool, RecordError> {
        if self.replaced.is_empty() {
            return Ok(false);
        }
        let cells = self.dialect.project(record)?;
        let is_there = |cell: &Cell<'_>| !matches!(cell, Cell::Absent | Cell::Null);
        Ok(!is_there(&cells[0]) && is_there(&cells[1]))
    }
}

impl Judged {
    fn edit(&self, place: Place, row: usize) -> Option<Edit> {
        if self.unchanged[place.output].get(row) == Some(&true) {
            return None;
        }
        let json = match self.verdict.outputs[place.output].row(row) {
            OwnedValue::Absent => return Some(Edit::Remove),
            OwnedValue::Null => "null".to_owned(),
            OwnedValue::Boolean(value) => value.to_string(),
            OwnedValue::Integer(value) => value.to_string(),
            // Checked to be finite.
            OwnedValue::Float(value) => serde_json::Value::from(*value).to_string(),
            OwnedValue::Text(text) => quoted(text),
            OwnedValue::Json(text) => text.trim().to_owned(),
        };
        Some(if place.only_if_there {
            Edit::SetIfThere(json)
        } else {
            Edit::Set(json)
        })
    }
}

fn same(new: &OwnedValue, old: Value<'_>) -> bool {
    match (new, old) {
        (OwnedValue::Absent, Value::Absent) | (OwnedValue::Null, Value::Null) => true,
        (OwnedValue::Boolean(new), Value::Boolean(old)) => *new == old,
        (OwnedValue::Integer(new), Value::Integer(old)) => *new == old,
        (OwnedValue::Float(new), Value::Float(old)) => new.to_bits() == old.to_bits(),
        (OwnedValue::Text(new), Value::Text(old)) | (OwnedValue::Json(new), Value::Json(old)) => {
            new == old
        }
        _ => false,
    }
}

fn cell(value: &OwnedValue) -> Cell<'_> {
    match value {
        OwnedValue::Absent => Cell::Absent,
        OwnedValue::Null => Cell::Null,
        OwnedValue::Boolean(value) => Cell::Boolean(*value),
        OwnedValue::Integer(value) => Cell::Integer(*value),
        OwnedValue::Float(value) => Cell::Float(*value),
        OwnedValue::Text(text) => Cell::Text(text.into()),
        OwnedValue::Json(text) => Cell::Json(text.trim().into()),
    }
}
