//! Beginning a file, and what is set for it.

use std::path::PathBuf;

use activity_log_core::fields::Columns;
use activity_log_core::instant::Instant;
use activity_log_core::reports::Format;

use crate::csv::CsvWriter;
use crate::json::{JsonWriter, Layout};
use crate::writer::{Error, RowWriter};
use crate::xlsx::{self, XlsxWriter};

/// Begins a file of this format.
pub fn begin(
    format: Format,
    columns: &Columns,
    settings: &Settings,
) -> Result<Box<dyn RowWriter>, Error> {
    Ok(match format {
        Format::Csv => Box::new(CsvWriter::begin(columns, settings)?),
        Format::Json => Box::new(JsonWriter::begin(Layout::Document, settings)),
        Format::Ndjson => Box::new(JsonWriter::begin(Layout::Lines, settings)),
        Format::Xlsx => Box::new(XlsxWriter::begin(columns, settings)?),
    })
}

/// How a file is written.
#[derive(Clone, Debug)]
pub struct Settings {
    /// least bytes of a part; S3 takes no part under 5 MiB but the last
    pub part_bytes: usize,
    /// CSV: begin with a byte order mark. Without one Excel takes UTF-8 for the machine's old code page when a
    /// file is opened by a double click; with one Python's `csv`, pandas and Unix tools see three more bytes
    /// in front of the first column's name. So: no, unless asked for; who uses Excel has XLSX.
    pub byte_order_mark: bool,
    /// XLSX: rows of a sheet, its header included; 2 to [`SHEET_ROWS`](crate::SHEET_ROWS)
    pub sheet_rows: u32,
    /// XLSX: most bytes on disk: the sheets as XML and the finished file, which is about a seventh of that. A
    /// row of the default columns takes 1.4 KB of XML in real CloudTrail events, so that the default cap is
    /// reached after about 280,000. A Lambda's `/tmp` has 512 MB unless more is asked for (up to 10 GB). What
    /// is set here must be there: the library under us panics when the disk is full.
    pub disk_bytes: u64,
    /// XLSX: where the temporary files are; they have no names and go with the process
    pub disk: PathBuf,
    /// XLSX: the workbook's time of creation
    pub created: Instant,
}

impl Default for Settings {
    /// Parts of 8 MiB, no byte order mark, the largest sheets, 480 MB of [`std::env::temp_dir`], 1970.
    fn default() -> Self {
        Self {
            part_bytes: 8 * 1024 * 1024,
            byte_order_mark: false,
            sheet_rows: xlsx::SHEET_ROWS,
            disk_bytes: 480_000_000,
            disk: std::env::temp_dir(),
            created: Instant::from_millis(0),
        }
    }
}
