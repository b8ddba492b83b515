//! What a plugin is handed: its manifest's inputs over rows of a batch, as dictionary-coded columns.
//!
//! Thirteen names are **lookup fields** ([`LOOKUP_FIELDS`]): the same in every dialect, and taken from the store's
//! columns without reading a record. Every other input is a path in the record, and `""` is the record; both are as
//! they stand in it.

use std::fmt::Write as _;
use std::ops::Range;

use activity_log_core::columns::{Column, Columns};
use activity_log_core::fields::{Cell, ColumnError, Columns as Paths, ORIGIN, RecordError};
use activity_log_core::read::{Part, RowAt};
use activity_log_core::reader::ReadError;
use activity_log_plugin::{Column as Handed, ColumnBuilder, Value};

/// The names that mean the same in every dialect.
pub const LOOKUP_FIELDS: [(&str, Lookup); 13] = [
    ("eventID", Lookup::Id),
    ("eventTime", Lookup::Time),
    ("readOnly", Lookup::ReadOnly),
    ("eventName", Lookup::Text(Column::Name)),
    ("eventSource", Lookup::Text(Column::Source)),
    ("awsRegion", Lookup::Text(Column::Region)),
    ("sourceIPAddress", Lookup::Text(Column::SourceIp)),
    ("errorCode", Lookup::Text(Column::ErrorCode)),
    ("eventType", Lookup::Text(Column::EventType)),
    (
        "userIdentity.accessKeyId",
        Lookup::Text(Column::AccessKeyId),
    ),
    ("userName", Lookup::Text(Column::Username)),
    ("project", Lookup::Text(Column::Project)),
    (ORIGIN, Lookup::Text(Column::Origin)),
];

/// A lookup field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// text
    Id,
    /// RFC 3339 text, in UTC
    Time,
    /// whether the call only read, told by the record or inferred from its name
    ReadOnly,
    /// text, absent where there is none
    Text(Column),
}

/// Where an input comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Lookup(Lookup),
    /// of the paths, the one with this number
    Path(usize),
    Record,
}

/// A manifest's inputs.
#[derive(Clone, Debug)]
pub struct Inputs {
    sources: Vec<Source>,
    paths: Option<Paths>,
}

/// Rows to be handed over.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// where they lie in the parts
    pub at: &'a [RowAt],
    /// their records; empty where no input needs them
    pub records: &'a [&'a str],
}

impl Inputs {
    /// Of a manifest.
    pub fn of(names: &[String]) -> Result<Self, ColumnError> {
        let mut paths = vec![];
        let mut source = |name: &String| {
            let lookup = LOOKUP_FIELDS.iter().find(|(known, _)| known == name);
            match lookup {
                Some((_, lookup)) => Source::Lookup(*lookup),
                None if name.is_empty() => Source::Record,
                None => {
                    paths.push(name.clone());
                    Source::Path(paths.len() - 1)
                }
            }
        };
        let sources = names.iter().map(&mut source).collect();
        let paths = (!paths.is_empty())
            .then(|| Paths::in_record(&paths))
            .transpose()?;
        Ok(Self { sources, paths })
    }

    /// Whether records must be read for them.
    pub fn need_records(&self) -> bool {
        self.sources
            .iter()
            .any(|source| !matches!(source, Source::Lookup(_)))
    }

    /// Hands the rows' columns to `hand`. `parts` are the opened ones that the rows lie in. A record that is not as it
    /// was written is an error.
    pub fn columns<T>(
        &self,
        parts: &[Opened<'_>],
        rows: Rows<'_>,
        hand: impl FnOnce(Vec<Handed<'_>>) -> T,
    ) -> Result<T, RecordError> {
        let texts = Texts::of(&self.sources, parts, rows.at);
        let cells = self.cells(rows.records)?;
        let columns: Vec<ColumnBuilder<'_>> = self
            .sources
            .iter()
            .map(|source| match source {
                Source::Lookup(Lookup::Id) => texts.id_column(),
                Source::Lookup(Lookup::Time) => texts.time_column(),
                Source::Lookup(Lookup::ReadOnly) => read_only(parts, rows.at),
                Source::Lookup(Lookup::Text(column)) => dictionary(parts, rows.at, *column),
                Source::Path(path) => path_column(&cells, *path),
                Source::Record => record_column(rows.records),
            })
            .collect();
        Ok(hand(columns.iter().map(ColumnBuilder::column).collect()))
    }

    fn cells<'r>(&self, records: &[&'r str]) -> Result<Vec<Vec<Cell<'r>>>, RecordError> {
        self.paths.as_ref().map_or(Ok(vec![]), |paths| {
            records.iter().map(|record| paths.project(record)).collect()
        })
    }
}

/// A part with its columns decoded.
#[derive(Debug)]
pub struct Opened<'p> {
    columns: Columns<'p>,
}

impl<'p> Opened<'p> {
    /// Decodes the columns.
    pub fn open(part: &'p Part) -> Result<Self, ReadError> {
        let columns = Columns::decode(part.columns()).map_err(|source| ReadError::Damaged {
            key: part.name(),
            source: Box::new(source),
        })?;
        Ok(Self { columns })
    }

    /// The columns.
    pub const fn columns(&self) -> &Columns<'p> {
        &self.columns
    }

    /// How a row's event came.
    pub fn origin(&self, row: usize) -> &str {
        let column = self.columns.text(Column::Origin);
        column.of_row(row).unwrap_or_default()
    }
}

/// Texts that stand nowhere as such: ids are stored as bytes, times as numbers.
#[derive(Default)]
struct Texts {
    text: String,
    ids: Vec<Range<usize>>,
    times: Vec<Range<usize>>,
    /// by row: which of the times
    time_of: Vec<usize>,
}

impl Texts {
    fn of(sources: &[Source], parts: &[Opened<'_>], rows: &[RowAt]) -> Self {
        let mut texts = Self::default();
        if sources.contains(&Source::Lookup(Lookup::Id)) {
            for at in rows {
                let id = parts[at.part].columns.id(at.row);
                let start = texts.text.len();
                texts.text.push_str(&id);
                texts.ids.push(start..texts.text.len());
            }
        }
        if sources.contains(&Source::Lookup(Lookup::Time)) {
            let mut last = None;
            for at in rows {
                let time = parts[at.part].columns.time(at.row);
                // Rows come in order of time.
                if last != Some(time) {
                    last = Some(time);
                    let start = texts.text.len();
                    // Writing to a text does not fail.
                    let _ = write!(texts.text, "{time}");
                    texts.times.push(start..texts.text.len());
                }
                texts.time_of.push(texts.times.len() - 1);
            }
        }
        texts
    }

    /// Ids are all different.
    fn id_column(&self) -> ColumnBuilder<'_> {
        let mut column = ColumnBuilder::with_capacity(self.ids.len());
        for place in &self.ids {
            column.push_new(Value::Text(&self.text[place.clone()]));
        }
        column
    }

    fn time_column(&self) -> ColumnBuilder<'_> {
        let mut column = ColumnBuilder::with_capacity(self.time_of.len());
        let texts = self.times.iter().map(|place| &self.text[place.clone()]);
        let codes: Vec<u32> = texts.map(|text| column.intern(Value::Text(text))).collect();
        for time in &self.time_of {
            column.push_code(codes[*time]);
        }
        column
    }
}

/// Hardly two records are the same, and to look would take longer than to hand both over.
fn record_column<'a>(records: &[&'a str]) -> ColumnBuilder<'a> {
    let mut column = ColumnBuilder::with_capacity(records.len());
    for record in records {
        column.push_new(Value::Json(record));
    }
    column
}

fn read_only<'a>(parts: &[Opened<'_>], rows: &[RowAt]) -> ColumnBuilder<'a> {
    let mut column = ColumnBuilder::with_capacity(rows.len());
    let codes = [false, true].map(|value| column.intern(Value::Boolean(value)));
    for at in rows {
        let is_read_only = parts[at.part].columns.read_only(at.row);
        column.push_code(codes[usize::from(is_read_only)]);
    }
    column
}

/// A part's codes become the batch's: each of its values is looked up once, and only if a row has it.
fn dictionary<'a>(parts: &'a [Opened<'_>], rows: &[RowAt], column: Column) -> ColumnBuilder<'a> {
    const UNKNOWN: u32 = u32::MAX;
    let mut maps = Vec::with_capacity(parts.len());
    for opened in parts {
        let dictionary = opened.columns.text(column);
        maps.push((dictionary, vec![UNKNOWN; dictionary.len() as usize + 1]));
    }
    let mut built = ColumnBuilder::with_capacity(rows.len());
    for at in rows {
        let (dictionary, known) = &mut maps[at.part];
        // A code that no value has is absent, as the dictionary says.
        let code = (dictionary.code(at.row) as usize).min(known.len() - 1);
        if known[code] == UNKNOWN {
            let value = dictionary.value(number(code));
            known[code] = built.intern(value.map_or(Value::Absent, Value::Text));
        }
        built.push_code(known[code]);
    }
    built
}

fn path_column<'a>(cells: &'a [Vec<Cell<'_>>], path: usize) -> ColumnBuilder<'a> {
    let mut column = ColumnBuilder::with_capacity(cells.len());
    for row in cells {
        column.push(value(&row[path]));
    }
    column
}

/// A cell as a plugin sees it.
fn value<'a>(cell: &'a Cell<'_>) -> Value<'a> {
    match cell {
        Cell::Absent => Value::Absent,
        Cell::Null => Value::Null,
        Cell::Boolean(value) => Value::Boolean(*value),
        Cell::Integer(value) => Value::Integer(*value),
        Cell::Float(value) => Value::Float(*value),
        Cell::Text(text) => Value::Text(text),
        Cell::Json(text) => Value::Json(text),
    }
}

/// A batch has 4,096 rows.
pub(crate) fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
