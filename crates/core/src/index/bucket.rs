//! A bucket: what a range of hashes leads to, in one item.
//!
//! Layout: [`Header`], then for each hash, ascending, in bits: the gap to the one before it (Golomb-Rice), in unary what
//! is known of it ([`Known`]), and that. Two entries may have one hash: rows and, of a pair, [`Known::Untold`].

use super::bits::{BitReader, BitWriter};
use super::item::{self, Kind};
use super::single;
use super::{Entry, EntryRows, PAIR_ROWS, hash, rowset};
use crate::damaged::Damaged;
use crate::items::Item;

/// Bytes before the entries.
pub(super) const HEADER_BYTES: usize = 25;

/// What is said of a hash, by the number it is coded as.
pub(super) mod known {
    /// one row
    pub const ONE: u64 = 0;
    /// a set of rows
    pub const SET: u64 = 1;
    /// rows in chunks
    pub const CHUNKS: u64 = 2;
    /// a pair whose rows are not told
    pub const UNTOLD: u64 = 3;
}

/// What a bucket says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// how many bits of a hash are kept
    pub hash_bits: u32,
    /// plain bits of a gap
    pub low: u32,
    /// rows of the block
    pub rows: u32,
    /// first hash it may have, as kept: shifted down
    pub first: u64,
    /// last hash it may have
    pub last: u64,
    /// how many entries
    pub entries: u32,
}

impl Header {
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.push(self.hash_bits.to_le_bytes()[0]);
        bytes.push(self.low.to_le_bytes()[0]);
        bytes.extend_from_slice(&self.rows.to_le_bytes());
        bytes.extend_from_slice(&self.first.to_le_bytes());
        bytes.extend_from_slice(&self.last.to_le_bytes());
        bytes.extend_from_slice(&self.entries.to_le_bytes()[..3]);
        bytes
    }

    fn decode(bytes: &[u8; HEADER_BYTES]) -> Result<Self, Damaged> {
        let long = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(word)
        };
        let header = Self {
            hash_bits: bytes[0].into(),
            low: bytes[1].into(),
            rows: u32::from_le_bytes([bytes[2], bytes[3], bytes[4], bytes[5]]),
            first: long(6),
            last: long(14),
            entries: u32::from_le_bytes([bytes[22], bytes[23], bytes[24], 0]),
        };
        let is_sound = (1..=64).contains(&header.hash_bits) && header.low < 64;
        if !is_sound {
            return Err(Damaged::Inconsistent("a bucket's beginning makes no sense"));
        }
        Ok(header)
    }

    fn width(&self) -> u32 {
        super::bits::width_of(self.rows)
    }
}

/// A bucket, opened.
#[derive(Clone, Debug)]
pub struct Bucket {
    header: Header,
    entries: Vec<u8>,
}

impl Bucket {
    /// Reads an item that [`bucket_ask`](super::bucket_ask) found.
    pub fn decode(item: &Item) -> Result<Self, Damaged> {
        let (kind, content) = item::open(item)?;
        let content = match kind {
            kind if kind == Kind::Bucket as u8 => content,
            kind if kind == Kind::Single as u8 => single::bucket(content)?,
            _ => return Err(item::UNEXPECTED),
        };
        let Some((header, entries)) = content.split_first_chunk() else {
            return Err(Damaged::Inconsistent("a bucket is too short"));
        };
        Ok(Self {
            header: Header::decode(header)?,
            entries: entries.to_vec(),
        })
    }

    /// Whether it is the bucket of this hash. If not, the right one was not visible yet to the read: ask again,
    /// consistently.
    pub fn covers(&self, hash: u64) -> bool {
        (self.header.first..=self.header.last).contains(&self.kept(hash))
    }

    fn kept(&self, hash: u64) -> u64 {
        hash >> (64 - self.header.hash_bits)
    }

    /// What it says of a hash it covers; `None`: no row has it.
    pub fn find(&self, hash: u64) -> Result<Option<Entry>, Damaged> {
        let wanted = self.kept(hash);
        if !self.covers(hash) {
            return Err(Damaged::Inconsistent("a bucket is not that of a hash"));
        }
        let is_pair = hash::is_pair(hash);
        let mut reader = BitReader::of(&self.entries);
        let mut at = self.header.first;
        let mut found = None;
        for _ in 0..self.header.entries {
            at = at.saturating_add(reader.rice(self.header.low)?);
            if at > wanted {
                break;
            }
            if at < wanted {
                self.entry(&mut reader, |_| {})?;
                continue;
            }
            let mut rows = Vec::new();
            let mut entry = self.entry(&mut reader, |row| rows.push(row))?;
            match &mut entry.rows {
                EntryRows::Here(here) | EntryRows::Chunks(here) => *here = rows,
                EntryRows::Untold if is_pair => return Ok(Some(entry)),
                EntryRows::Untold => continue,
            }
            found = Some(entry);
        }
        Ok(found)
    }

    /// Reads an entry; its rows, or the first rows of its chunks, go to `each`.
    fn entry(
        &self,
        reader: &mut BitReader<'_>,
        mut each: impl FnMut(u32),
    ) -> Result<Entry, Damaged> {
        let header = &self.header;
        let known = reader.unary()?;
        if known == known::ONE {
            let row = u32::try_from(reader.take(header.width())?).unwrap_or(u32::MAX);
            if row >= header.rows {
                return Err(Damaged::Inconsistent("a row is beyond its block"));
            }
            each(row);
            return Ok(Entry {
                count: 1,
                is_paired: false,
                rows: EntryRows::Here(Vec::new()),
            });
        }
        let count = u32::try_from(reader.gamma()?).unwrap_or(u32::MAX);
        if known == known::UNTOLD {
            return Ok(Entry {
                count,
                is_paired: false,
                rows: EntryRows::Untold,
            });
        }
        let is_paired = count >= PAIR_ROWS && reader.take(1)? == 1;
        let rows = match known {
            known::SET => {
                rowset::take(reader, count, header.width(), header.rows, each)?;
                EntryRows::Here(Vec::new())
            }
            known::CHUNKS => {
                let chunks = u32::try_from(reader.gamma()?).unwrap_or(u32::MAX);
                rowset::take(reader, chunks, header.width(), header.rows, each)?;
                EntryRows::Chunks(Vec::new())
            }
            _ => return Err(Damaged::Inconsistent("a bucket says what is not known")),
        };
        Ok(Entry {
            count,
            is_paired,
            rows,
        })
    }
}

/// Codes what is said of a hash.
pub(super) fn put_one(writer: &mut BitWriter, row: u32, width: u32) {
    writer.unary(known::ONE);
    writer.put(row.into(), width);
}

/// A pair whose rows are not told.
pub(super) fn put_untold(writer: &mut BitWriter, count: u32) {
    writer.unary(known::UNTOLD);
    writer.gamma(count.into());
}

/// A set of two rows or more, or the first rows of its chunks. Says how many of them were written.
pub(super) fn put_set(
    writer: &mut BitWriter,
    (count, is_paired): (u32, bool),
    chunks: Option<u32>,
    rows: &[u32],
    width: u32,
    limit: usize,
) -> usize {
    writer.unary(if chunks.is_some() {
        known::CHUNKS
    } else {
        known::SET
    });
    writer.gamma(count.into());
    if count >= PAIR_ROWS {
        writer.put(is_paired.into(), 1);
    }
    if let Some(chunks) = chunks {
        writer.gamma(chunks.into());
    }
    rowset::put(writer, rows, width, limit)
}
