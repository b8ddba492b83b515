//! The formats, and what is set for a report's file.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use activity_log_core::instant::Instant;
use serde::{Deserialize, Serialize};

use crate::column::Columns;
use crate::csv::CsvWriter;
use crate::json::JsonWriter;
use crate::writer::{Error, RowWriter};
use crate::xlsx::{self, XlsxWriter};

/// What kind of file a report is.
///
/// ```
/// use activity_log_report::Format;
/// let format: Format = "xlsx".parse()?;
/// assert_eq!(format.extension(), "xlsx");
/// assert_eq!("pdf".parse::<Format>().unwrap_err().to_string(), "format: csv, json or xlsx, not \"pdf\"");
/// # Ok::<(), activity_log_report::UnknownFormat>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// comma separated values, RFC 4180
    Csv,
    /// `{"Records":[…]}`, as in archives
    Json,
    /// an Office Open XML workbook
    Xlsx,
}

/// When a format's bytes can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// in parts while rows are written; can be suspended and resumed
    InParts,
    /// when all rows are written, from a temporary file; cannot be suspended
    AtTheEnd,
}

/// A format we do not write.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("format: csv, json or xlsx, not {0:?}")]
pub struct UnknownFormat(pub String);

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::Xlsx];

    /// The name in requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Xlsx => "xlsx",
        }
    }

    /// How a file's name ends, without the dot.
    pub const fn extension(self) -> &'static str {
        self.as_str()
    }

    /// The media type, as a `Content-Type` has it.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// When its bytes can be had.
    pub const fn delivery(self) -> Delivery {
        match self {
            Self::Csv | Self::Json => Delivery::InParts,
            Self::Xlsx => Delivery::AtTheEnd,
        }
    }

    /// Whether a row's cells are written; where not, nothing need be projected.
    pub const fn has_columns(self) -> bool {
        !matches!(self, Self::Json)
    }

    /// Begins a file.
    pub fn begin(
        self,
        columns: &Columns,
        settings: &Settings,
    ) -> Result<Box<dyn RowWriter>, Error> {
        Ok(match self {
            Self::Csv => Box::new(CsvWriter::begin(columns, settings)?),
            Self::Json => Box::new(JsonWriter::begin(settings)),
            Self::Xlsx => Box::new(XlsxWriter::begin(columns, settings)?),
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| UnknownFormat(text.to_owned()))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_one_name_everywhere() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
            let json = serde_json::to_string(&format).unwrap();
            assert_eq!(json, format!("\"{format}\""));
            assert_eq!(serde_json::from_str::<Format>(&json).unwrap(), format);
        }
        assert!("CSV".parse::<Format>().is_err());
    }
}
