//! Builds a block from the columns of its runs.
//!
//! Values are hashed once a part, and what has one hash is put together by sorting: no map has an entry a row. Where a
//! block is large, this is done in passes, each for a range of hashes, so that memory stays the same.

use sha2::{Digest as _, Sha256};

use super::bits::width_of;
use super::block::{Block, Layout, Run, VALUES_VERSION};
use super::buckets::{self, Buckets};
use super::counts::Counts;
use super::entries::Entries;
use super::frames::Frames;
use super::item::{self, Kind, Made, VERSION};
use super::pairs::Pairs;
use super::pieces::{self, CodedDirectory};
use super::rows::Rows;
use super::{MAX_BLOCK_ROWS, RunColumns, asks, single};
use crate::account::AccountId;
use crate::damaged::Damaged;
use crate::instant::Instant;
use crate::items::Item;
use crate::items::key::ContentHash;
use crate::pack::PART_ROWS;

/// About how much memory a pass may take, in bytes.
const PASS_BYTES: u64 = 256 * 1024 * 1024;
/// Bits of a hash kept beyond what tells as many as there are apart: one in 4,096 that are not there seems to be.
const PRINT_BITS: u32 = 12;

/// Builds a block over runs, given newest first, of at most [`MAX_BLOCK_ROWS`] rows together.
pub fn build(
    account: AccountId,
    tier: u8,
    runs: &[RunColumns<'_>],
) -> Result<(Block, Vec<Item>), Damaged> {
    let runs: Vec<_> = runs.iter().map(|run| (run.run, run.parts)).collect();
    build_rows(account, tier, &runs, PASS_BYTES)
}

/// A run, and where its rows begin in the block.
pub(super) struct Source<'r, R> {
    run: &'r Run,
    first: u32,
    parts: &'r [R],
}

impl<'r, R: Rows> Source<'r, R> {
    /// How many rows.
    pub const fn rows(&self) -> u32 {
        self.run.rows
    }

    /// The parts, with the number of their first row.
    pub fn parts(&self) -> impl Iterator<Item = (u32, &'r R)> {
        let firsts = (self.first..).step_by(PART_ROWS as usize);
        firsts.zip(self.parts)
    }

    /// Checks that the parts are those of the run.
    fn check(&self) -> Result<(), Damaged> {
        let rows: usize = self.parts.iter().map(Rows::count).sum();
        let whole = self.parts.split_last().map_or(&[][..], |(_, whole)| whole);
        let are_whole = whole.iter().all(|part| part.count() == PART_ROWS as usize);
        if rows != self.run.rows as usize || !are_whole {
            return Err(Damaged::Inconsistent("a run's columns are not of its rows"));
        }
        Ok(())
    }
}

/// As [`build`], of any rows, in passes of so many bytes.
pub(super) fn build_rows<R: Rows>(
    account: AccountId,
    tier: u8,
    runs: &[(&Run, &[R])],
    pass_bytes: u64,
) -> Result<(Block, Vec<Item>), Damaged> {
    let sources = sources(runs)?;
    let counts = Counts::of(&sources)?;
    let pairs = if tier > 0 {
        Pairs::of(&sources, &counts)?
    } else {
        Pairs::default()
    };
    let entries = counts.entries + pairs.met.len() as u64;
    let frames = sources.iter().map(|source| {
        let frames = Frames::of(source.run, source.parts)?;
        Ok((source.run, frames))
    });
    let frames = frames.collect::<Result<Vec<_>, Damaged>>()?;
    let mut block = draft(tier, &frames, entries)?;
    let room = item::room(&asks::piece_key(account, &block, 0));
    let directory = pieces::code(&frames, &counts.hours, room)?;
    block.piece_rows = directory.piece_rows;

    let passes = passes(counts.bytes, pass_bytes);
    let whole = (passes == 0).then(|| Entries::of(&sources, &block, (0, 0)));
    let plan = Plan {
        sources: &sources,
        pairs: &pairs,
        entries,
        passes,
        whole: whole.transpose()?,
    };
    let mut found = plan.buckets(Made::of(account, &block))?;
    if found.is_none() {
        block.layout = Layout::Spread;
        found = plan.buckets(Made::of(account, &block))?;
    }
    let (buckets, chunks) = found.unwrap_or_default();
    if let Some(content) = only(&buckets, &chunks, &directory, room) {
        block.layout = Layout::Single;
        let key = asks::piece_key(account, &block, 0);
        let item = item::item(key, Kind::Single, &content, block.expires.1);
        return Ok((block, vec![item]));
    }
    let made = Made::of(account, &block);
    let items = several(made, buckets, chunks, directory);
    Ok((block, items))
}

fn sources<'r, R: Rows>(runs: &[(&'r Run, &'r [R])]) -> Result<Vec<Source<'r, R>>, Damaged> {
    let mut sources = Vec::with_capacity(runs.len());
    let mut first: u32 = 0;
    for (run, parts) in runs {
        let source = Source { run, first, parts };
        source.check()?;
        sources.push(source);
        let next = first.checked_add(run.rows);
        first = next
            .filter(|rows| *rows <= MAX_BLOCK_ROWS)
            .ok_or(Damaged::Inconsistent("a block has too many rows"))?;
    }
    if first == 0 {
        return Err(Damaged::Inconsistent("a block has no rows"));
    }
    Ok(sources)
}

/// The contents of buckets by first hash, and chunks.
type Found = (Vec<(u64, Vec<u8>)>, Vec<Item>);

/// The content of the one item that has everything, if that is possible.
fn only(
    buckets: &[(u64, Vec<u8>)],
    chunks: &[Item],
    directory: &CodedDirectory,
    room: usize,
) -> Option<Vec<u8>> {
    let ([(_, bucket)], [], [(_, piece)]) = (buckets, chunks, &*directory.pieces) else {
        return None;
    };
    if directory.beside.is_some() {
        return None;
    }
    single::content(bucket, piece).filter(|content| content.len() <= room)
}

fn several(
    made: Made<'_>,
    found: Vec<(u64, Vec<u8>)>,
    chunks: Vec<Item>,
    directory: CodedDirectory,
) -> Vec<Item> {
    let mut items = directory.items(made);
    items.extend(buckets::items(made, found));
    items.extend(chunks);
    items
}

/// The block but for its directory's pieces and, perhaps, its layout.
fn draft(tier: u8, runs: &[(&Run, Frames)], entries: u64) -> Result<Block, Damaged> {
    let mut id = Sha256::new();
    id.update([VERSION, VALUES_VERSION, tier]);
    let mut slots: Option<(_, _)> = None;
    let mut times: Option<(i64, Option<i64>, i64)> = None;
    for (run, frames) in runs {
        id.update(run.id.0);
        let known = slots.unwrap_or(run.slots);
        slots = Some((known.0.min(run.slots.0), known.1.max(run.slots.1)));
        let Some(these) = frames.times else { continue };
        let (newest, oldest, least) = times.unwrap_or(these);
        let oldest = oldest.into_iter().chain(these.1).min();
        times = Some((newest.max(these.0), oldest, least.min(these.2)));
    }
    let (Some(slots), Some((newest, oldest, least))) = (slots, times) else {
        return Err(Damaged::Inconsistent("a block has no rows"));
    };
    let rows = runs.iter().map(|(run, _)| run.rows).sum();
    let expires = runs.iter().map(|(run, _)| run.expires);
    let (Some(begin), Some(end)) = (expires.clone().min(), expires.max()) else {
        return Err(Damaged::Inconsistent("a block has no runs"));
    };
    let mut name = [0; 12];
    name.copy_from_slice(&id.finalize()[..12]);
    Ok(Block {
        id: ContentHash(name),
        values: VALUES_VERSION,
        tier,
        rows,
        bytes: 0,
        slots,
        newest: Instant::from_millis(newest),
        oldest: Instant::from_millis(oldest.unwrap_or(newest)),
        least: Instant::from_millis(least),
        expires: (begin, end),
        layout: Layout::Together,
        hash_bits: hash_bits(entries, rows).to_le_bytes()[0],
        piece_rows: rows,
    })
}

/// So many that hashes that are not there are told from those that are; and with a row number they are 64 at most.
fn hash_bits(entries: u64, rows: u32) -> u32 {
    let apart = u64::BITS - entries.saturating_sub(1).leading_zeros();
    (apart + PRINT_BITS).min(u64::BITS - width_of(rows))
}

/// In how many passes hashes are put together, as a power of two: by so many of their first bits.
fn passes(bytes: u64, pass_bytes: u64) -> u32 {
    let passes = bytes.div_ceil(pass_bytes.max(1));
    let bits = u64::BITS - passes.saturating_sub(1).leading_zeros();
    bits.min(8)
}

/// What buckets are made of.
struct Plan<'p, R> {
    sources: &'p [Source<'p, R>],
    pairs: &'p Pairs,
    entries: u64,
    /// first bits of a hash that say its pass
    passes: u32,
    /// everything, where it is one pass: it may be given to buckets twice
    whole: Option<Entries>,
}

impl<R: Rows> Plan<'_, R> {
    /// All buckets; `None` if they are too many for the layout.
    fn buckets(&self, made: Made<'_>) -> Result<Option<Found>, Damaged> {
        let mut buckets = Buckets::new(made, self.entries);
        for pass in 0..1 << self.passes {
            let some = match &self.whole {
                Some(_) => None,
                None => Some(Entries::of(self.sources, made.block, (pass, self.passes))?),
            };
            if let Some(entries) = some.as_ref().or(self.whole.as_ref()) {
                entries.put(self.pairs, &mut buckets);
            }
            if buckets.are_too_many() {
                return Ok(None);
            }
        }
        let found = buckets.finish();
        let is_spread = made.block.layout == Layout::Spread;
        Ok((is_spread || found.0.len() <= buckets::TOGETHER).then_some(found))
    }
}
