//! What every format's writer does.

use std::fs::File;
use std::io::{self, Cursor, Read};

use rust_xlsxwriter::XlsxError;
use serde::{Deserialize, Serialize};

use crate::csv::CsvWriter;
use activity_log_core::fields::Cell;
use activity_log_core::fields::Columns;
use activity_log_core::reports::Format;

use crate::format::Settings;
use crate::json::{JsonWriter, Layout};

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// the caller's fault
    #[error("a row of {cells} cells in a report of {columns} columns")]
    Width {
        /// what the row has
        cells: usize,
        /// what the report has
        columns: usize,
    },
    /// [`Settings::disk_bytes`]
    #[error(
        "the workbook needs more than the {cap} bytes it may have on disk, after {rows} rows: choose CSV, fewer columns or a shorter time"
    )]
    Disk {
        /// the setting
        cap: u64,
        /// rows written until then
        rows: u64,
    },
    /// [`Delivery::AtTheEnd`](activity_log_core::reports::Delivery::AtTheEnd)
    #[error("a report in {0} cannot be suspended")]
    Suspend(Format),
    /// not for what is written here
    #[error("CSV")]
    Csv(#[source] csv::Error),
    /// no temporary file, for example
    #[error("XLSX")]
    Xlsx(#[source] Box<XlsxError>),
    /// the finished workbook
    #[error("the workbook's temporary file")]
    Io(#[from] io::Error),
}

/// One event of the report.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// the record, the text of a JSON object: JSON and NDJSON reports show all of it. Whoever redacts columns must hand
    /// the redacted text.
    pub record: &'a str,
    /// the columns' cells; a format without columns does not look at them
    pub cells: &'a [Cell<'a>],
}

/// Writes a report's file, row by row.
pub trait RowWriter: Send {
    /// Adds a row. An error leaves the file unfinished: it is to be thrown away.
    fn push(&mut self, row: Row<'_>) -> Result<(), Error>;

    /// Bytes ready to be sent, at least [`Settings::part_bytes`]; `None` until there are. To be asked after
    /// each row, for until they are taken they are kept. A format that delivers
    /// [`AtTheEnd`](activity_log_core::reports::Delivery::AtTheEnd) always says `None`.
    fn take_part(&mut self) -> Option<Vec<u8>>;

    /// Bytes that [`RowWriter::finish`] has to go through before there is a file: it takes its time in proportion. A
    /// format that delivers in parts has none.
    fn waiting_bytes(&self) -> u64 {
        0
    }

    /// Stops between two rows: the bytes not yet taken, of any number, and the place to go on from.
    fn suspend(self: Box<Self>) -> Result<(Vec<u8>, Place), Error>;

    /// Ends the file.
    fn finish(self: Box<Self>) -> Result<Finished, Error>;
}

/// How far a suspended report got. Every byte up to here was handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// of what
    pub format: Format,
    /// rows written
    pub rows: u64,
    /// bytes handed out
    pub bytes: u64,
}

impl Place {
    /// Goes on from here, with the columns and settings the report began with.
    pub fn resume(
        self,
        columns: &Columns,
        settings: &Settings,
    ) -> Result<Box<dyn RowWriter>, Error> {
        match self.format {
            Format::Csv => Ok(Box::new(CsvWriter::resume(self, columns, settings))),
            Format::Json => Ok(Box::new(JsonWriter::resume(
                Layout::Document,
                self,
                settings,
            ))),
            Format::Ndjson => Ok(Box::new(JsonWriter::resume(Layout::Lines, self, settings))),
            Format::Xlsx => Err(Error::Suspend(self.format)),
        }
    }
}

/// A finished file; the bytes not yet taken, and what is told of it.
#[derive(Debug)]
pub struct Finished {
    /// the last bytes: all of them for a format that delivers [`AtTheEnd`](activity_log_core::reports::Delivery::AtTheEnd)
    pub rest: Rest,
    /// rows in all
    pub rows: u64,
    /// bytes of the file in all
    pub bytes: u64,
    /// XLSX: sheets
    pub sheets: u32,
    /// XLSX: texts that were cut at [`CELL_CHARS`](crate::CELL_CHARS)
    pub cut_cells: u64,
}

/// Bytes in memory or in a temporary file, to be read once.
#[derive(Debug)]
pub struct Rest(Source);

#[derive(Debug)]
enum Source {
    Memory(Cursor<Vec<u8>>),
    Disk(File),
}

impl Rest {
    pub(crate) fn memory(bytes: Vec<u8>) -> Self {
        Self(Source::Memory(Cursor::new(bytes)))
    }

    /// Of a file that stands at its start.
    pub(crate) fn disk(file: File) -> Self {
        Self(Source::Disk(file))
    }

    /// The next bytes, at most so many and fewer only at the end; then `None`.
    pub fn next_part(&mut self, most_bytes: usize) -> io::Result<Option<Vec<u8>>> {
        let mut part = vec![];
        self.take(most_bytes as u64).read_to_end(&mut part)?;
        Ok((!part.is_empty()).then_some(part))
    }
}

impl Read for Rest {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Source::Memory(bytes) => bytes.read(buffer),
            Source::Disk(file) => file.read(buffer),
        }
    }
}

pub(crate) fn check_width(cells: &[Cell<'_>], columns: usize) -> Result<(), Error> {
    if cells.len() == columns {
        return Ok(());
    }
    Err(Error::Width {
        cells: cells.len(),
        columns,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rest_is_read_in_parts() {
        let mut rest = Rest::memory(vec![1, 2, 3]);
        assert_eq!(rest.next_part(2).unwrap(), Some(vec![1, 2]));
        assert_eq!(rest.next_part(2).unwrap(), Some(vec![3]));
        assert_eq!(rest.next_part(2).unwrap(), None);
    }

    #[test]
    fn a_row_must_have_the_reports_width() {
        for format in [Format::Csv, Format::Xlsx] {
            let columns = Columns::parse(["a", "b"]).unwrap();
            let mut writer = crate::begin(format, &columns, &Settings::default()).unwrap();
            let cells = [Cell::Null];
            let row = Row {
                record: "{}",
                cells: &cells,
            };
            let error = writer.push(row).unwrap_err().to_string();
            assert_eq!(error, "a row of 1 cells in a report of 2 columns");
        }
    }
}
