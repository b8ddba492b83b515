//! One archive, from records to gzip bytes.

use std::io::{self, Write};

use activity_log_core::event::limits::RECORD_BYTES;
use activity_log_core::instant::Instant;
use flate2::Compression;
use flate2::write::GzEncoder;
use ring::digest::{Context, SHA256};

/// gzip level. `tar czf` has 6; 5 by zlib-rs is 2% larger than that and takes less than half of gzip's
/// time, 4 would be 7% larger (measured: docs/decisions/0005).
const LEVEL: u32 = 5;
/// Most bytes of an archive's files; real events reach its most compressed bytes long before.
const PLAIN_BYTES: u64 = 4 << 30;
/// What deflate may hold back, and what tar and gzip add at the end.
const TAIL_BYTES: u64 = 256 * 1024;

/// How large things may get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// bytes of a JSON file in the archive, before the record that reaches it
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

/// Writes one archive: tar entries of `{"Records":[…]}`, one gzip member.
pub struct ArchiveWriter {
    stem: String,
    sizes: Sizes,
    entry: Vec<u8>,
    entries: u32,
    tar: tar::Builder<Hashed>,
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
    /// hex SHA-256 of the tar
    pub sha256: String,
    /// bytes of the archive in all
    pub bytes: u64,
    /// events in it
    pub events: u64,
    /// times of its oldest and newest event
    pub span: Option<(Instant, Instant)>,
}

/// What a JSON file begins and ends with.
const OPEN: &[u8] = b"{\"Records\":[";
const CLOSE: &[u8] = b"]}";

impl ArchiveWriter {
    /// An empty archive; its files are called `STEM_0001.json` and so on.
    pub fn new(stem: impl Into<String>, sizes: Sizes) -> Self {
        Self {
            stem: stem.into(),
            sizes,
            entry: Vec::with_capacity(sizes.entry_bytes + RECORD_BYTES),
            entries: 0,
            tar: tar::Builder::new(Hashed::new()),
            taken: 0,
            plain: 0,
            events: 0,
            oldest: None,
            newest: None,
        }
    }

    /// Adds a record, verbatim.
    pub fn push(&mut self, record: &str, time: Instant) -> io::Result<()> {
        let before = if self.entry.is_empty() { OPEN } else { b"," };
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
                || self.plain + entry > PLAIN_BYTES)
    }

    /// Bytes ready to be sent, at least a part's worth; `None` until there are.
    pub fn take_part(&mut self) -> Option<Vec<u8>> {
        let ready = self.tar.get_mut().gzip.get_mut();
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
        let Hashed { gzip, hash } = self.tar.into_inner()?;
        let rest = gzip.finish()?;
        Ok(Finished {
            sha256: hex::encode(hash.finish()),
            bytes: self.taken + rest.len() as u64,
            rest,
            events: self.events,
            span: self.oldest.zip(self.newest),
        })
    }

    fn compressed(&self) -> u64 {
        self.taken + self.tar.get_ref().gzip.get_ref().len() as u64
    }

    fn end_entry(&mut self) -> io::Result<()> {
        if self.entry.is_empty() {
            return Ok(());
        }
        self.entry.extend_from_slice(CLOSE);
        self.entries += 1;
        let mut header = tar::Header::new_ustar();
        header.set_path(format!("{}_{:04}.json", self.stem, self.entries))?;
        header.set_size(self.entry.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_cksum();
        self.tar.append(&header, self.entry.as_slice())?;
        self.plain += self.entry.len() as u64;
        self.entry.clear();
        Ok(())
    }
}

/// Hashes the tar on its way into gzip.
struct Hashed {
    gzip: GzEncoder<Vec<u8>>,
    /// ring's, which takes half of the time of the sha2 crate's
    hash: Context,
}

impl Hashed {
    fn new() -> Self {
        Self {
            gzip: GzEncoder::new(Vec::new(), Compression::new(LEVEL)),
            hash: Context::new(&SHA256),
        }
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gzip.write_all(bytes)?;
        self.hash.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

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

    fn write(count: u64) -> (Vec<u8>, Finished) {
        let mut writer = ArchiveWriter::new("stem", SIZES);
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

    #[test]
    fn an_archive_is_json_files_in_a_tar_in_one_gzip_member() {
        let (bytes, finished) = write(5_000);
        assert_eq!(finished.bytes, bytes.len() as u64);
        assert_eq!(finished.events, 5_000);
        let span = (Instant::from_millis(0), Instant::from_millis(4_999));
        assert_eq!(finished.span, Some(span));
        let mut plain = Vec::new();
        let mut gzip = flate2::bufread::GzDecoder::new(bytes.as_slice());
        gzip.read_to_end(&mut plain).unwrap();
        assert!(gzip.into_inner().is_empty(), "nothing after the member");
        assert_eq!(
            finished.sha256,
            hex::encode(ring::digest::digest(&SHA256, &plain))
        );
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
        assert_eq!(write(2_000).0, write(2_000).0);
    }

    #[test]
    fn an_archive_that_is_full_stays_under_its_most_bytes() {
        for archive_bytes in [600_000, 1_000_000, 2_000_000] {
            let sizes = Sizes {
                archive_bytes,
                ..SIZES
            };
            let mut writer = ArchiveWriter::new("stem", sizes);
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
