//! Which fields a report shows.

use std::collections::HashSet;

use crate::event::Dialect;

use super::cell::Cell;
use super::defaults;
use super::project::{Fields, RecordError};

/// The column of how an event came ([`crate::origin::Origin`]). It is no field of the record, which anybody may write:
/// a member of this name at the top of a record is no column.
pub const ORIGIN: &str = "origin";
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
    /// a plugin's, named [`ORIGIN`]
    #[error("{ORIGIN:?} says how an event came, which a plugin cannot say")]
    Origin,
}

/// One column: a path in the record, [`ORIGIN`], or a column that a plugin adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    name: String,
    path: Vec<String>,
}

impl Column {
    /// Reads a path: names of fields with dots between them. In a name, a dot is written `\.` and a backslash
    /// `\\`. A path leads through objects, not into arrays: `resources`, not `resources.ARN`.
    ///
    /// ```
    /// use activity_log_core::fields::Column;
    /// let column = Column::parse(r"requestParameters.tags.example\.com/owner")?;
    /// assert_eq!(column.path(), ["requestParameters", "tags", "example.com/owner"]);
    /// assert!(Column::parse("userIdentity..userName").is_err());
    /// # Ok::<(), activity_log_core::fields::ColumnError>(())
    /// ```
    pub fn parse(path: &str) -> Result<Self, ColumnError> {
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
        Ok(Self::of(path, names))
    }

    fn of(name: &str, path: Vec<String>) -> Self {
        let path = if name == ORIGIN { vec![] } else { path };
        Self {
            name: name.to_owned(),
            path,
        }
    }

    /// What stands in the header: the path as it was written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the fields it leads through; empty for [`ORIGIN`] and for a column that a plugin adds.
    pub fn path(&self) -> &[String] {
        &self.path
    }

    /// Whether it is the event's time, in any dialect.
    pub fn is_event_time(&self) -> bool {
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
    /// Reads the paths one by one ([`Column::parse`]).
    pub fn parse<I>(paths: I) -> Result<Self, ColumnError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let mut list = vec![];
        for path in paths {
            if list.len() == COLUMNS {
                return Err(ColumnError::TooMany);
            }
            list.push(Column::parse(path.as_ref())?);
        }
        if list.is_empty() {
            return Err(ColumnError::None);
        }
        let mut seen = HashSet::new();
        if let Some(column) = list.iter().find(|column| !seen.insert(column.name())) {
            return Err(ColumnError::Twice(column.name.clone()));
        }
        let fields = Fields::of(&list);
        Ok(Self { list, fields })
    }

    /// What a report of such records shows if nobody chose: the first dialect's columns, then what the others
    /// have besides. Of no dialect: [`Columns::default`].
    pub fn of_dialects(dialects: &[Dialect]) -> Self {
        if dialects.is_empty() {
            return Self::default();
        }
        let mut list: Vec<Column> = vec![];
        for name in dialects.iter().flat_map(|one| defaults::columns(*one)) {
            if list.iter().all(|column| column.name != *name) {
                list.push(Column::of(
                    name,
                    name.split('.').map(str::to_owned).collect(),
                ));
            }
        }
        let fields = Fields::of(&list);
        Self { list, fields }
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
        });
        Ok(())
    }

    /// Which column has this name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.list.iter().position(|column| column.name == name)
    }

    /// Puts how the event came where it is asked for; the record does not say.
    pub fn put_origin<'a>(&self, cells: &mut [Cell<'a>], origin: &'a str) {
        if let Some(cell) = self.position(ORIGIN).and_then(|at| cells.get_mut(at)) {
            *cell = Cell::Text(origin.into());
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

    /// Takes the columns' cells out of a record, which is the text of a JSON object. [`ORIGIN`]'s stays absent
    /// ([`Columns::put_origin`]).
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
    /// Those of CloudTrail's and K2's records, which have most names in common. VK's have none of them: see
    /// [`Columns::of_dialects`].
    fn default() -> Self {
        Self::of_dialects(&[Dialect::CloudTrail, Dialect::K2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(paths: &[&str]) -> String {
        Columns::parse(paths).unwrap_err().to_string()
    }

    #[test]
    fn every_cap_is_named() {
        let many: Vec<String> = (0..=COLUMNS).map(|at| format!("c{at}")).collect();
        let most = Columns::parse(&many[..COLUMNS]).unwrap();
        assert_eq!(most.len(), COLUMNS);
        assert_eq!(most.clone().add("x"), Err(ColumnError::TooMany));
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(refused(&many), "more than 100");

        let long = "é".repeat(PATH_BYTES / 2);
        assert!(Column::parse(&long).is_ok());
        let error = refused(&[&format!("{long}.")]);
        assert!(error.ends_with("is 257 bytes long; at most 256"), "{error}");

        let deep = vec!["d"; DEPTH].join(".");
        assert!(Column::parse(&deep).is_ok());
        let error = refused(&[&format!("{deep}.d")]);
        assert!(error.ends_with("has 17 names; at most 16"), "{error}");
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for path in ["", ".", "a.", ".a", "a..b"] {
            let empty = Column::parse(path);
            assert_eq!(empty, Err(ColumnError::EmptyName(path.to_owned())));
        }
        assert_eq!(refused(&[]), "name at least one");
        assert_eq!(refused(&["a", "b", "a"]), "\"a\" is named twice");
        assert!(matches!(Column::parse("a\\"), Err(ColumnError::Escape(_))));
        assert!(matches!(Column::parse("\\a"), Err(ColumnError::Escape(_))));
        assert!(matches!(Column::parse("a\n"), Err(ColumnError::Control(_))));
    }

    #[test]
    fn defaults_are_columns_one_could_have_chosen() {
        for dialects in [
            &[Dialect::CloudTrail][..],
            &[Dialect::K2],
            &[Dialect::Vk],
            &[Dialect::Vk, Dialect::K2, Dialect::CloudTrail],
        ] {
            let columns = Columns::of_dialects(dialects);
            let names = columns.iter().map(Column::name);
            let parsed = Columns::parse(names).unwrap();
            assert_eq!(columns.list, parsed.list);
            assert!(columns.list[0].is_event_time());
            assert_eq!(columns.list[1].name, dialects[0].name_field());
        }
        let both = Columns::default();
        assert_eq!(Columns::of_dialects(&[]).list, both.list);
        assert_eq!(both.position("eventTime"), Some(0));
        assert!(both.position("userName").is_some());
        assert!(both.position("userIdentity.userName").is_some());
    }

    #[test]
    fn no_record_and_no_plugin_says_how_an_event_came() {
        let mut columns = Columns::parse(["origin", "a", "a.origin"]).unwrap();
        let mut cells = columns
            .project(r#"{"origin":"service","a":{"origin":"x"}}"#)
            .unwrap();
        assert_eq!(cells[0], Cell::Absent);
        columns.put_origin(&mut cells, "producer:eve");
        assert_eq!(cells[0], Cell::Text("producer:eve".into()));
        assert_eq!(cells[2], Cell::Text("x".into()));
        assert_eq!(columns.add(ORIGIN), Err(ColumnError::Origin));
        for dialect in [Dialect::CloudTrail, Dialect::K2, Dialect::Vk] {
            assert!(Columns::of_dialects(&[dialect]).position(ORIGIN).is_some());
        }
    }

    #[test]
    fn a_plugins_column_waits_for_its_cells() {
        let mut columns = Columns::parse(["a"]).unwrap();
        columns.add("risk.score").unwrap();
        assert!(matches!(columns.add("a"), Err(ColumnError::Twice(_))));
        let cells = columns.project(r#"{"a":1,"risk":{"score":2}}"#).unwrap();
        assert_eq!(cells, [Cell::Integer(1), Cell::Absent]);
    }
}
