//! Finds which of a step's events are in L1 already.
//!
//! Of each event the blocks are asked that have rows of its time: for most there is none, as most events are newer than
//! all that is rolled up. All is read strongly: a block may be seconds old, and a bucket that is not seen yet would make a
//! copy a new event.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::RollupError;
use super::order::{Row, Stored, TextHash};
use crate::account::AccountId;
use crate::event;
use crate::head::Head;
use crate::index::{self, Block, Bucket, Directory, EntryRows, FrameRef};
use crate::instant::Instant;
use crate::items::{Ask, Consistency, Item, ItemReader, Key, key};
use crate::origin::{Origin, Rank};
use crate::pack::Pack;
use crate::query::Attribute;

/// Questions asked side by side.
const AT_ONCE: usize = 24;
/// Frames that are in memory at once.
const FRAMES_AT_ONCE: usize = 32;

/// The rows of L1 that are of the events of these rows.
///
/// # Errors
/// If the store does not answer, or an item of L1 cannot be read.
pub async fn known<R: ItemReader>(
    store: &R,
    account: AccountId,
    head: &Head,
    rows: &[Row<'_>],
) -> Result<Stored, RollupError> {
    let search = Search { store, account };
    let mut stored = Stored::default();
    let mut hashes = None;
    for block in &head.blocks {
        let may_be_in = |row: &Row<'_>| block.least <= row.time && row.time <= block.newest;
        if !rows.iter().any(may_be_in) {
            continue;
        }
        // Hashed once, and only where something has to be looked up.
        let hashes: &Vec<u64> = hashes.get_or_insert_with(|| {
            let hash = |row: &Row<'_>| index::value_hash(Attribute::EventId, row.id);
            rows.iter().map(hash).collect()
        });
        let mut wanted: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (at, _) in rows.iter().enumerate().filter(|(_, row)| may_be_in(row)) {
            wanted.entry(hashes[at]).or_default().push(at);
        }
        let found = search.rows_of(block, &wanted).await?;
        let frames = search.frames(block, &wanted, found, rows).await?;
        search.compare(frames, rows, &mut stored).await?;
    }
    Ok(stored)
}

/// Rows of a block that may have an id with this hash.
type Found = Vec<(u64, Vec<u32>)>;
/// Frames, and in each the rows that may be of the event of a row of the step.
type Candidates = HashMap<Key, Vec<(u32, usize)>>;

struct Search<'s, R> {
    store: &'s R,
    account: AccountId,
}

impl<R: ItemReader> Search<'_, R> {
    /// The first item of a range.
    async fn first(&self, ask: Ask) -> Result<Option<Item>, RollupError> {
        let ask = Ask {
            consistency: Consistency::Strong,
            ..ask
        };
        Ok(self.store.range(&ask).await?.items.into_iter().next())
    }

    /// Looks hashes up in a block.
    async fn rows_of(
        &self,
        block: &Block,
        wanted: &BTreeMap<u64, Vec<usize>>,
    ) -> Result<Found, RollupError> {
        let mut by_partition: BTreeMap<String, Vec<(u64, Ask)>> = BTreeMap::new();
        for hash in wanted.keys().rev() {
            let ask = index::bucket_ask(self.account, block, *hash);
            let asks = by_partition.entry(ask.partition.clone()).or_default();
            asks.push((*hash, ask));
        }
        let lookups = by_partition.into_values();
        let found: Vec<Found> = stream::iter(lookups)
            .map(|asks| self.lookup(block, asks))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Looks up hashes of one partition, the greatest first: each bucket is read once, however many of them it has.
    async fn lookup(&self, block: &Block, asks: Vec<(u64, Ask)>) -> Result<Found, RollupError> {
        let mut found = Vec::new();
        let mut open: Option<(String, Bucket)> = None;
        for (hash, ask) in asks {
            let is_open = open.as_ref().is_some_and(|(sort, _)| ask.high >= *sort);
            if !is_open {
                // None: what the block indexes has expired.
                open = match self.first(ask).await? {
                    Some(item) => Some((item.key.sort.clone(), bucket(&item)?)),
                    None => None,
                };
            }
            let Some((sort, bucket)) = &open else {
                continue;
            };
            let entry = bucket
                .find(hash)
                .map_err(|damaged| RollupError::damaged(sort, damaged))?;
            match entry.map(|entry| entry.rows) {
                Some(EntryRows::Here(rows)) => found.push((hash, rows)),
                Some(EntryRows::Chunks(firsts)) => {
                    found.push((hash, self.chunks(block, hash, firsts.len()).await?));
                }
                Some(EntryRows::Untold) | None => {}
            }
        }
        Ok(found)
    }

    /// All of a large row set: of an id that very many events share.
    async fn chunks(
        &self,
        block: &Block,
        hash: u64,
        count: usize,
    ) -> Result<Vec<u32>, RollupError> {
        let numbers = (0..).take(count);
        let keys: Vec<Key> = numbers
            .map(|chunk| index::chunk_key(self.account, block, hash, chunk))
            .collect();
        let items = self.store.get(&keys, Consistency::Strong).await?;
        let mut rows = Vec::new();
        for item in items {
            let chunk = index::chunk_rows(&item);
            rows.extend(chunk.map_err(|damaged| RollupError::damaged(&item.key.sort, damaged))?);
        }
        Ok(rows)
    }

    /// The frames in which those rows lie whose time may be that of the event looked for.
    async fn frames(
        &self,
        block: &Block,
        wanted: &BTreeMap<u64, Vec<usize>>,
        found: Found,
        rows: &[Row<'_>],
    ) -> Result<Candidates, RollupError> {
        let all: BTreeSet<u32> = found.iter().flat_map(|(_, rows)| rows).copied().collect();
        let pieces = self.directories(block, all).await?;
        let mut candidates = Candidates::new();
        for (hash, block_rows) in found {
            let mut wanted = wanted.get(&hash).cloned().unwrap_or_default();
            wanted.sort_unstable_by_key(|at| rows[*at].time);
            for block_row in block_rows {
                let after = pieces.partition_point(|piece| first_row(piece) <= block_row);
                let piece = after.checked_sub(1).and_then(|at| pieces.get(at));
                let Some(frame) = piece.and_then(|piece| piece.frame_of(block_row)) else {
                    continue;
                };
                let in_frame = block_row.saturating_sub(frame.first);
                // A sender that gives every event one id makes these many, and the rows of a block too.
                let (oldest, newest) = times(frame, in_frame);
                let from = wanted.partition_point(|at| rows[*at].time < oldest);
                let upto = wanted.partition_point(|at| rows[*at].time <= newest);
                if from < upto {
                    let key = key::frame(self.account, frame.run, frame.part, frame.frame);
                    let of_frame = candidates.entry(key).or_default();
                    of_frame.extend(wanted[from..upto].iter().map(|at| (in_frame, *at)));
                }
            }
        }
        Ok(candidates)
    }

    /// The pieces of a directory that have these rows, in order.
    async fn directories(
        &self,
        block: &Block,
        rows: BTreeSet<u32>,
    ) -> Result<Vec<Directory>, RollupError> {
        let mut pieces: Vec<Directory> = Vec::new();
        let mut behind = 0;
        for row in rows {
            if row < behind {
                continue;
            }
            let ask = index::directory_ask(self.account, block, row);
            let Some(item) = self.first(ask).await? else {
                continue;
            };
            let piece = directory(&item, block)?;
            behind = piece
                .frames
                .last()
                .map_or(row + 1, |frame| frame.first + frame.rows);
            pieces.push(piece);
        }
        Ok(pieces)
    }

    /// Reads frames and takes the rows that are of the events looked for. A frame that is not there has expired.
    async fn compare(
        &self,
        candidates: Candidates,
        rows: &[Row<'_>],
        stored: &mut Stored,
    ) -> Result<(), RollupError> {
        let candidates: Vec<(Key, Vec<(u32, usize)>)> = candidates.into_iter().collect();
        for some in candidates.chunks(FRAMES_AT_ONCE) {
            let keys: Vec<Key> = some.iter().map(|(key, _)| key.clone()).collect();
            let items = self.store.get(&keys, Consistency::Strong).await?;
            for item in items {
                let wanted = some.iter().filter(|(key, _)| *key == item.key);
                for (_, wanted) in wanted {
                    take(&item, wanted, rows, stored)?;
                }
            }
        }
        Ok(())
    }
}

/// Takes the rows of a frame that are of the events looked for.
fn take(
    item: &Item,
    wanted: &[(u32, usize)],
    rows: &[Row<'_>],
    stored: &mut Stored,
) -> Result<(), RollupError> {
    let name = || format!("{} {}", item.key.partition, item.key.sort);
    let pack =
        Pack::decode(&item.value).map_err(|damaged| RollupError::damaged(name(), damaged))?;
    for (in_frame, at) in wanted {
        let in_frame = *in_frame as usize;
        if in_frame >= pack.rows() {
            return Err(RollupError::damaged(
                name(),
                "a frame has fewer rows than its block says",
            ));
        }
        let (text, row) = (pack.text(in_frame), &rows[*at]);
        let is_it =
            event::identity(text).is_some_and(|(time, id)| (time, &*id) == (row.time, row.id));
        if is_it {
            let rank = rank(pack.origin(in_frame));
            stored.insert(row.time, row.id, rank, TextHash::of(text));
        }
    }
    Ok(())
}

/// How far an origin is believed; one that is not known, least.
pub(super) fn rank(origin: &str) -> Rank {
    let origin: Option<Origin> = origin.parse().ok();
    origin.map_or(Rank::LOWEST, |origin| origin.rank())
}

/// Between which times a row of a frame is, both included.
fn times(frame: &FrameRef, in_frame: u32) -> (Instant, Instant) {
    let is_it = |(late, _): &&(u8, _)| u32::from(*late) == in_frame;
    match frame.late.iter().find(is_it) {
        Some((_, time)) => (*time, *time),
        None => (frame.oldest, frame.newest),
    }
}

fn first_row(piece: &Directory) -> u32 {
    piece.frames.first().map_or(0, |frame| frame.first)
}

fn bucket(item: &Item) -> Result<Bucket, RollupError> {
    let name = || format!("{} {}", item.key.partition, item.key.sort);
    Bucket::decode(item).map_err(|damaged| RollupError::damaged(name(), damaged))
}

/// Reads a piece of a directory.
pub(super) fn directory(item: &Item, block: &Block) -> Result<Directory, RollupError> {
    let name = || format!("{} {}", item.key.partition, item.key.sort);
    Directory::decode(item, block).map_err(|damaged| RollupError::damaged(name(), damaged))
}
