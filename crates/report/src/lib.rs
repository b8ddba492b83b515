//! Report formats: rows in, bytes out.
//!
//! A report is a file of the events that matched: CSV, JSON or XLSX ([`activity_log_core::reports::Format`]). Its
//! columns are paths in the record ([`activity_log_core::fields::Columns`]), taken out of a record's JSON text as typed cells without
//! building a tree of it. A [`RowWriter`] takes one event after the other and gives the file's bytes:
//!
//! * **CSV and JSON** as parts, while rows are still written ([`RowWriter::take_part`]), so that a caller can
//!   send them on; such a report can also be suspended and resumed by another process ([`Place`]). In memory
//!   are a part and a row.
//! * **XLSX** only at the end (`Delivery::AtTheEnd`): its sheets are written to temporary files, up to
//!   [`Settings::disk_bytes`], then compressed into another one, which [`Finished::rest`] reads in parts. In
//!   memory is a row.
//!
//! | | CSV | JSON | XLSX |
//! |---|---|---|---|
//! | what | RFC 4180: CRLF, quotes where needed, UTF-8 | `{"Records":[…]}` | a workbook, header frozen |
//! | an event | the columns' cells | its record, to the byte | the columns' cells |
//! | absent, null, empty text | an empty cell | | an empty cell |
//! | number | its digits | | a number, or text where Excel would lose digits |
//! | `eventTime`, `timestamp` | as in the record | | a date, in UTC |
//! | array, object | JSON text | | JSON text |
//! | formula in a text | harmless: a `'` in front ([`formula`]) | | harmless: stays a text |
//! | control characters | kept | | kept, as Excel writes them: `_x0000_` |
//! | long text | kept | | cut at 32,767 characters, with a mark, and counted |
//!
//! ```
//! use activity_log_core::fields::Columns;
//! use activity_log_core::reports::Format;
//! use activity_log_report::{Row, Settings, begin};
//!
//! let record = r#"{"eventName":"=cmd|' /C calc'!A0","userIdentity":{"userName":"al, ice"},"resources":[{"type":"VM"}]}"#;
//! let columns = Columns::parse(["eventName", "userIdentity.userName", "resources", "errorCode"])?;
//! let mut writer = begin(Format::Csv, &columns, &Settings::default())?;
//! let cells = columns.project(record)?;
//! writer.push(Row { record, cells: &cells })?;
//! while let Some(part) = writer.take_part() {
//!     // of at least `Settings::part_bytes`: an upload's part
//!     assert!(part.len() >= Settings::default().part_bytes);
//! }
//! let mut finished = writer.finish()?;
//! let bytes = finished.rest.next_part(usize::MAX)?.unwrap();
//! assert_eq!(
//!     String::from_utf8(bytes)?,
//!     "eventName,userIdentity.userName,resources,errorCode\r\n\
//!      '=cmd|' /C calc'!A0,\"al, ice\",\"[{\"\"type\"\":\"\"VM\"\"}]\",\r\n",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing here knows a network, a clock or an account: the caller decides which events are rows, hands a
//! record it may show, and says when the report was made ([`Settings::created`]). The same rows and settings
//! give the same bytes.

mod csv;
mod format;
pub mod formula;
#[cfg(test)]
mod hostile;
mod json;
mod writer;
mod xlsx;

pub use format::{Settings, begin};
pub use writer::{Error, Finished, Place, Rest, Row, RowWriter};
pub use xlsx::{CELL_CHARS, SHEET_ROWS};
