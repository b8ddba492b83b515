//! How many events there are of which time: from counts by the hour where they tell; else, where there is no filter, from
//! the times of frames; else from columns. Never from the records of L1.

use std::cmp::Reverse;
use std::collections::VecDeque;

use futures::future::try_join_all;

use super::again::{self, Known};
use super::arrived::Extent;
use super::budget::Budget;
use super::fetch::Fetch;
use super::fresh::{self, Fresh, Remembered};
use super::holds::matching;
use super::search::Search;
use super::stream::Range;
use super::tally::{Cells, Tally};
use super::{Events, ReadLimits, of_block};
use crate::account::AccountId;
use crate::columns::Columns;
use crate::event::Event;
use crate::index::Block;
use crate::instant::Instant;
use crate::items::ItemReader;
use crate::page::{Deadline, FoundEvent, Position};
use crate::query::{Attribute, Query};
use crate::reader::{EventCounter, ReadError};

/// Most buckets of one question.
pub const MAX_BUCKETS: usize = 120;
/// Most top values of one question.
pub const MAX_TOP: usize = 100;
/// Blocks counted side by side.
const AT_ONCE: usize = 8;

/// What is to be counted, besides the query.
#[derive(Clone, Debug)]
pub struct CountRequest {
    /// where the first bucket begins, inclusive
    pub start: Instant,
    /// length of a bucket, in milliseconds, at least 1
    pub width_ms: i64,
    /// how many buckets, 1 to [`MAX_BUCKETS`]
    pub buckets: usize,
    /// the values of this attribute that most events have, and how many of them; costs far more. Where an hour has too many
    /// to be kept (hundreds of kilobytes), the rarest of them count less than they are
    pub top: Option<(Attribute, usize)>,
    /// only events older than this: [`Counts::next`] of the answer before
    pub before: Option<Instant>,
    /// nothing older than this exists for the reader (now − retention)
    pub horizon: Instant,
    /// the time of the request
    pub now: Instant,
    /// when reading ends, if it does before all is counted
    pub deadline: Option<Deadline>,
}

/// Events of a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// all that match
    pub events: u64,
    /// of these, calls that failed
    pub failed: u64,
}

/// How many events there are: of the whole time asked for, or of its newest part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// oldest first
    pub buckets: Vec<Bucket>,
    /// most frequent first
    pub top: Vec<(String, u64)>,
    /// Everything from this time on is counted, and nothing before it: go on there, and add up. `None`: all is counted
    pub next: Option<Instant>,
}

impl<R: ItemReader> EventCounter for Events<R> {
    async fn counts(
        &self,
        account: AccountId,
        query: &Query,
        request: &CountRequest,
    ) -> Result<Counts, ReadError> {
        counts(self, self.limits(), account, query, request).await
    }
}

async fn counts<R: ItemReader>(
    events: &Events<R>,
    limits: ReadLimits,
    account: AccountId,
    query: &Query,
    request: &CountRequest,
) -> Result<Counts, ReadError> {
    let buckets = request.buckets.clamp(1, MAX_BUCKETS);
    let cells = Cells::new(
        request.start,
        request.width_ms,
        buckets,
        // Both take columns, and of those of a day there may be more than can be read at once.
        request.top.is_some() || !query.filters.is_empty(),
    );
    let mut search = search(account, query, request, &cells);
    let empty = Counts {
        buckets: vec![Bucket::default(); buckets],
        ..Counts::default()
    };
    if search.is_empty() {
        return Ok(empty);
    }
    let budget = Budget::new(limits, None, request.deadline.clone());
    let fetch = Fetch::new(events.items(), events.cache(), budget, true);
    let remembered = events.remembered(account);
    let much = (Extent::Budget, events.held_bytes(fresh::COUNTS_BYTES));
    let fresh = Fresh::read(&fetch, &search, remembered, much).await?;
    events.remember(account, Remembered::of(&fresh.head, search.now));
    let mut cut = cut(&fresh, &mut search, &cells)?;
    let mut tally = Tally::new(cells, request.top.map(|(attribute, _)| attribute));
    if let Some(edge) = fresh_rows(&fetch, &search, &fresh, &mut tally).await? {
        search.oldest = edge;
        cut = Some(edge);
    }
    // The later of both: everything from there on is counted.
    let next = blocks(&fetch, &search, &fresh, &mut tally).await?.max(cut);
    let most = request.top.map_or(0, |(_, most)| most.min(MAX_TOP));
    Ok(sum(empty, &tally, next, most))
}

/// Where counting ends at the latest, since what is older and not rolled up was not read; the search is cut to that.
fn cut(
    fresh: &Fresh,
    search: &mut Search<'_>,
    cells: &Cells,
) -> Result<Option<Instant>, ReadError> {
    let Some(end) = fresh.cut(search)? else {
        return Ok(None);
    };
    let edge = cells.edge_above(end.time.plus_millis(-1));
    if edge > search.newest {
        return Err(fresh::behind());
    }
    search.oldest = edge;
    Ok(Some(edge))
}

/// Counts events that L1 has no row of. Gives where to go on if that takes too much.
async fn fresh_rows<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    fresh: &Fresh,
    tally: &mut Tally,
) -> Result<Option<Instant>, ReadError> {
    let mut rows = fresh.rows(search)?;
    rows.sort_by(|a, b| a.position.cmp(&b.position));
    rows.dedup_by(|later, earlier| later.position == earlier.position);
    let mut new: Vec<Event<'_>> = Vec::new();
    let (mut left, mut next) = (&*rows, None);
    while let Some(first) = left.first() {
        let count = again::at_once(&fresh.head, left.iter().map(|row| &row.position));
        let (some, others) = left.split_at(count);
        let events: Vec<&Position> = some.iter().map(|row| &row.position).collect();
        let asks = events.iter().any(|one| again::is_asked(&fresh.head, one));
        if asks && fetch.budget.is_spent() {
            // Cells that are at or above this are counted.
            let edge = tally.cells.edge_above(first.position.time);
            if edge <= search.newest {
                next = Some(edge);
                break;
            }
            if left.len() < rows.len() && fetch.budget.is_late() {
                return Err(fresh::behind());
            }
        }
        let known = again::known(fetch, (search.account, search.now), &fresh.head, &events).await?;
        for (row, known) in some.iter().zip(known) {
            // It will stay beside L1's row, which is counted if it matches.
            let stays = |Known { rank, event }| rank < row.place.rank && !matches(search, &event);
            if known.is_none_or(stays) {
                new.push(fresh.event(row)?);
            }
        }
        left = others;
    }
    let new: Vec<&Event<'_>> = new.iter().collect();
    tally.columns(&Columns::of(&new), 0..new.len());
    Ok(next)
}

fn matches(search: &Search<'_>, event: &FoundEvent) -> bool {
    let event = Event::stored(&event.record, &event.origin);
    event.is_ok_and(|event| !matching(&[&event], search.query).is_empty())
}

fn search<'q>(
    account: AccountId,
    query: &'q Query,
    request: &CountRequest,
    cells: &Cells,
) -> Search<'q> {
    let range = Range {
        after: None,
        horizon: request.horizon,
        now: request.now,
    };
    let mut search = Search::new(account, query, range);
    let end = request
        .before
        .map_or(cells.end(), |end| end.min(cells.end()));
    search.newest = search.newest.min(end.plus_millis(-1));
    search.oldest = search.oldest.max(request.start);
    search
}

/// Counts block after block, newest first. Gives where to go on if that takes too much.
async fn blocks<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    fresh: &Fresh,
    tally: &mut Tally,
) -> Result<Option<Instant>, ReadError> {
    let blocks = fresh.head.blocks.iter();
    let mut blocks: Vec<&Block> = blocks.filter(|block| search.overlaps(block)).collect();
    blocks.sort_by_key(|block| Reverse((block.newest, block.slots)));
    let mut blocks: VecDeque<&Block> = blocks.into();
    // Of a block that was counted in part.
    let mut stopped = None;
    while let Some(next) = blocks.front() {
        // Cells that are at or above this are counted.
        let edge = tally.cells.edge_above(next.newest);
        tally.settle(stopped.map_or(edge, |stopped: Instant| stopped.max(edge)));
        if fetch.budget.is_spent() && edge <= search.newest {
            return Ok(stopped.max(Some(edge)));
        }
        fetch.budget.round();
        let some: Vec<&Block> = blocks.drain(..AT_ONCE.min(blocks.len())).collect();
        let counted = some
            .iter()
            .map(|block| of_block::count(fetch, search, block, tally.like()));
        for (counted, next) in try_join_all(counted).await? {
            tally.add(counted);
            stopped = stopped.max(next);
        }
    }
    Ok(stopped)
}

fn sum(mut counts: Counts, tally: &Tally, next: Option<Instant>, most: usize) -> Counts {
    for (start, cell) in tally.counted() {
        if next.is_some_and(|next| start < next) {
            continue;
        }
        if let Some(bucket) = counts.buckets.get_mut(tally.cells.bucket(start)) {
            bucket.events += cell.events;
            bucket.failed += cell.failed;
        }
    }
    counts.top = tally.top(next, most);
    counts.next = next;
    counts
}
