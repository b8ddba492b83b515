//! Cutting the records into requests.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::logs::record::Record;

/// The longest body before compression, in bytes: well below what the service takes (16 MB), and
/// far above 100 records of a common size.
const MAX_BODY_BYTES: usize = 4 << 20;

/// The records of one request.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// In order of time.
    pub records: &'a [Record],
    /// How many records are sent before these.
    before: usize,
}

/// Cuts `records` into batches of at most `size` records and 4 MB. The same records always make the
/// same batches.
pub fn cut(records: &[Record], size: usize) -> Vec<Batch<'_>> {
    let mut batches = Vec::new();
    let mut start = 0;
    let mut bytes = 0;
    for (i, record) in records.iter().enumerate() {
        let is_full = i - start == size || bytes + record.text.len() > MAX_BODY_BYTES;
        if is_full && i > start {
            batches.push(Batch {
                records: &records[start..i],
                before: start,
            });
            start = i;
            bytes = 0;
        }
        bytes += record.text.len() + 1;
    }
    if start < records.len() {
        batches.push(Batch {
            records: &records[start..],
            before: start,
        });
    }
    batches
}

impl Batch<'_> {
    /// When to send it, counted from the start, at `rate` events a second.
    pub fn due(&self, rate: f64) -> Duration {
        #[expect(
            clippy::cast_precision_loss,
            reason = "2^52 events are more than there are"
        )]
        let seconds = self.before as f64 / rate;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    /// The request's body: `{"Records":[…]}`, gzip'ed.
    pub fn body(&self, shift_seconds: i64) -> Bytes {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        let written = self.write(shift_seconds, &mut gzip);
        written
            .and_then(|()| gzip.finish())
            .expect("writing to memory does not fail")
            .into()
    }

    fn write(&self, shift_seconds: i64, out: &mut impl Write) -> std::io::Result<()> {
        write(self.records, shift_seconds, out)
    }
}

/// Writes the records, moved, as `{"Records":[…]}`.
pub fn write(records: &[Record], shift_seconds: i64, out: &mut impl Write) -> std::io::Result<()> {
    out.write_all(b"{\"Records\":[")?;
    for (i, record) in records.iter().enumerate() {
        if i > 0 {
            out.write_all(b",")?;
        }
        out.write_all(record.moved(shift_seconds).as_bytes())?;
    }
    out.write_all(b"]}")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::path::Path;
    use std::sync::Arc;

    use flate2::read::GzDecoder;

    use super::*;

    fn records(texts: &[&str]) -> Vec<Record> {
        let file = Arc::from(Path::new("x.json"));
        let records = texts.iter().enumerate();
        records
            .map(|(index, text)| Record::new(&file, index, text))
            .collect()
    }

    fn sizes(records: &[Record], size: usize) -> Vec<usize> {
        cut(records, size)
            .iter()
            .map(|batch| batch.records.len())
            .collect()
    }

    #[test]
    fn batches_hold_all_records_up_to_their_size() {
        let records = records(&["{}"; 7]);
        assert_eq!(sizes(&records, 3), [3, 3, 1]);
        assert_eq!(sizes(&records, 7), [7]);
        assert_eq!(sizes(&records, 100), [7]);
        assert_eq!(sizes(&records[..0], 3), [0; 0]);
        let before: Vec<_> = cut(&records, 3).iter().map(|batch| batch.before).collect();
        assert_eq!(before, [0, 3, 6]);
    }

    #[test]
    fn large_records_make_smaller_batches() {
        let large = "x".repeat(MAX_BODY_BYTES / 2);
        let huge = "x".repeat(MAX_BODY_BYTES * 2);
        let records = records(&[&large, "{}", &large, &huge, "{}", "{}"]);
        assert_eq!(sizes(&records, 100), [2, 1, 1, 2]);
    }

    #[test]
    fn the_body_is_the_records_moved() {
        let records = records(&[r#"{"eventTime":"2023-07-10T12:00:00Z"}"#, r#"{ "a": 1 }"#]);
        let batches = cut(&records, 100);
        let body = batches[0].body(60);
        assert_eq!(body, batches[0].body(60), "the same each time");
        let mut text = String::new();
        GzDecoder::new(&*body).read_to_string(&mut text).unwrap();
        assert_eq!(
            text,
            r#"{"Records":[{"eventTime":"2023-07-10T12:01:00Z"},{ "a": 1 }]}"#
        );
    }

    #[test]
    fn the_rate_spreads_the_batches() {
        let records = records(&["{}"; 5]);
        let due: Vec<_> = cut(&records, 2)
            .iter()
            .map(|batch| batch.due(4.0))
            .collect();
        assert_eq!(due, [0, 500, 1_000].map(Duration::from_millis));
    }
}
