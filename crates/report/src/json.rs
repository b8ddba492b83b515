//! JSON as archives have it: `{"Records":[…]}`, each record to the byte.

use activity_log_core::reports::Format;

use crate::format::Settings;
use crate::writer::{Error, Finished, Place, Rest, Row, RowWriter};

const OPEN: &[u8] = b"{\"Records\":[";
const CLOSE: &[u8] = b"]}";

/// Writes JSON. Columns do not matter: an event is its record.
pub struct JsonWriter {
    ready: Vec<u8>,
    part_bytes: usize,
    place: Place,
}

impl JsonWriter {
    /// Begins a file.
    pub fn begin(settings: &Settings) -> Self {
        let place = Place {
            format: Format::Json,
            rows: 0,
            bytes: 0,
        };
        let mut writer = Self::resume(place, settings);
        writer.ready.extend_from_slice(OPEN);
        writer
    }

    /// Goes on with a file.
    pub fn resume(place: Place, settings: &Settings) -> Self {
        Self {
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

impl RowWriter for JsonWriter {
    fn push(&mut self, row: Row<'_>) -> Result<(), Error> {
        if self.place.rows > 0 {
            self.ready.push(b',');
        }
        self.ready.extend_from_slice(row.record.as_bytes());
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
        self.ready.extend_from_slice(CLOSE);
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

    fn write(records: &[String], part_bytes: usize, stop_every: usize) -> String {
        let settings = Settings {
            part_bytes,
            ..Settings::default()
        };
        let columns = Columns::default();
        let mut writer = crate::begin(Format::Json, &columns, &settings).unwrap();
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
        let file = write(&records, 1_000, 9);
        assert_eq!(file, r#"{"Records":[{ "a": 1.10, "b":"\u00e9" },{}]}"#);
        assert_eq!(write(&[], 1_000, 9), r#"{"Records":[]}"#);
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
            let file = write(&records, part_bytes, stop_every);
            let back: File<'_> = serde_json::from_str(&file).unwrap();
            let back: Vec<_> = back.records.iter().map(|record| record.get()).collect();
            prop_assert_eq!(back, records);
        }
    }
}
