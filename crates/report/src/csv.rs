//! CSV by RFC 4180: a header, CRLF after each row, quotes where a cell has a comma, a quote or a line end.
//!
//! Texts that a spreadsheet would run are guarded ([`crate::formula`]), the header's names too; everything
//! else is written as it is, NUL and other control characters included (Python's `csv` takes NUL from 3.11,
//! and keeps line ends in cells if the file is opened with `newline=""`).

use csv::{Terminator, Writer, WriterBuilder};

use activity_log_core::fields::{Column, Columns};
use activity_log_core::reports::Format;

use crate::format::Settings;
use crate::formula::guard;
use crate::writer::{Error, Finished, Place, Rest, Row, RowWriter, check_width};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Writes CSV.
pub struct CsvWriter {
    csv: Writer<Vec<u8>>,
    columns: usize,
    part_bytes: usize,
    place: Place,
}

impl CsvWriter {
    /// Begins a file with its header.
    pub fn begin(columns: &Columns, settings: &Settings) -> Result<Self, Error> {
        let place = Place {
            format: Format::Csv,
            rows: 0,
            bytes: 0,
        };
        let mut writer = Self::resume(place, columns, settings);
        if settings.byte_order_mark {
            writer.csv = rows_after(BYTE_ORDER_MARK.to_vec());
        }
        writer.record(columns.iter().map(Column::name))?;
        Ok(writer)
    }

    /// Goes on with a file.
    pub fn resume(place: Place, columns: &Columns, settings: &Settings) -> Self {
        Self {
            csv: rows_after(vec![]),
            columns: columns.len(),
            part_bytes: settings.part_bytes,
            place,
        }
    }

    fn record<T: AsRef<str>>(&mut self, cells: impl Iterator<Item = T>) -> Result<(), Error> {
        for cell in cells {
            let text = guard(cell.as_ref());
            self.csv.write_field(text.as_bytes()).map_err(Error::Csv)?;
        }
        self.csv.write_record(None::<&[u8]>).map_err(Error::Csv)
    }

    fn take(&mut self) -> Vec<u8> {
        let next = Vec::with_capacity(self.csv.get_ref().capacity());
        let csv = std::mem::replace(&mut self.csv, rows_after(next));
        let Ok(bytes) = csv.into_inner() else {
            unreachable!("memory can be written to")
        };
        self.place.bytes += bytes.len() as u64;
        bytes
    }
}

fn rows_after(bytes: Vec<u8>) -> Writer<Vec<u8>> {
    WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .flexible(true)
        .from_writer(bytes)
}

impl RowWriter for CsvWriter {
    fn push(&mut self, row: Row<'_>) -> Result<(), Error> {
        check_width(row.cells, self.columns)?;
        self.record(row.cells.iter().map(|cell| cell.text()))?;
        self.place.rows += 1;
        Ok(())
    }

    fn take_part(&mut self) -> Option<Vec<u8>> {
        (self.csv.get_ref().len() >= self.part_bytes).then(|| self.take())
    }

    fn suspend(mut self: Box<Self>) -> Result<(Vec<u8>, Place), Error> {
        let bytes = self.take();
        Ok((bytes, self.place))
    }

    fn finish(mut self: Box<Self>) -> Result<Finished, Error> {
        let rest = self.take();
        Ok(Finished {
            rest: Rest::memory(rest),
            rows: self.place.rows,
            bytes: self.place.bytes,
            sheets: 0,
            cut_cells: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use proptest::prelude::*;

    use super::*;
    use crate::formula::unguard;
    use crate::hostile;
    use activity_log_core::fields::Cell;

    fn columns(count: usize) -> Columns {
        Columns::parse((0..count).map(|at| format!("c{at}"))).unwrap()
    }

    fn push(writer: &mut dyn RowWriter, cells: &[Cell<'_>]) {
        writer
            .push(Row {
                record: "{}",
                cells,
            })
            .unwrap();
    }

    fn write(columns: &Columns, rows: &[Vec<Cell<'_>>], settings: &Settings) -> Vec<u8> {
        let mut writer = crate::begin(Format::Csv, columns, settings).unwrap();
        let mut bytes = vec![];
        for cells in rows {
            push(&mut *writer, cells);
            if let Some(part) = writer.take_part() {
                assert!(part.len() >= settings.part_bytes);
                bytes.extend(part);
            }
        }
        let mut finished = writer.finish().unwrap();
        finished.rest.read_to_end(&mut bytes).unwrap();
        assert_eq!(finished.rows, rows.len() as u64);
        assert_eq!(finished.bytes, bytes.len() as u64);
        bytes
    }

    fn read(bytes: &[u8]) -> Vec<Vec<String>> {
        csv::ReaderBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_reader(bytes)
            .into_records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn a_file_is_as_rfc_4180_has_it() {
        let rows = [
            vec![Cell::Text("a,b".into()), Cell::Boolean(true)],
            vec![Cell::Json("[\"x\"]".into()), Cell::Integer(-5)],
            vec![Cell::Text("=1".into()), Cell::Float(-0.5)],
            vec![Cell::Text("l\r\nl".into()), Cell::Absent],
        ];
        let columns = Columns::parse(["eventName", "=x"]).unwrap();
        let text = String::from_utf8(write(&columns, &rows, &Settings::default())).unwrap();
        let expected =
            "eventName,'=x\r\n\"a,b\",true\r\n\"[\"\"x\"\"]\",-5\r\n'=1,-0.5\r\n\"l\r\nl\",\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_row_of_one_empty_cell_is_a_row() {
        let rows = vec![vec![Cell::Absent]; 3];
        let bytes = write(&columns(1), &rows, &Settings::default());
        assert_eq!(read(&bytes), vec![vec![String::new()]; 3]);
    }

    #[test]
    fn a_byte_order_mark_is_there_if_asked_for() {
        let settings = Settings {
            byte_order_mark: true,
            ..Settings::default()
        };
        assert_eq!(write(&columns(1), &[], &settings), b"\xef\xbb\xbfc0\r\n");
    }

    #[test]
    fn hostile_cells_come_back_intact() {
        let rows: Vec<_> = hostile::texts()
            .into_iter()
            .map(|text| vec![Cell::Text(text.into()), Cell::Null])
            .collect();
        let bytes = write(&columns(2), &rows, &Settings::default());
        for (row, cells) in read(&bytes).iter().zip(&rows) {
            assert_eq!(unguard(&row[0]), cells[0].text());
            assert_eq!(row[1], "");
        }
    }

    proptest! {
        #[test]
        fn read_back_the_cells_are_there(
            rows in prop::collection::vec(prop::collection::vec(hostile::cell(), 3), 0..20),
            part_bytes in 1_usize..5_000,
        ) {
            let settings = Settings { part_bytes, ..Settings::default() };
            let bytes = write(&columns(3), &rows, &settings);
            let texts: Vec<Vec<_>> = rows
                .iter()
                .map(|row| row.iter().map(|cell| cell.text().into_owned()).collect())
                .collect();
            let back: Vec<Vec<_>> = read(&bytes)
                .iter()
                .map(|row| row.iter().map(|cell| unguard(cell).to_owned()).collect())
                .collect();
            prop_assert_eq!(back, texts);
        }

        #[test]
        fn suspended_anywhere_the_bytes_are_the_same(
            rows in prop::collection::vec(prop::collection::vec(hostile::cell(), 2), 0..8),
            stops in prop::collection::vec(any::<bool>(), 8),
        ) {
            let (columns, settings) = (columns(2), Settings::default());
            let mut writer = crate::begin(Format::Csv, &columns, &settings).unwrap();
            let mut bytes = vec![];
            for (cells, stop) in rows.iter().zip(stops) {
                if stop {
                    let (rest, place) = writer.suspend().unwrap();
                    bytes.extend(rest);
                    prop_assert_eq!(place.bytes, bytes.len() as u64);
                    writer = place.resume(&columns, &settings).unwrap();
                }
                push(&mut *writer, cells);
            }
            let mut finished = writer.finish().unwrap();
            finished.rest.read_to_end(&mut bytes).unwrap();
            prop_assert_eq!(finished.rows, rows.len() as u64);
            prop_assert_eq!(bytes, write(&columns, &rows, &settings));
        }
    }
}
