//! JSON: as archives have it, `{"Records":[…]}`, each record to the byte; or NDJSON, a record a line.

use activity_log_core::reports::Format;

use crate::format::Settings;
use crate::writer::{Error, Finished, Place, Rest, Row, RowWriter};

const OPEN: &[u8] = b"{\"Records\":[";
const CLOSE: &[u8] = b"]}";

/// How records stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `{"Records":[…]}`
    Document,
    /// one a line; where a record has line breaks between its values, blanks
    Lines,
}

/// Writes JSON. Columns do not matter: an event is its record.
pub struct JsonWriter {
    layout: Layout,
    ready: Vec<u8>,
    part_bytes: usize,
    place: Place,
}

impl JsonWriter {
    /// Begins a file.
    pub fn begin(layout: Layout, settings: &Settings) -> Self {
        let place = Place {
            format: layout.format(),
            rows: 0,
            bytes: 0,
        };
        let mut writer = Self::resume(layout, place, settings);
        if layout == Layout::Document {
            writer.ready.extend_from_slice(OPEN);
        }
        writer
    }

    /// Goes on with a file.
    pub fn resume(layout: Layout, place: Place, settings: &Settings) -> Self {
        Self {
            layout,
            ready: vec![],
            part_bytes: settings.part_bytes,
            place,
        }
    }

    fn take(&mut self) -> Vec<u8> {
        let next = Vec::with_capacity(self.ready.capacity());
        self.place.bytes += self.ready.len() as u64;
        std::mem::replace(&mut self.ready, next)
    }
}

impl Layout {
    const fn format(self) -> Format {
        match self {
            Self::Document => Format::Json,
            Self::Lines => Format::Ndjson,
        }
    }
}

/// A record on one line. In a string a line break is always escaped (RFC 8259 §7), so what is replaced is space.
fn line(record: &str) -> impl Iterator<Item = u8> {
    let byte = |byte| match byte {
        b'\n' | b'\r' => b' ',
        byte => byte,
    };
    record.bytes().map(byte).chain([b'\n'])
}

impl RowWriter for JsonWriter {
    fn push(&mut self, row: Row<'_>) -> Result<(), Error> {
        match self.layout {
            Layout::Lines => self.ready.extend(line(row.record)),
            Layout::Document => {
                if self.place.rows > 0 {
                    self.ready.push(b',');
                }
                self.ready.extend_from_slice(row.record.as_bytes());
            }
        }
        self.place.rows += 1;
        Ok(())
    }

    fn take_part(&mut self) -> Option<Vec<u8>> {
        (self.ready.len() >= self.part_bytes).then(|| self.take())
    }

    fn suspend(mut self: Box<Self>) -> Result<(Vec<u8>, Place), Error> {
        let bytes = self.take();
        Ok((bytes, self.place))
    }

    fn finish(mut self: Box<Self>) -> Result<Finished, Error> {
        if self.layout == Layout::Document {
            self.ready.extend_from_slice(CLOSE);
        }
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
    use serde::Deserialize;
    use serde_json::value::RawValue;

    use super::*;
    use crate::hostile;
    use activity_log_core::fields::Columns;

    #[derive(Deserialize)]
    struct File<'a> {
        #[serde(rename = "Records", borrow)]
        records: Vec<&'a RawValue>,
    }

    fn write(format: Format, records: &[String], part_bytes: usize, stop_every: usize) -> String {
        let settings = Settings {
            part_bytes,
            ..Settings::default()
        };
        let columns = Columns::default();
        let mut writer = crate::begin(format, &columns, &settings).unwrap();
        let mut bytes = vec![];
        for (at, record) in records.iter().enumerate() {
            if at % stop_every == 0 {
                let (rest, place) = writer.suspend().unwrap();
                bytes.extend(rest);
                assert_eq!(place.bytes, bytes.len() as u64);
                writer = place.resume(&columns, &settings).unwrap();
            }
            writer.push(Row { record, cells: &[] }).unwrap();
            if let Some(part) = writer.take_part() {
                assert!(part.len() >= part_bytes);
                bytes.extend(part);
            }
        }
        let mut finished = writer.finish().unwrap();
        finished.rest.read_to_end(&mut bytes).unwrap();
        assert_eq!(finished.rows, records.len() as u64);
        assert_eq!(finished.bytes, bytes.len() as u64);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn records_are_verbatim() {
        let records = [r#"{ "a": 1.10, "b":"\u00e9" }"#, "{}"].map(str::to_owned);
        let file = write(Format::Json, &records, 1_000, 9);
        assert_eq!(file, r#"{"Records":[{ "a": 1.10, "b":"\u00e9" },{}]}"#);
        assert_eq!(write(Format::Json, &[], 1_000, 9), r#"{"Records":[]}"#);
        let file = write(Format::Ndjson, &records, 1_000, 9);
        assert_eq!(file, "{ \"a\": 1.10, \"b\":\"\\u00e9\" }\n{}\n");
        assert_eq!(write(Format::Ndjson, &[], 1_000, 9), "");
    }

    #[test]
    fn a_line_is_a_record_whatever_space_is_in_it() {
        let record = "{\r\n  \"a\\n\": [\n1]\n}".to_owned();
        let file = write(Format::Ndjson, &[record], 1_000, 9);
        assert_eq!(file, "{    \"a\\n\": [ 1] }\n");
    }

    proptest! {
        #[test]
        fn to_the_byte_however_often_suspended(
            texts in prop::collection::vec(hostile::text(), 0..20),
            part_bytes in 1_usize..5_000,
            stop_every in 1_usize..30,
        ) {
            let records: Vec<_> = texts
                .iter()
                .map(|text| format!("{{\"x\" : {}}}", serde_json::to_string(text).unwrap()))
                .collect();
            let file = write(Format::Json, &records, part_bytes, stop_every);
            let back: File<'_> = serde_json::from_str(&file).unwrap();
            let back: Vec<_> = back.records.iter().map(|record| record.get()).collect();
            prop_assert_eq!(&back, &records);
            let file = write(Format::Ndjson, &records, part_bytes, stop_every);
            let back: Vec<_> = file.lines().collect();
            prop_assert_eq!(back, records);
        }
    }
}
