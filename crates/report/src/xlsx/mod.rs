//! XLSX: a workbook with typed cells.
//!
//! Texts are written as texts: never as formulas or links, whatever they start with. Whole numbers of up to 15
//! digits and fractions are numbers; more digits than Excel keeps are text. The event's time is a date in UTC,
//! to the millisecond.
//!
//! `rust_xlsxwriter`'s constant-memory mode writes each sheet's XML to an unnamed temporary file as rows
//! come; at the end they are compressed, one after the other, into another one. Both count towards
//! [`Settings::disk_bytes`]. The strings stand in the sheets (no shared table, which would grow in memory).
//!
//! One text in Excel's own escape syntax is not kept to the letter: `_x` and four hex digits straight before a
//! control character; the library (0.102) writes what Excel reads as another character.

mod disk;
#[cfg(test)]
mod tests;
mod text;

use activity_log_core::instant::{DAY, Instant};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format as Look, IgnoreError, Workbook, Worksheet, XlsxError,
};

use activity_log_core::fields::Cell;
use activity_log_core::fields::{Column, Columns};
use activity_log_core::reports::Format;

use crate::format::Settings;
use crate::writer::{Error, Finished, Place, Rest, Row, RowWriter, check_width};
use disk::CappedFile;
pub use text::CELL_CHARS;
use text::{fit, xml_bytes};

/// Most rows of a sheet, its header included: Excel's own limit.
pub const SHEET_ROWS: u32 = 1_048_576;

/// Compression. Level 6 is an eighth smaller and takes half as long again (measured on JSON).
const LEVEL: u8 = 3;
/// Excel shows and keeps 15 digits.
const DIGITS_15: u64 = 999_999_999_999_999;
/// Days from Excel's day 0 to 1970.
const DAYS_TO_1970: f64 = 25_569.0;
/// Excel's dates that are the same in its two calendars: from 1 March 1900 to the end of 9999.
const DATES: std::ops::Range<f64> = 61.0..2_958_466.0;
/// Widths of columns, in characters; a text beyond is cut off on the screen only.
const WIDTHS: std::ops::RangeInclusive<usize> = 8..=60;
/// XML around a cell's value, at most: its address, look and type.
const CELL_BYTES: u64 = 96;
/// XML around a row.
const ROW_BYTES: u64 = 32;
/// Digits of a number; very large and very small ones are written without exponent.
const NUMBER_BYTES: u64 = 24;
const LONG_NUMBER_BYTES: u64 = 360;

/// Writes a workbook. Gives no bytes before [`RowWriter::finish`], and cannot be suspended.
pub struct XlsxWriter {
    workbook: Workbook,
    looks: Looks,
    columns: Vec<Shown>,
    settings: Settings,
    sheets: u32,
    /// in the current sheet
    next_row: u32,
    /// what the sheets' XML takes, at most
    disk_bytes: u64,
    rows: u64,
    cut_cells: u64,
}

struct Shown {
    name: String,
    is_time: bool,
    /// of its longest cell, in characters
    width: usize,
}

struct Looks {
    header: Look,
    whole: Look,
    seconds: Look,
    millis: Look,
}

impl XlsxWriter {
    /// Begins a workbook.
    pub fn begin(columns: &Columns, settings: &Settings) -> Result<Self, Error> {
        let mut workbook = Workbook::new();
        workbook
            .set_tempdir(&settings.disk)
            .map_err(xlsx)?
            .set_zip_compression_level(LEVEL)
            .use_zip_large_file(settings.disk_bytes > u64::from(u32::MAX));
        if let Ok(created) = ExcelDateTime::from_timestamp(settings.created.seconds()) {
            workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
        }
        let mut settings = settings.clone();
        settings.sheet_rows = settings.sheet_rows.clamp(2, SHEET_ROWS);
        let mut writer = Self {
            workbook,
            looks: Looks {
                header: Look::new().set_bold(),
                whole: Look::new().set_num_format("0"),
                seconds: Look::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
                millis: Look::new().set_num_format("yyyy-mm-dd hh:mm:ss.000"),
            },
            columns: columns.iter().map(Shown::of).collect(),
            settings,
            sheets: 0,
            next_row: 0,
            disk_bytes: 0,
            rows: 0,
            cut_cells: 0,
        };
        writer.add_sheet().map_err(xlsx)?;
        Ok(writer)
    }

    fn add_sheet(&mut self) -> Result<(), XlsxError> {
        self.sheets += 1;
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(format!("Events {}", self.sheets))?;
        sheet.set_freeze_panes(1, 0)?;
        let (last_row, last_column) =
            (self.settings.sheet_rows - 1, number(self.columns.len() - 1));
        // No green corners on account numbers and the like.
        sheet.ignore_error_range(0, 0, last_row, last_column, IgnoreError::NumberStoredAsText)?;
        for (at, column) in self.columns.iter().enumerate() {
            sheet.write_string_with_format(0, number(at), &column.name, &self.looks.header)?;
            self.disk_bytes += CELL_BYTES + xml_bytes(&column.name);
        }
        self.disk_bytes += ROW_BYTES;
        self.next_row = 1;
        Ok(())
    }

    fn write_row(&mut self, cells: &[Cell<'_>]) -> Result<(), XlsxError> {
        if self.next_row == self.settings.sheet_rows {
            self.add_sheet()?;
        }
        let sheet = self
            .workbook
            .worksheet_from_index(self.sheets as usize - 1)?;
        for (at, (cell, column)) in cells.iter().zip(&mut self.columns).enumerate() {
            let place = (self.next_row, number(at));
            let written = write_cell(sheet, place, cell, column, &self.looks)?;
            self.disk_bytes += written.xml_bytes;
            self.cut_cells += u64::from(written.is_cut);
        }
        self.disk_bytes += ROW_BYTES;
        self.next_row += 1;
        self.rows += 1;
        Ok(())
    }

    fn set_widths(&mut self) -> Result<(), XlsxError> {
        for sheet in self.workbook.worksheets_mut() {
            for (at, column) in self.columns.iter().enumerate() {
                let width = column.width.clamp(*WIDTHS.start(), *WIDTHS.end());
                // Digits, which widths count, are wider than most characters; the header is bold.
                sheet.set_column_width(number(at), u32::try_from(width + 2).unwrap_or(u32::MAX))?;
            }
        }
        Ok(())
    }

    fn too_large(&self) -> Error {
        Error::Disk {
            cap: self.settings.disk_bytes,
            rows: self.rows,
        }
    }
}

impl RowWriter for XlsxWriter {
    fn push(&mut self, row: Row<'_>) -> Result<(), Error> {
        check_width(row.cells, self.columns.len())?;
        self.write_row(row.cells).map_err(xlsx)?;
        if self.disk_bytes > self.settings.disk_bytes {
            return Err(self.too_large());
        }
        Ok(())
    }

    fn take_part(&mut self) -> Option<Vec<u8>> {
        None
    }

    fn waiting_bytes(&self) -> u64 {
        self.disk_bytes
    }

    fn suspend(self: Box<Self>) -> Result<(Vec<u8>, Place), Error> {
        Err(Error::Suspend(Format::Xlsx))
    }

    fn finish(mut self: Box<Self>) -> Result<Finished, Error> {
        self.set_widths().map_err(xlsx)?;
        let left = self.settings.disk_bytes.saturating_sub(self.disk_bytes);
        let mut file = CappedFile::create(&self.settings.disk, left)?;
        let saved = self.workbook.save_to_writer(&mut file);
        if file.is_full() {
            return Err(self.too_large());
        }
        saved.map_err(xlsx)?;
        let (file, bytes) = file.into_file()?;
        Ok(Finished {
            rest: Rest::disk(file),
            rows: self.rows,
            bytes,
            sheets: self.sheets,
            cut_cells: self.cut_cells,
        })
    }
}

impl Shown {
    fn of(column: &Column) -> Self {
        Self {
            name: column.name().to_owned(),
            is_time: column.is_event_time(),
            width: column.name().chars().count(),
        }
    }

    /// Makes room for a text's first line.
    fn see(&mut self, text: &str) {
        if self.width < *WIDTHS.end() {
            let line = text.chars().take(*WIDTHS.end());
            let width = line.take_while(|char| *char != '\n').count();
            self.width = self.width.max(width);
        }
    }
}

struct Written {
    xml_bytes: u64,
    is_cut: bool,
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell<'_>,
    shown: &mut Shown,
    looks: &Looks,
) -> Result<Written, XlsxError> {
    let mut value_bytes = NUMBER_BYTES;
    let mut is_cut = false;
    match cell {
        Cell::Absent | Cell::Null => value_bytes = 0,
        Cell::Boolean(value) => {
            sheet.write_boolean(row, column, *value)?;
        }
        Cell::Integer(value) if value.unsigned_abs() <= DIGITS_15 => {
            #[expect(clippy::cast_precision_loss, reason = "15 digits")]
            let value = *value as f64;
            sheet.write_number_with_format(row, column, value, &looks.whole)?;
            shown.see(&cell.text());
        }
        Cell::Float(value) if value.is_finite() => {
            sheet.write_number(row, column, *value)?;
            value_bytes = LONG_NUMBER_BYTES;
        }
        Cell::Text(text)
            if shown.is_time
                && let Some(date) = Date::of(text) =>
        {
            let look = if date.has_millis {
                &looks.millis
            } else {
                &looks.seconds
            };
            sheet.write_number_with_format(row, column, date.serial, look)?;
            shown.see("2023-07-10 12:00:00");
        }
        Cell::Integer(_) | Cell::Float(_) | Cell::Text(_) | Cell::Json(_) => {
            let text = cell.text();
            let fitting = fit(&text);
            shown.see(&fitting);
            value_bytes = xml_bytes(&fitting);
            is_cut = fitting.len() != text.len();
            sheet.write_string(row, column, fitting)?;
        }
    }
    Ok(Written {
        xml_bytes: CELL_BYTES + value_bytes,
        is_cut,
    })
}

/// A time as Excel counts it: days and their fraction.
struct Date {
    serial: f64,
    has_millis: bool,
}

impl Date {
    fn of(text: &str) -> Option<Self> {
        let millis = Instant::parse(text)?.millis();
        #[expect(clippy::cast_precision_loss, reason = "less than 2^53 ms from 1970")]
        let serial = millis as f64 / DAY as f64 + DAYS_TO_1970;
        DATES.contains(&serial).then_some(Self {
            serial,
            has_millis: millis % 1_000 != 0,
        })
    }
}

fn number(column: usize) -> u16 {
    u16::try_from(column).unwrap_or(u16::MAX)
}

fn xlsx(error: XlsxError) -> Error {
    Error::Xlsx(Box::new(error))
}
