//! The formats of reports.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What kind of file a report is.
///
/// ```
/// use activity_log_core::reports::Format;
/// let format: Format = "xlsx".parse()?;
/// assert_eq!(format.extension(), "xlsx");
/// assert_eq!("pdf".parse::<Format>().unwrap_err().to_string(), "format: csv, json, ndjson or xlsx, not \"pdf\"");
/// # Ok::<(), activity_log_core::reports::UnknownFormat>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// comma separated values, RFC 4180
    Csv,
    /// `{"Records":[…]}`, as in archives
    Json,
    /// a record a line
    Ndjson,
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
#[error("format: csv, json, ndjson or xlsx, not {0:?}")]
pub struct UnknownFormat(pub String);

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Json, Self::Ndjson, Self::Xlsx];

    /// The name in requests, where it may stand in any case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
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
            // Registered with nobody; what most tools that read it say.
            Self::Ndjson => "application/x-ndjson",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// When its bytes can be had.
    pub const fn delivery(self) -> Delivery {
        match self {
            Self::Csv | Self::Json | Self::Ndjson => Delivery::InParts,
            Self::Xlsx => Delivery::AtTheEnd,
        }
    }

    /// Whether a row's cells are written; where not, nothing need be projected.
    pub const fn has_columns(self) -> bool {
        !matches!(self, Self::Json | Self::Ndjson)
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
            .find(|format| format.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownFormat(text.to_owned()))
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
        assert_eq!("CSV".parse(), Ok(Format::Csv));
    }
}
