//! One archive, from records to gzip bytes.

use std::io;

use activity_log_core::event::limits::RECORD_BYTES;
use activity_log_core::instant::Instant;
use activity_log_core::trail::format::Format;

use crate::packing::Packing;

/// What deflate may hold back, and what tar and gzip add at the end.
const TAIL_BYTES: u64 = 256 * 1024;

/// How large things may get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// bytes of a piece of the archive, before the record that reaches it: a JSON file of a tar, or some of the only
    /// one; an archive is full between pieces
    pub entry_bytes: usize,
    /// bytes of a part of an upload; S3 takes no less than 5 MiB
    pub part_bytes: usize,
    /// most bytes of an archive, compressed
    pub archive_bytes: u64,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            entry_bytes: 4 * 1024 * 1024,
            part_bytes: 8 * 1024 * 1024,
            archive_bytes: 50_000_000,
        }
    }
}

/// Writes one archive: `{"Records":[…]}`, as files of a tar or as one file, in one gzip member.
pub struct ArchiveWriter {
    sizes: Sizes,
    entry: Vec<u8>,
    packing: Packing,
    taken: u64,
    plain: u64,
    events: u64,
    oldest: Option<Instant>,
    newest: Option<Instant>,
}

/// A finished archive; the bytes not yet taken, and what is told of it.
#[derive(Debug)]
pub struct Finished {
    /// the last bytes
    pub rest: Vec<u8>,
    /// hex SHA-256 of what is compressed
    pub sha256: String,
    /// bytes of the archive in all
    pub bytes: u64,
    /// events in it
    pub events: u64,
    /// times of its oldest and newest event
    pub span: Option<(Instant, Instant)>,
}

impl ArchiveWriter {
    /// An empty archive; files in a tar are called `STEM_0001.json` and so on.
    pub fn new(stem: &str, format: Format, sizes: Sizes) -> Self {
        Self {
            sizes,
            entry: Vec::with_capacity(sizes.entry_bytes + RECORD_BYTES),
            packing: Packing::new(stem, format),
            taken: 0,
            plain: 0,
            events: 0,
            oldest: None,
            newest: None,
        }
    }

    /// Adds a record, verbatim.
    pub fn push(&mut self, record: &str, time: Instant) -> io::Result<()> {
        let before = if self.entry.is_empty() {
            self.packing.opening()
        } else {
            b","
        };
        self.entry.extend_from_slice(before);
        self.entry.extend_from_slice(record.as_bytes());
        self.events += 1;
        self.oldest = Some(self.oldest.map_or(time, |oldest| oldest.min(time)));
        self.newest = Some(self.newest.map_or(time, |newest| newest.max(time)));
        if self.entry.len() >= self.sizes.entry_bytes {
            self.end_entry()?;
        }
        Ok(())
    }

    /// Whether another entry might exceed the most bytes of an archive. Only asked between entries: an
    /// archive is never cut within one.
    pub fn is_full(&self) -> bool {
        let entry = (self.sizes.entry_bytes + RECORD_BYTES) as u64;
        // Incompressible bytes grow by 5 in 16 K.
        let most = entry + entry / 1024 + TAIL_BYTES;
        self.entry.is_empty()
            && self.events > 0
            && (self.compressed() + most > self.sizes.archive_bytes
                || self.plain + entry > self.packing.most_plain_bytes())
    }

    /// Bytes ready to be sent, at least a part's worth; `None` until there are.
    pub fn take_part(&mut self) -> Option<Vec<u8>> {
        let ready = self.packing.ready_mut();
        if ready.len() < self.sizes.part_bytes {
            return None;
        }
        self.taken += ready.len() as u64;
        let next = Vec::with_capacity(ready.capacity());
        Some(std::mem::replace(ready, next))
    }

    /// Ends the archive.
    pub fn finish(mut self) -> io::Result<Finished> {
        self.end_entry()?;
        let (rest, sha256) = self.packing.finish()?;
        Ok(Finished {
            sha256,
            bytes: self.taken + rest.len() as u64,
            rest,
            events: self.events,
            span: self.oldest.zip(self.newest),
        })
    }

    fn compressed(&self) -> u64 {
        self.taken + self.packing.ready().len() as u64
    }

    fn end_entry(&mut self) -> io::Result<()> {
        if self.entry.is_empty() {
            return Ok(());
        }
        self.packing.add(&mut self.entry)?;
        self.plain += self.entry.len() as u64;
        self.entry.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use ring::digest::{SHA256, digest};

    use super::*;

    const SIZES: Sizes = Sizes {
        entry_bytes: 1_000,
        part_bytes: 300,
        archive_bytes: 1_000_000,
    };

    fn record(number: u64) -> String {
        let noise = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{{\"n\":{number},\"noise\":\"{noise:x}\"}}")
    }

    fn write(count: u64, format: Format) -> (Vec<u8>, Finished) {
        let mut writer = ArchiveWriter::new("stem", format, SIZES);
        let mut bytes = Vec::new();
        for number in 0..count {
            #[expect(clippy::cast_possible_wrap, reason = "a few thousand")]
            let time = Instant::from_millis(number as i64);
            writer.push(&record(number), time).unwrap();
            while let Some(part) = writer.take_part() {
                assert!(part.len() >= SIZES.part_bytes);
                bytes.extend(part);
            }
        }
        let finished = writer.finish().unwrap();
        bytes.extend(&finished.rest);
        (bytes, finished)
    }

    /// What is compressed in one member, and has the hash that was told.
    fn unpacked(bytes: &[u8], finished: &Finished) -> Vec<u8> {
        let mut plain = Vec::new();
        let mut gzip = flate2::bufread::GzDecoder::new(bytes);
        gzip.read_to_end(&mut plain).unwrap();
        assert!(gzip.into_inner().is_empty(), "nothing after the member");
        assert_eq!(finished.sha256, hex::encode(digest(&SHA256, &plain)));
        plain
    }

    #[test]
    fn an_archive_is_one_json_file_to_the_byte_however_many_pieces_it_was_written_in() {
        for count in [1, 5_000] {
            let (bytes, finished) = write(count, Format::JsonGz);
            assert_eq!(
                (finished.bytes, finished.events),
                (bytes.len() as u64, count)
            );
            let records: Vec<String> = (0..count).map(record).collect();
            let expected = format!("{{\"Records\":[{}]}}", records.join(","));
            assert!(unpacked(&bytes, &finished) == expected.as_bytes());
        }
    }

    #[test]
    fn one_json_file_is_not_larger_than_tools_read_whole() {
        // They compress to next to nothing.
        let sizes = Sizes::default();
        let mut writer = ArchiveWriter::new("stem", Format::JsonGz, sizes);
        let record = format!("{{\"a\":\"{}\"}}", "a".repeat(200_000));
        while !writer.is_full() {
            writer.push(&record, Instant::from_millis(0)).unwrap();
            writer.take_part();
        }
        let plain = writer.plain;
        assert!((56 << 20..64 << 20).contains(&plain), "{plain}");
    }

    #[test]
    fn an_archive_is_json_files_in_a_tar_in_one_gzip_member() {
        let (bytes, finished) = write(5_000, Format::TarGz);
        assert_eq!(finished.bytes, bytes.len() as u64);
        assert_eq!(finished.events, 5_000);
        let span = (Instant::from_millis(0), Instant::from_millis(4_999));
        assert_eq!(finished.span, Some(span));
        let plain = unpacked(&bytes, &finished);
        let mut numbers = Vec::new();
        let mut archive = tar::Archive::new(plain.as_slice());
        for (at, entry) in archive.entries().unwrap().enumerate() {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().display().to_string();
            assert_eq!(name, format!("stem_{:04}.json", at + 1));
            assert_eq!(entry.header().mtime().unwrap(), 0);
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            let file: serde_json::Value = serde_json::from_str(&text).unwrap();
            let records = file["Records"].as_array().unwrap();
            numbers.extend(records.iter().map(|record| record["n"].as_u64().unwrap()));
        }
        assert_eq!(numbers, (0..5_000).collect::<Vec<_>>());
    }

    #[test]
    fn the_same_records_give_the_same_bytes() {
        for format in Format::ALL {
            assert!(write(2_000, format).0 == write(2_000, format).0);
        }
    }

    #[test]
    fn an_archive_that_is_full_stays_under_its_most_bytes() {
        let sizes = [600_000, 1_000_000, 2_000_000];
        let of = |format| sizes.map(|bytes| (format, bytes));
        for (format, archive_bytes) in Format::ALL.into_iter().flat_map(of) {
            let sizes = Sizes {
                archive_bytes,
                ..SIZES
            };
            let mut writer = ArchiveWriter::new("stem", format, sizes);
            let mut number = 0;
            while !writer.is_full() {
                writer
                    .push(&record(number), Instant::from_millis(0))
                    .unwrap();
                number += 1;
            }
            let bytes = writer.finish().unwrap().bytes;
            assert!(bytes <= archive_bytes, "{bytes}");
            assert!(bytes > archive_bytes.saturating_sub(600_000), "{bytes}");
        }
    }
}
