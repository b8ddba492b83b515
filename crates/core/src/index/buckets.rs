//! Cuts what is said of all hashes of a block into buckets.

use super::asks;
use super::bits::{BitWriter, width_of};
use super::block::Layout;
use super::bucket::{self, HEADER_BYTES, Header};
use super::chunk;
use super::item::{self, Kind, Made};
use crate::items::Item;

/// A set whose code is longer lies in chunks of its own.
const INLINE_BYTES: usize = 768;
/// Up to so many buckets lie in one partition: in sixteen, each partition's last would be half empty.
pub(super) const TOGETHER: usize = 16;

/// What is said of a hash.
#[derive(Clone, Copy, Debug)]
pub(super) enum Said<'r> {
    /// so many rows have it, which are not told
    Untold(u32),
    /// these rows have it, ascending; and whether it takes part in pairs
    Rows(&'r [u32], bool),
}

/// Buckets under way.
pub(super) struct Buckets<'m> {
    made: Made<'m>,
    /// of a gap, plain
    low: u32,
    first: u64,
    /// the hash before
    at: u64,
    entries: u32,
    written: BitWriter,
    entry: BitWriter,
    done: Vec<(u64, Vec<u8>)>,
    chunks: Vec<Item>,
}

impl<'m> Buckets<'m> {
    /// Buckets of a block that will have about so many entries.
    pub fn new(made: Made<'m>, entries: u64) -> Self {
        let bits = u32::from(made.block.hash_bits);
        // A gap is 2^bits / entries; its best code has 0.69 times that below its plain bits, or nearly.
        let low = bits.saturating_sub((entries + entries / 2).max(1).ilog2());
        Self {
            made,
            low,
            first: 0,
            at: 0,
            entries: 0,
            written: BitWriter::default(),
            entry: BitWriter::default(),
            done: Vec::new(),
            chunks: Vec::new(),
        }
    }

    /// Whether it should have been begun with [`Layout::Spread`].
    pub fn are_too_many(&self) -> bool {
        self.made.block.layout != Layout::Spread && self.done.len() > TOGETHER
    }

    fn bits(&self) -> u32 {
        self.made.block.hash_bits.into()
    }

    /// How the kept part of a hash goes on as a whole hash.
    fn whole(&self, kept: u64) -> u64 {
        kept << (64 - self.bits())
    }

    /// Says what there is of a hash, of which so much is kept, greater than the one before.
    pub fn push(&mut self, kept: u64, said: &[Said<'_>]) {
        self.code(kept, said);
        if self.made.block.layout == Layout::Spread {
            self.enter(kept >> (self.bits() - 4));
        }
        let gap = super::bits::rice_bits(kept - self.at, self.low);
        let key = asks::bucket_key(self.made.account, self.made.block, self.whole(self.first));
        let room = (item::room(&key) - HEADER_BYTES) * 8;
        let bits = self.written.len() + self.entry.len();
        if self.entries > 0 && bits as u64 + gap > room as u64 {
            self.close(kept - 1);
        }
        self.written.rice(kept - self.at, self.low);
        self.written.append(&self.entry);
        self.at = kept;
        self.entries += u32::try_from(said.len()).unwrap_or(0);
    }

    fn code(&mut self, kept: u64, said: &[Said<'_>]) {
        let width = width_of(self.made.block.rows);
        self.entry.clear();
        for (number, said) in said.iter().enumerate() {
            if number > 0 {
                self.entry.rice(0, self.low);
            }
            match *said {
                Said::Untold(count) => bucket::put_untold(&mut self.entry, count),
                Said::Rows([row], _) => bucket::put_one(&mut self.entry, *row, width),
                Said::Rows(rows, is_paired) => self.code_rows(kept, rows, is_paired, width),
            }
        }
    }

    fn code_rows(&mut self, kept: u64, rows: &[u32], is_paired: bool, width: u32) {
        let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let about = (count, is_paired);
        let mut entry = BitWriter::default();
        let written = bucket::put_set(&mut entry, about, None, rows, width, INLINE_BYTES * 8);
        if written < rows.len() {
            let firsts = chunk::write(&self.made, self.whole(kept), rows, &mut self.chunks);
            let chunks = u32::try_from(firsts.len()).unwrap_or(u32::MAX);
            entry.clear();
            bucket::put_set(
                &mut entry,
                about,
                Some(chunks),
                &firsts,
                width,
                usize::MAX >> 1,
            );
        }
        self.entry.append(&entry);
    }

    /// Goes on to the partition of a hash's first digit.
    fn enter(&mut self, digit: u64) {
        let below = self.bits() - 4;
        while self.first >> below < digit {
            let next = ((self.first >> below) + 1) << below;
            self.close(next - 1);
        }
    }

    /// Ends the bucket: its last hash is this, and the next begins behind it.
    fn close(&mut self, last: u64) {
        let header = Header {
            hash_bits: self.bits(),
            low: self.low,
            rows: self.made.block.rows,
            first: self.first,
            last,
            entries: self.entries,
        };
        let mut content = header.encode();
        content.extend_from_slice(&std::mem::take(&mut self.written).finish());
        self.done.push((self.whole(self.first), content));
        self.first = last.saturating_add(1);
        self.at = self.first;
        self.entries = 0;
    }

    /// Ends the last bucket: contents by first hash, and the chunks.
    pub fn finish(mut self) -> (Vec<(u64, Vec<u8>)>, Vec<Item>) {
        if self.made.block.layout == Layout::Spread {
            self.enter(15);
        }
        self.close(u64::MAX >> (64 - self.bits()));
        (self.done, self.chunks)
    }
}

/// Items of buckets that lie each for itself.
pub(super) fn items(
    made: Made<'_>,
    buckets: Vec<(u64, Vec<u8>)>,
) -> impl Iterator<Item = Item> + use<'_> {
    buckets.into_iter().map(move |(first, content)| {
        let key = asks::bucket_key(made.account, made.block, first);
        made.item(key, Kind::Bucket, &content)
    })
}
