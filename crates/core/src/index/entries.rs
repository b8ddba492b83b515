//! Puts together what has one hash: of a range of hashes, the rows of each.

use super::bits::width_of;
use super::block::Block;
use super::buckets::{Buckets, Said};
use super::build::Source;
use super::hash::value_hash;
use super::pairs::{ByHash, Pair, Pairs};
use super::rows::{self, Rows};
use crate::damaged::Damaged;
use crate::query::Attribute;

/// Rows of a part that have one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    hash: u64,
    /// where they begin in the list of all
    start: u32,
    count: u32,
}

/// Rows by hash, of a range of hashes.
pub(super) struct Entries {
    /// by hash, then in row order
    groups: Vec<Group>,
    rows: Vec<u32>,
    /// of event ids: what is kept of the hash, and the row behind it
    ids: Vec<u64>,
    hash_bits: u32,
    row_bits: u32,
    /// which hashes, by so many of their first bits
    range: (u64, u32),
}

fn is_in((number, bits): (u64, u32), hash: u64) -> bool {
    hash.checked_shr(u64::BITS - bits).unwrap_or(0) == number
}

impl Entries {
    /// What an id takes.
    pub const ID_BYTES: u64 = 8;

    /// What so many rows with a value take.
    pub fn bytes(rows: u32) -> u64 {
        size_of::<Group>() as u64 + 4 * u64::from(rows)
    }

    /// Of all hashes whose first bits are this number.
    pub fn of<R: Rows>(
        sources: &[Source<'_, R>],
        block: &Block,
        range: (u64, u32),
    ) -> Result<Self, Damaged> {
        let mut entries = Self {
            groups: Vec::new(),
            rows: Vec::new(),
            ids: Vec::new(),
            hash_bits: block.hash_bits.into(),
            row_bits: width_of(block.rows),
            range,
        };
        for (first, part) in sources.iter().flat_map(Source::parts) {
            entries.add_values(first, part)?;
            entries.add_ids(first, part);
        }
        entries.groups.sort_unstable();
        entries.ids.sort_unstable();
        Ok(entries)
    }

    fn add_values(&mut self, first: u32, part: &impl Rows) -> Result<(), Damaged> {
        rows::common(part, &mut |common| {
            if is_in(self.range, common.hash) {
                self.groups.push(Group {
                    hash: common.hash,
                    start: u32::try_from(self.rows.len()).unwrap_or(u32::MAX),
                    count: u32::try_from(common.rows.len()).unwrap_or(u32::MAX),
                });
                self.rows.extend(common.rows.iter().map(|row| first + row));
            }
        })
    }

    fn add_ids(&mut self, first: u32, part: &impl Rows) {
        part.ids(&mut |row, id| {
            let hash = value_hash(Attribute::EventId, id);
            if is_in(self.range, hash) {
                let row = u64::from(first + row);
                self.ids.push(self.kept(hash) << self.row_bits | row);
            }
        });
    }

    fn kept(&self, hash: u64) -> u64 {
        hash >> (u64::BITS - self.hash_bits)
    }

    /// Gives everything to buckets, by hash, with the pairs in this range.
    pub fn put(&self, pairs: &Pairs, buckets: &mut Buckets<'_>) {
        let begin = (pairs.met).partition_point(|pair| !self.reaches(pair.hash));
        let mut left = Left {
            groups: &self.groups,
            ids: &self.ids,
            pairs: &pairs.met[begin..],
        };
        let mut rows = Vec::new();
        while let Some(kept) = left.next(self) {
            rows.clear();
            let is_paired = self.take_groups(&mut left, kept, &pairs.frequent, &mut rows);
            while let Some((id, rest)) = left.ids.split_first()
                && id >> self.row_bits == kept
            {
                let row = id & ((1 << self.row_bits) - 1);
                rows.push(u32::try_from(row).unwrap_or(u32::MAX));
                left.ids = rest;
            }
            let untold = self.take_pairs(&mut left, kept, &mut rows);
            if !rows.is_sorted_by(|one, next| one < next) {
                rows.sort_unstable();
                rows.dedup();
            }
            let told = (!rows.is_empty()).then_some(Said::Rows(&rows, is_paired));
            let untold = (untold > 0).then_some(Said::Untold(untold));
            match (told, untold) {
                (Some(told), Some(untold)) => buckets.push(kept, &[told, untold]),
                (Some(said), None) | (None, Some(said)) => buckets.push(kept, &[said]),
                (None, None) => {}
            }
            if buckets.are_too_many() {
                return;
            }
        }
    }

    /// Whether a hash is in the range, or behind it.
    fn reaches(&self, hash: u64) -> bool {
        hash.checked_shr(u64::BITS - self.range.1).unwrap_or(0) >= self.range.0
    }

    /// Rows of values; whether all of them take part in pairs.
    fn take_groups(
        &self,
        left: &mut Left<'_>,
        kept: u64,
        frequent: &ByHash<u32>,
        rows: &mut Vec<u32>,
    ) -> bool {
        let mut are_frequent = true;
        let mut last = None;
        while let Some((group, rest)) = left.groups.split_first()
            && self.kept(group.hash) == kept
        {
            let start = group.start as usize;
            rows.extend_from_slice(&self.rows[start..start + group.count as usize]);
            if last != Some(group.hash) {
                are_frequent &= frequent.contains_key(&group.hash);
                last = Some(group.hash);
            }
            left.groups = rest;
        }
        are_frequent && last.is_some()
    }

    /// Rows of pairs; how often those meet whose rows are not told.
    fn take_pairs(&self, left: &mut Left<'_>, kept: u64, rows: &mut Vec<u32>) -> u32 {
        let mut untold = 0;
        while let Some((pair, rest)) = left.pairs.split_first()
            && self.kept(pair.hash) == kept
        {
            match &pair.rows {
                Some(told) => rows.extend_from_slice(told),
                None => untold += pair.count,
            }
            left.pairs = rest;
        }
        untold
    }
}

/// What was not given yet.
struct Left<'e> {
    groups: &'e [Group],
    ids: &'e [u64],
    pairs: &'e [Pair],
}

impl Left<'_> {
    /// What is kept of the next hash.
    fn next(&self, entries: &Entries) -> Option<u64> {
        let group = self.groups.first().map(|group| entries.kept(group.hash));
        let id = self.ids.first().map(|id| id >> entries.row_bits);
        let pair = self.pairs.first();
        let pair = pair.filter(|pair| is_in(entries.range, pair.hash));
        let pair = pair.map(|pair| entries.kept(pair.hash));
        [group, id, pair].into_iter().flatten().min()
    }
}
