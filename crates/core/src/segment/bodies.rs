//! The bodies block: the records of a segment, verbatim, compressed together.
//!
//! Layout, version 1: a version byte, the uncompressed length (u32, little endian), then one zstd
//! frame of the records one after the other. Where each one ends, the columns say.

use std::cell::RefCell;
use std::io;
use std::ops::Range;

use super::Damaged;

const VERSION: u8 = 1;
const HEADER: usize = 1 + 4;
/// zstd level: 2–3 µs an event; higher ones cost more and save little.
const LEVEL: i32 = 3;
/// Most uncompressed bytes of a block; the builder stays far below.
const MAX_PLAIN: usize = 32 * 1024 * 1024;

/// Compresses bodies; keeps its working memory between segments.
pub struct BodyEncoder {
    zstd: zstd::bulk::Compressor<'static>,
    plain: Vec<u8>,
}

impl BodyEncoder {
    /// A new one; about a megabyte.
    pub fn new() -> Result<Self, Damaged> {
        let zstd = zstd::bulk::Compressor::new(LEVEL).map_err(Damaged::Bodies)?;
        Ok(Self {
            zstd,
            plain: Vec::new(),
        })
    }

    /// The block of these records.
    pub fn encode<'r>(
        &mut self,
        records: impl Iterator<Item = &'r str>,
    ) -> Result<Vec<u8>, Damaged> {
        self.plain.clear();
        for record in records {
            self.plain.extend(record.as_bytes());
        }
        let length = u32::try_from(self.plain.len()).unwrap_or(u32::MAX);
        let mut block = vec![0; HEADER + zstd::zstd_safe::compress_bound(self.plain.len())];
        block[0] = VERSION;
        block[1..HEADER].copy_from_slice(&length.to_le_bytes());
        let written = self
            .zstd
            .compress_to_buffer(&self.plain, &mut block[HEADER..])
            .map_err(Damaged::Bodies)?;
        block.truncate(HEADER + written);
        block.shrink_to_fit();
        Ok(block)
    }
}

/// Decompressed records.
#[derive(Debug)]
pub struct Bodies {
    plain: String,
    ranges: Vec<Range<usize>>,
}

impl Bodies {
    /// Reads a block of records of these lengths.
    pub fn decode(block: &[u8], lengths: impl Iterator<Item = usize>) -> Result<Self, Damaged> {
        let (length, frame) = parts(block)?;
        let mut plain = Vec::new();
        decompress(frame, length, &mut plain).map_err(Damaged::Bodies)?;
        let plain = String::from_utf8(plain)
            .map_err(|_| Damaged::Inconsistent("the bodies are not UTF-8"))?;
        let mut end = 0;
        let ranges: Vec<Range<usize>> = lengths
            .map(|length| {
                let start = end;
                end += length;
                start..end
            })
            .collect();
        if end != plain.len()
            || ranges
                .iter()
                .any(|range| !plain.is_char_boundary(range.end))
        {
            return Err(Damaged::Inconsistent(
                "the bodies are not those of the columns",
            ));
        }
        Ok(Self { plain, ranges })
    }

    /// A row's record.
    pub fn get(&self, row: usize) -> &str {
        self.ranges
            .get(row)
            .and_then(|range| self.plain.get(range.clone()))
            .unwrap_or_default()
    }
}

/// Decompresses one block after the other in the same memory, and checks the text of no row but those asked for.
#[derive(Debug, Default)]
pub struct BodyReader {
    plain: Vec<u8>,
    ends: Vec<usize>,
}

impl BodyReader {
    /// Reads a block of records of these lengths in place of the one before.
    pub fn open(
        &mut self,
        block: &[u8],
        lengths: impl Iterator<Item = usize>,
    ) -> Result<(), Damaged> {
        let (length, frame) = parts(block)?;
        decompress(frame, length, &mut self.plain).map_err(Damaged::Bodies)?;
        self.ends.clear();
        self.ends.extend(lengths.scan(0_usize, |end, length| {
            *end = end.saturating_add(length);
            Some(*end)
        }));
        if self.ends.last().copied().unwrap_or(0) != self.plain.len() {
            return Err(Damaged::Inconsistent(
                "the bodies are not those of the columns",
            ));
        }
        Ok(())
    }

    /// A row's record.
    pub fn get(&self, row: usize) -> Result<&str, Damaged> {
        let end = self.ends.get(row).copied();
        let start = row
            .checked_sub(1)
            .map_or(Some(&0), |before| self.ends.get(before));
        let place = start.zip(end).map(|(start, end)| *start..end);
        let record = place.and_then(|place| self.plain.get(place));
        let record = record.unwrap_or_default();
        std::str::from_utf8(record)
            .map_err(|_| Damaged::Inconsistent("the bodies are not those of the columns"))
    }
}

/// The uncompressed length and the frame of a block.
fn parts(block: &[u8]) -> Result<(usize, &[u8]), Damaged> {
    let [version, l0, l1, l2, l3, frame @ ..] = block else {
        return Err(Damaged::Inconsistent("the bodies are cut short"));
    };
    if *version != VERSION {
        return Err(Damaged::Version(*version));
    }
    let length = u32::from_le_bytes([*l0, *l1, *l2, *l3]) as usize;
    if length > MAX_PLAIN {
        return Err(Damaged::Inconsistent(
            "the bodies are larger than any we write",
        ));
    }
    Ok((length, frame))
}

thread_local! {
    /// Making one takes as long as decompressing a small block.
    static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Decompresses into `plain` in place of what is there.
pub(super) fn decompress(frame: &[u8], length: usize, plain: &mut Vec<u8>) -> io::Result<()> {
    plain.clear();
    plain.reserve(length);
    DECOMPRESSOR.with_borrow_mut(|kept| {
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            none => none.insert(zstd::bulk::Decompressor::new()?),
        };
        // It writes no more than there is room for, which may be more than was asked for.
        decompressor.decompress_to_buffer(frame, plain)
    })?;
    if plain.len() > length {
        return Err(io::Error::other("longer than it says"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_to_the_byte_and_damage_is_told() {
        let records = ["{}", "", "{\"é\": \"😀\"}", "{}"];
        let lengths = records.map(str::len);
        let block = BodyEncoder::new()
            .unwrap()
            .encode(records.iter().copied())
            .unwrap();
        let bodies = Bodies::decode(&block, lengths.into_iter()).unwrap();
        for (row, record) in records.iter().enumerate() {
            assert_eq!(bodies.get(row), *record);
        }
        let mut reader = BodyReader::default();
        for _ in 0..2 {
            reader.open(&block, lengths.into_iter()).unwrap();
            for (row, record) in records.iter().enumerate() {
                assert_eq!(reader.get(row).unwrap(), *record);
            }
        }
        for absent in [records.len(), records.len() + 1, usize::MAX] {
            assert_eq!(reader.get(absent).unwrap(), "");
        }
        assert!(reader.open(&block, [2, 0].into_iter()).is_err());
        let cut = [5, 0, lengths[2] - 3, 2];
        reader.open(&block, cut.into_iter()).unwrap_or_default();
        assert!(
            cut.iter()
                .enumerate()
                .any(|(row, _)| reader.get(row).is_err())
        );
        let decoded =
            |block: &[u8], lengths: &[usize]| Bodies::decode(block, lengths.iter().copied());
        assert!(decoded(&block, &lengths[..3]).is_err());
        assert!(decoded(&block, &[lengths.as_slice(), &[1]].concat()).is_err());
        assert!(decoded(&block, &[5, 0, lengths[2] - 3, 2]).is_err());
        assert!(decoded(&block[..block.len() - 1], &lengths).is_err());
        assert!(matches!(
            decoded(&[9, 0, 0, 0, 0], &[]),
            Err(Damaged::Version(9))
        ));
        assert!(decoded(&[1, 255, 255, 255, 255], &[]).is_err());
    }
}
