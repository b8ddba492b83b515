//! Finds events: candidate segments, newest first, merged row by row into read order.
//!
//! A segment covers one minute, so its rows may interleave with those of the next candidates. A row
//! is final once it is newer than the newest event of every segment not yet read.

mod budget;
mod events;
mod indexed;
mod keys;
mod merge;
mod scan;
mod stream;

use std::sync::Arc;

use crate::account::AccountId;
use crate::event::MAX_FUTURE_MS;
use crate::instant::Instant;
use crate::page::{Page, PageRequest, Position};
use crate::query::{Attribute, Query};
use crate::reader::{EventReader, ReadError};
use crate::segment::Damaged;
use crate::store::key::{Class, SegmentKey};
use crate::store::{POSTED, SegmentReader, StoredSegment};
use budget::Budget;
use merge::{Merge, Row};

pub use budget::Limits;
pub use stream::{Batch, Range, Records, RowAt, Step, Stream};

/// Everything that stays the same while one page is found.
#[derive(Clone, Debug)]
struct Search<'q> {
    account: AccountId,
    query: &'q Query,
    oldest: Instant,
    newest: Instant,
    classes: Vec<Class>,
}

impl<'q> Search<'q> {
    fn new(account: AccountId, query: &'q Query, range: &Range) -> Self {
        let last = range.now.plus_millis(MAX_FUTURE_MS);
        let newest = [query.end, range.after.as_ref().map(|after| after.time)]
            .into_iter()
            .flatten()
            .fold(last, Ord::min);
        let oldest = query
            .start
            .map_or(range.horizon, |start| start.max(range.horizon));
        let classes = match query.read_only() {
            None => Class::ALL.to_vec(),
            Some(None) => Vec::new(),
            Some(Some(read_only)) => vec![Class::of(read_only)],
        };
        Self {
            account,
            query,
            oldest,
            newest,
            classes,
        }
    }

    fn is_empty(&self) -> bool {
        self.classes.is_empty() || self.oldest > self.newest
    }

    /// By an index where a filter has one, else through the partitions of segments. What no index has is looked for in
    /// the columns of the segments found.
    fn is_indexed(&self) -> bool {
        let mut filters = self.query.filters.iter();
        filters.any(|filter| {
            filter.attribute == Attribute::EventId || POSTED.contains(&filter.attribute)
        })
    }
}

/// Candidate segments, greatest key first.
enum Feed<'r, R> {
    Scan(scan::ScanFeed<'r, R>),
    Indexed(indexed::IndexedFeed<'r, R>),
}

/// What a feed has next.
enum Ahead {
    /// a segment, whose newest event has this time
    Segment(Instant),
    /// nothing more within the budget; what is left is at most this new
    Spent(Instant),
    /// nothing at all
    End,
}

impl<R: SegmentReader> Feed<'_, R> {
    async fn peek(&mut self, budget: &mut Budget) -> Result<Ahead, ReadError> {
        match self {
            Self::Scan(feed) => feed.peek(budget).await,
            Self::Indexed(feed) => feed.peek(budget).await,
        }
    }

    /// Takes the segment that [`Feed::peek`] spoke of.
    fn take(&mut self) -> Option<StoredSegment> {
        match self {
            Self::Scan(feed) => feed.take(),
            Self::Indexed(feed) => feed.take(),
        }
    }
}

/// The page of `query`'s answer that `page` asks for. See [`EventReader::find`].
pub async fn find<R: SegmentReader>(
    reader: &R,
    account: AccountId,
    query: &Query,
    page: &PageRequest,
) -> Result<Page, ReadError> {
    find_within(Limits::default(), reader, account, query, page).await
}

/// The same with limits of one's own on what a page may read.
pub async fn find_within<R: SegmentReader>(
    limits: Limits,
    reader: &R,
    account: AccountId,
    query: &Query,
    page: &PageRequest,
) -> Result<Page, ReadError> {
    let range = Range {
        after: page.after.clone(),
        horizon: page.horizon,
        now: page.now,
    };
    let budget = Budget::new(limits, page.after.clone(), page.deadline.clone());
    let mut rows = Rows::new(budget, reader, account, query, range, page.max_events);
    let mut picked: Vec<(Row, Arc<StoredSegment>)> = Vec::new();
    let mut bytes = 0;
    let next = loop {
        let (row, segment) = match rows.next().await? {
            Next::Row(row, segment) => (row, segment),
            Next::Spent(frontier) => break Some(frontier),
            Next::End => break None,
        };
        bytes += row.bytes;
        let is_full = picked.len() == page.max_events.max(1) || bytes > page.max_bytes;
        if is_full && let Some((last, _)) = picked.last() {
            break Some(last.position.clone());
        }
        picked.push((row, segment));
    };
    let events = events::of(reader, picked).await?;
    Ok(Page { events, next })
}

/// The rows of an answer, one after the other, each event once.
struct Rows<'a, R> {
    feed: Feed<'a, R>,
    merge: Merge<'a>,
    last: Option<Position>,
    is_empty: bool,
}

/// What comes next of an answer.
enum Next {
    Row(Row, Arc<StoredSegment>),
    /// the budget is spent; all that is left comes after this position
    Spent(Position),
    End,
}

impl<'a, R: SegmentReader> Rows<'a, R> {
    /// `at_once` is about how many events are wanted soon.
    fn new(
        budget: Budget,
        reader: &'a R,
        account: AccountId,
        query: &'a Query,
        range: Range,
        at_once: usize,
    ) -> Self {
        let search = Search::new(account, query, &range);
        let feed = if search.is_indexed() {
            Feed::Indexed(indexed::IndexedFeed::new(reader, search.clone()))
        } else {
            Feed::Scan(scan::ScanFeed::new(reader, &search, at_once))
        };
        Self {
            feed,
            is_empty: search.is_empty(),
            merge: Merge::new(search, range.after, budget),
            last: None,
        }
    }

    async fn next(&mut self) -> Result<Next, ReadError> {
        if self.is_empty {
            return Ok(Next::End);
        }
        loop {
            if let Some(frontier) = self.merge.settle(&mut self.feed).await? {
                return Ok(Next::Spent(frontier));
            }
            let Some((row, segment)) = self.merge.pop() else {
                return Ok(Next::End);
            };
            // Two copies of an event are adjacent, and the first is our own if one is.
            if self.last.as_ref() != Some(&row.position) {
                self.last = Some(row.position.clone());
                return Ok(Next::Row(row, segment));
            }
        }
    }
}

fn damaged(key: &SegmentKey, source: Damaged) -> ReadError {
    ReadError::Damaged {
        key: key.sort(),
        source: Box::new(source),
    }
}

/// Every store of segments answers queries this way.
impl<R: SegmentReader> EventReader for R {
    async fn find(
        &self,
        account: AccountId,
        query: &Query,
        page: &PageRequest,
    ) -> Result<Page, ReadError> {
        find(self, account, query, page).await
    }
}
