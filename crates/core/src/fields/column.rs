//! Which fields a report shows.

use std::collections::HashSet;

use crate::event::{Dialect, View};

use super::cell::Cell;
use super::defaults;
use super::project::{Fields, RecordError};

/// The column of how an event came ([`crate::origin::Origin`]), one of those of [`View`]. No field of the record says it,
/// which anybody may write.
pub const ORIGIN: &str = "origin";
/// Asked for alone, the record's own fields ([`Columns::of_dialects`]).
pub const RECORD: &str = "record";
/// Most columns of a report.
pub const COLUMNS: usize = 100;
/// Most names in a path.
pub const DEPTH: usize = 16;
/// Longest path, in bytes.
pub const PATH_BYTES: usize = 256;

/// Why columns are not taken.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ColumnError {
    /// none at all
    #[error("name at least one")]
    None,
    /// more than [`COLUMNS`]
    #[error("more than {COLUMNS}")]
    TooMany,
    /// longer than [`PATH_BYTES`]
    #[error("{start:?}… is {bytes} bytes long; at most {PATH_BYTES}")]
    TooLong {
        /// its first characters
        start: String,
        /// its length
        bytes: usize,
    },
    /// more names than [`DEPTH`]
    #[error("{column:?} has {names} names; at most {DEPTH}")]
    TooDeep {
        /// the path
        column: String,
        /// how many names it has
        names: usize,
    },
    /// `""`, `a..b`, `a.`
    #[error("{0:?} has an empty name; write a path such as userIdentity.userName")]
    EmptyName(String),
    /// a backslash before something else than a dot or a backslash
    #[error(r"{0:?}: only \. (a dot in a name) and \\ may follow a backslash")]
    Escape(String),
    /// a control character
    #[error("{0:?} has a control character")]
    Control(String),
    /// named before
    #[error("{0:?} is named twice")]
    Twice(String),
    /// [`RECORD`] among others
    #[error("{RECORD:?} is all of the record's own fields: name it alone, or name paths")]
    NotAlone,
    /// a plugin's, named [`ORIGIN`]
    #[error("{ORIGIN:?} says how an event came, which a plugin cannot say")]
    Origin,
}

/// One column: of the [view](View), a path in the record, or one that a plugin adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    name: String,
    path: Vec<String>,
    is_view: bool,
}

impl Column {
    /// Reads a column's name: one of [`View::NAMES`], else a path ([`Column::in_record`]). So a member of such a name at the
    /// top of a record is no column.
    pub fn parse(name: &str) -> Result<Self, ColumnError> {
        if View::NAMES.contains(&name) {
            return Ok(Self {
                name: name.to_owned(),
                path: vec![],
                is_view: true,
            });
        }
        Self::in_record(name)
    }

    /// Reads a path: names of fields with dots between them. In a name, a dot is written `\.` and a backslash
    /// `\\`. A path leads through objects, not into arrays: `resources`, not `resources.ARN`.
    ///
    /// ```
    /// use activity_log_core::fields::Column;
    /// let column = Column::in_record(r"requestParameters.tags.example\.com/owner")?;
    /// assert_eq!(column.path(), ["requestParameters", "tags", "example.com/owner"]);
    /// assert!(Column::in_record("userIdentity..userName").is_err());
    /// # Ok::<(), activity_log_core::fields::ColumnError>(())
    /// ```
    pub fn in_record(path: &str) -> Result<Self, ColumnError> {
        check_name(path)?;
        let names = names(path)?;
        if names.iter().any(String::is_empty) {
            return Err(ColumnError::EmptyName(path.to_owned()));
        }
        if names.len() > DEPTH {
            return Err(ColumnError::TooDeep {
                column: path.to_owned(),
                names: names.len(),
            });
        }
        Ok(Self {
            name: path.to_owned(),
            path: names,
            is_view: false,
        })
    }

    /// What stands in the header: the path as it was written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the fields it leads through; empty for a column of the view and for one that a plugin adds.
    pub fn path(&self) -> &[String] {
        &self.path
    }

    /// Whether the [view](View) says it, but how an event came, which nothing in its record does.
    pub fn is_view(&self) -> bool {
        self.is_view && self.name != ORIGIN
    }

    /// Whether it is the event's time, in any dialect.
    pub fn is_event_time(&self) -> bool {
        if self.is_view {
            return self.name == "time";
        }
        let times = [Dialect::CloudTrail, Dialect::K2, Dialect::Vk].map(Dialect::time_field);
        matches!(self.path.as_slice(), [name] if times.contains(&name.as_str()))
    }
}

fn check_name(name: &str) -> Result<(), ColumnError> {
    if name.len() > PATH_BYTES {
        return Err(ColumnError::TooLong {
            start: name.chars().take(40).collect(),
            bytes: name.len(),
        });
    }
    if name.is_empty() {
        return Err(ColumnError::EmptyName(name.to_owned()));
    }
    if name.chars().any(char::is_control) {
        return Err(ColumnError::Control(name.to_owned()));
    }
    Ok(())
}

fn names(path: &str) -> Result<Vec<String>, ColumnError> {
    let mut names = vec![];
    let mut name = String::new();
    let mut chars = path.chars();
    while let Some(char) = chars.next() {
        match char {
            '.' => names.push(std::mem::take(&mut name)),
            '\\' => match chars.next() {
                Some(escaped @ ('.' | '\\')) => name.push(escaped),
                _ => return Err(ColumnError::Escape(path.to_owned())),
            },
            _ => name.push(char),
        }
    }
    names.push(name);
    Ok(names)
}

/// The columns of a report, in their order, no two alike.
#[derive(Clone, Debug)]
pub struct Columns {
    list: Vec<Column>,
    fields: Fields,
}

impl Columns {
    /// What a report shows whose maker asked for these: none, the default; [`RECORD`] alone, the record's own fields; else
    /// each by its name ([`Columns::parse`]).
    pub fn asked<S: AsRef<str>>(names: &[S]) -> Result<Self, ColumnError> {
        match names {
            [] => Ok(Self::default()),
            [name] if name.as_ref() == RECORD => Ok(Self::of_dialects(&Dialect::ALL)),
            names if names.iter().any(|name| name.as_ref() == RECORD) => Err(ColumnError::NotAlone),
            names => Self::parse(names),
        }
    }

    /// Reads the names one by one ([`Column::parse`]).
    pub fn parse<I>(names: I) -> Result<Self, ColumnError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        Self::read(names, Column::parse)
    }

    /// Reads paths, each of them in the record, whatever it is called ([`Column::in_record`]).
    pub fn in_record<I>(paths: I) -> Result<Self, ColumnError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        Self::read(paths, Column::in_record)
    }

    fn read<I>(
        names: I,
        column: impl Fn(&str) -> Result<Column, ColumnError>,
    ) -> Result<Self, ColumnError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let mut list = vec![];
        for name in names {
            if list.len() == COLUMNS {
                return Err(ColumnError::TooMany);
            }
            list.push(column(name.as_ref())?);
        }
        if list.is_empty() {
            return Err(ColumnError::None);
        }
        let mut seen = HashSet::new();
        if let Some(column) = list.iter().find(|column| !seen.insert(column.name())) {
            return Err(ColumnError::Twice(column.name.clone()));
        }
        Ok(Self::of(list))
    }

    fn of(list: Vec<Column>) -> Self {
        let fields = Fields::of(&list);
        Self { list, fields }
    }

    /// The own fields of such records: the first dialect's, then what the others have besides. What the [view](View) has too
    /// is the view's, which says the same.
    pub fn of_dialects(dialects: &[Dialect]) -> Self {
        let mut list: Vec<Column> = vec![];
        for name in dialects.iter().flat_map(|one| defaults::columns(*one)) {
            if list.iter().all(|column| column.name != *name) {
                let is_view = View::NAMES.contains(name);
                let path = name.split('.').map(str::to_owned).collect();
                list.push(Column {
                    name: (*name).to_owned(),
                    path: if is_view { vec![] } else { path },
                    is_view,
                });
            }
        }
        Self::of(list)
    }

    /// Adds a column that is no field of the record: its cells are [`Cell::Absent`] until the caller, who
    /// asked a plugin, puts others there.
    pub fn add(&mut self, name: &str) -> Result<(), ColumnError> {
        check_name(name)?;
        if name == ORIGIN {
            return Err(ColumnError::Origin);
        }
        if self.list.len() == COLUMNS {
            return Err(ColumnError::TooMany);
        }
        if self.position(name).is_some() {
            return Err(ColumnError::Twice(name.to_owned()));
        }
        self.list.push(Column {
            name: name.to_owned(),
            path: vec![],
            is_view: false,
        });
        Ok(())
    }

    /// Which column has this name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.list.iter().position(|column| column.name == name)
    }

    /// Puts what the event's [view](View) says where it is asked for. The record is the one whose cells these are; how it
    /// came it does not say.
    pub fn put_view<'a>(&self, cells: &mut [Cell<'a>], record: &'a str, origin: &'a str) {
        let mut asked = self
            .list
            .iter()
            .zip(cells)
            .filter(|(column, _)| column.is_view);
        let Some((first, cell)) = asked.next() else {
            return;
        };
        let mut rest = asked.peekable();
        if first.name == ORIGIN && rest.peek().is_none() {
            *cell = Cell::Text(origin.into());
            return;
        }
        let view = View::of_record(record, origin);
        for (column, cell) in std::iter::once((first, cell)).chain(rest) {
            *cell = view.get(&column.name).map_or(Cell::Absent, Cell::Text);
        }
    }

    /// Puts something else where the view's column of this name is asked for.
    pub fn put_in_view<'a>(&self, cells: &mut [Cell<'a>], name: &str, value: Cell<'a>) {
        let mut asked = self.list.iter().zip(cells);
        if let Some((_, cell)) = asked.find(|(column, _)| column.is_view && column.name == name) {
            *cell = value;
        }
    }

    /// How many there are.
    #[expect(
        clippy::len_without_is_empty,
        reason = "columns that were read are never none"
    )]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// In their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Column> {
        self.list.iter()
    }

    /// Takes the columns' cells out of a record, which is the text of a JSON object. Those of the view stay absent
    /// ([`Columns::put_view`]).
    ///
    /// ```
    /// use activity_log_core::fields::{Cell, Columns};
    /// let columns = Columns::parse(["userIdentity.userName", "readOnly", "errorCode"])?;
    /// let cells = columns.project(r#"{"readOnly":true,"userIdentity":{"userName":"alice"}}"#)?;
    /// assert_eq!(cells, [Cell::Text("alice".into()), Cell::Boolean(true), Cell::Absent]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn project<'a>(&self, record: &'a str) -> Result<Vec<Cell<'a>>, RecordError> {
        let mut cells = vec![Cell::Absent; self.list.len()];
        self.fields.fill(record, &mut cells)?;
        Ok(cells)
    }
}

impl<'a> IntoIterator for &'a Columns {
    type Item = &'a Column;
    type IntoIter = std::slice::Iter<'a, Column>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Default for Columns {
    /// The [view](View), which events of every dialect have.
    fn default() -> Self {
        let column = |name: &str| Column {
            name: name.to_owned(),
            path: vec![],
            is_view: true,
        };
        Self::of(View::NAMES.map(column).into())
    }
}

#[cfg(test)]
mod tests;
