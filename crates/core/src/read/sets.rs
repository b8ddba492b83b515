//! Row sets of a block: which of its rows have all the values asked for, newest first and only as far as wanted.

use std::ops::Range;

use futures::future::{try_join, try_join_all};

use super::ascending::{retain, within};
use super::fetch::{Fetch, damaged};
use super::search::{Search, Wanted};
use super::told::{self, Told};
use crate::index::{Block, Entry, EntryRows, chunk_key, chunk_rows, pair_hash};
use crate::items::{ItemReader, Key};
use crate::reader::ReadError;

/// What a frame costs more than a chunk does: a chunk is worth reading if it spares a third of one.
const FRAME_CHUNKS: f64 = 3.0;
/// Chunks of one set that are read at once, at most.
const MAX_CHUNKS: usize = 64;

/// The rows of a block that have all values, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Sets {
    /// rows that are in every set told whole; `None` if there is no such set
    here: Option<Vec<u32>>,
    /// sets told in chunks
    large: Vec<Large>,
    /// rows of the block
    rows: u32,
    /// rows below this one are decided
    decided: u32,
    /// how many more rows are looked through at once than seem needed, doubled each time
    patience: f64,
    /// whether nobody looks at the rows later
    is_exact: bool,
}

/// Rows that have a value, or one of a list of values.
#[derive(Debug)]
struct Large {
    count: u32,
    /// of each value that is told in chunks
    chunked: Vec<Chunked>,
    /// of the values of a list that are told whole
    here: Vec<u32>,
}

#[derive(Debug)]
struct Chunked {
    hash: u64,
    /// the first row of each chunk
    firsts: Vec<u32>,
}

impl Sets {
    /// Asks for all that a search wants of a block: one round, or two.
    pub(super) async fn of_search<R: ItemReader>(
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        block: &Block,
    ) -> Result<Self, ReadError> {
        let wanted: Vec<Wanted> = search.known_to(block).collect();
        let unions = search.unions_known_to(block).map(async |union| {
            let hashes: Vec<u64> = union.iter().map(|one| one.hash).collect();
            let entries = told::entries(fetch, search, block, &hashes).await?;
            let told = hashes.into_iter().zip(entries);
            let told = told.filter_map(|(hash, entry)| Some((hash, entry?)));
            Ok(told.collect::<Vec<(u64, Entry)>>())
        });
        let sets = Self::open(fetch, search, block, &wanted);
        let (mut sets, unions) = try_join(sets, try_join_all(unions)).await?;
        // No row has all values.
        if sets.rows == 0 || unions.iter().any(Vec::is_empty) {
            return Ok(Self::default());
        }
        for union in unions {
            sets.add_union(union);
        }
        Ok(sets)
    }

    /// Asks the buckets for values that all must be there: one round, or two.
    pub(super) async fn open<R: ItemReader>(
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        block: &Block,
        wanted: &[Wanted],
    ) -> Result<Self, ReadError> {
        let mut sets = Self {
            rows: block.rows,
            patience: 1.0,
            ..Self::default()
        };
        let told = match told::ask(fetch, search, block, wanted).await? {
            Told::Nothing => return Ok(Self::default()),
            Told::Entries(told) => told,
        };
        // Whose pair is told needs not be looked at itself.
        let mut covered = Vec::new();
        for (both, entry) in told.pairs {
            if entry.rows != EntryRows::Untold {
                covered.extend(both);
                sets.add(pair_hash(both[0], both[1]), entry);
            }
        }
        for (wanted, entry) in told.values {
            if !covered.contains(&wanted.hash) {
                sets.add(wanted.hash, entry);
            }
        }
        Ok(sets)
    }

    fn add(&mut self, hash: u64, entry: Entry) {
        match entry.rows {
            EntryRows::Here(rows) => self.add_here(rows),
            EntryRows::Chunks(firsts) => self.large.push(Large {
                count: entry.count,
                chunked: vec![Chunked { hash, firsts }],
                here: Vec::new(),
            }),
            EntryRows::Untold => {}
        }
    }

    fn add_here(&mut self, rows: Vec<u32>) {
        self.here = Some(match self.here.take() {
            None => rows,
            Some(mut both) => {
                retain(&mut both, &rows);
                both
            }
        });
    }

    /// Of each row of these one must be there.
    fn add_union(&mut self, entries: Vec<(u64, Entry)>) {
        let mut large = Large {
            count: 0,
            chunked: Vec::new(),
            here: Vec::new(),
        };
        for (hash, entry) in entries {
            large.count = large.count.saturating_add(entry.count);
            match entry.rows {
                EntryRows::Here(rows) => large.here.extend(rows),
                EntryRows::Chunks(firsts) => large.chunked.push(Chunked { hash, firsts }),
                // That is told of pairs alone.
                EntryRows::Untold => {}
            }
        }
        large.here.sort_unstable();
        large.here.dedup();
        if large.chunked.is_empty() {
            self.add_here(large.here);
        } else {
            self.large.push(large);
        }
    }

    /// Rows below this one are decided.
    pub(super) fn decided(&self) -> u32 {
        let is_over = self.here.as_ref().is_some_and(Vec::is_empty) || self.rows == 0;
        if is_over { u32::MAX } else { self.decided }
    }

    /// Whether chunks are to be read for what is left.
    pub(super) fn has_chunks_only(&self) -> bool {
        self.here.is_none() && !self.large.is_empty()
    }

    /// All rows of these ranges that are in every set.
    pub(super) async fn all<R: ItemReader>(
        mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        block: &Block,
        ranges: &[Range<u32>],
    ) -> Result<Vec<u32>, ReadError> {
        self.is_exact = true;
        let mut rows = Vec::new();
        while self.decided() < block.rows {
            rows.extend(
                self.next(fetch, search, block, ranges, usize::MAX / 2)
                    .await?,
            );
        }
        Ok(rows)
    }

    /// The rows that are in every set told whole.
    pub(super) fn into_here(self) -> Vec<u32> {
        self.here.unwrap_or_default()
    }

    /// Decides about the next rows of these ranges, about as many as hold `want`: at most one round.
    pub(super) async fn next<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        block: &Block,
        ranges: &[Range<u32>],
        want: usize,
    ) -> Result<Vec<u32>, ReadError> {
        let (mut rows, end) = match self.here.take() {
            Some(here) => self.next_here(here, ranges, want),
            None => (None, self.next_window(ranges, want)),
        };
        let from = std::mem::replace(&mut self.decided, end);
        self.patience *= 2.0;
        let mut asked: Vec<(&Large, Range<usize>)> = Vec::new();
        let mut keys: Vec<Key> = Vec::new();
        for large in &self.large {
            let chunks = large.chunks(from..end, ranges, rows.as_deref());
            if !self.is_exact && !large.is_worth(chunks.len(), rows.as_deref(), self.rows) {
                continue;
            }
            let start = keys.len();
            let numbers = chunks
                .iter()
                .filter_map(|(hash, at)| Some((*hash, u32::try_from(*at).ok()?)));
            keys.extend(numbers.map(|(hash, at)| chunk_key(search.account, block, hash, at)));
            asked.push((large, start..keys.len()));
        }
        let items = fetch.get_all(&keys).await?;
        for (large, range) in asked {
            let mut set: Vec<u32> = large.here.clone();
            for item in &items[range] {
                set.extend(chunk_rows(item).map_err(damaged(item))?);
            }
            if large.is_union() {
                set.sort_unstable();
                set.dedup();
            }
            match &mut rows {
                None => rows = Some(set),
                Some(rows) => retain(rows, &set),
            }
        }
        let mut rows = rows.unwrap_or_default();
        rows.retain(|row| (from..end).contains(row));
        within(&mut rows, ranges);
        Ok(rows)
    }

    /// Of rows that are told whole the first few, and up to where that decides.
    fn next_here(
        &mut self,
        mut here: Vec<u32>,
        ranges: &[Range<u32>],
        want: usize,
    ) -> (Option<Vec<u32>>, u32) {
        within(&mut here, ranges);
        let shares = self.large.iter().map(|large| large.share(self.rows));
        let count = needed(want, shares.product(), self.patience);
        let rest = here.split_off(count.min(here.len()));
        let end = rest.first().copied().unwrap_or(u32::MAX);
        self.here = Some(rest);
        (Some(here), end)
    }

    /// Up to which row chunks are to be read.
    fn next_window(&self, ranges: &[Range<u32>], want: usize) -> u32 {
        let shares = self.large.iter().map(|large| large.share(self.rows));
        let mut left = needed(want, shares.product(), self.patience);
        let mut end = self.rows;
        for range in ranges.iter().filter(|range| range.end > self.decided) {
            let start = range.start.max(self.decided);
            let length = (range.end - start) as usize;
            if length >= left {
                end = start.saturating_add(u32::try_from(left).unwrap_or(u32::MAX));
                break;
            }
            left -= length;
        }
        // To the end of the chunks that are read anyhow.
        let rarest = self.large.iter().min_by_key(|large| large.count);
        let ends = rarest.map_or(end, |large| large.chunk_end(self.decided, end));
        if ends >= self.rows { u32::MAX } else { ends }
    }
}

/// How many rows of which this share match are needed for `want`, and some more.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an estimate; the cast saturates"
)]
fn needed(want: usize, share: f64, patience: f64) -> usize {
    ((want as f64 * 1.5 + 8.0) * patience / share.max(1e-9)).ceil() as usize
}

impl Large {
    /// Which share of the rows has it.
    fn share(&self, rows: u32) -> f64 {
        (f64::from(self.count) / f64::from(rows.max(1))).clamp(1e-6, 1.0)
    }

    /// Whether its rows are those of several values, which are not in one order.
    const fn is_union(&self) -> bool {
        self.chunked.len() > 1 || !self.here.is_empty()
    }

    /// The chunks that may have rows of `window` in these ranges; of `rows` alone if those are told. Each with its hash.
    fn chunks(
        &self,
        window: Range<u32>,
        ranges: &[Range<u32>],
        rows: Option<&[u32]>,
    ) -> Vec<(u64, usize)> {
        let of = |one: &Chunked| {
            let chunks = one.chunks(&window, ranges, rows).into_iter();
            let hash = one.hash;
            chunks.map(move |at| (hash, at)).collect::<Vec<_>>()
        };
        self.chunked.iter().flat_map(of).collect()
    }
}

impl Chunked {
    /// The rows of a chunk: up to the next one's first.
    fn rows_of(&self, chunk: usize) -> Range<u32> {
        let next = self.firsts.get(chunk + 1);
        self.firsts[chunk]..next.copied().unwrap_or(u32::MAX)
    }

    /// See [`Large::chunks`].
    fn chunks(
        &self,
        window: &Range<u32>,
        ranges: &[Range<u32>],
        rows: Option<&[u32]>,
    ) -> Vec<usize> {
        let has = |chunk: &usize| {
            let of = self.rows_of(*chunk);
            match rows {
                Some(rows) => {
                    let at = rows.partition_point(|row| *row < of.start);
                    rows.get(at).is_some_and(|row| *row < of.end)
                }
                None => ranges.iter().any(|range| {
                    let start = range.start.max(window.start).max(of.start);
                    start < range.end.min(window.end).min(of.end)
                }),
            }
        };
        (0..self.firsts.len()).filter(has).collect()
    }

    /// Where the chunk ends that a window ends in; of a window with too many chunks, an earlier end.
    fn chunk_end(&self, from: u32, end: u32, most: usize) -> u32 {
        let first = self.firsts.partition_point(|first| *first <= from).max(1) - 1;
        let last = self.firsts.partition_point(|first| *first < end).max(1) - 1;
        let last = last.min(first + most - 1);
        if self.firsts.is_empty() {
            end
        } else {
            self.rows_of(last).end
        }
    }
}

impl Large {
    /// Whether reading so many chunks spares more than it costs.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn is_worth(&self, chunks: usize, rows: Option<&[u32]>, all: u32) -> bool {
        rows.is_none_or(|rows| {
            let spared = rows.len() as f64 * (1.0 - self.share(all));
            (chunks as f64) < spared * FRAME_CHUNKS
        })
    }

    /// Where the chunks end that a window ends in, at the earliest.
    fn chunk_end(&self, from: u32, end: u32) -> u32 {
        let most = (MAX_CHUNKS / self.chunked.len().max(1)).max(1);
        let ends = self
            .chunked
            .iter()
            .map(|one| one.chunk_end(from, end, most));
        ends.min().unwrap_or(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_where_the_chunks_end_that_are_read_anyhow() {
        let large = Large {
            count: 300,
            chunked: vec![Chunked {
                hash: 1,
                firsts: vec![5, 100, 200],
            }],
            here: vec![],
        };
        let sets = Sets {
            here: None,
            large: vec![large],
            rows: 600,
            decided: 0,
            patience: 1.0,
            is_exact: false,
        };
        let whole = 0..600;
        let all = std::slice::from_ref(&whole);
        assert_eq!(sets.next_window(all, 10), 100);
        assert_eq!(sets.next_window(all, 40), 200);
        assert_eq!(sets.next_window(all, 1_000), u32::MAX);
        let chunks = |window, rows| sets.large[0].chunks(window, all, rows);
        assert_eq!(chunks(0..100, None), [(1, 0)]);
        assert_eq!(chunks(100..300, None), [(1, 1), (1, 2)]);
        assert_eq!(chunks(0..600, Some(&[3, 250])), [(1, 2)]);
    }
}
