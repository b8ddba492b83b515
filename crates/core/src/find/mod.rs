//! Finds events: candidate segments, newest first, merged row by row into read order.
//!
//! A segment covers one minute, so its rows may interleave with those of the next candidates. A row
//! is final once it is newer than the newest event of every segment not yet read.

mod indexed;
mod keys;
mod scan;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::account::AccountId;
use crate::event::MAX_FUTURE_MS;
use crate::instant::Instant;
use crate::page::{FoundEvent, Page, PageRequest, Position};
use crate::query::{Attribute, Query};
use crate::reader::{EventReader, ReadError};
use crate::segment::columns::Columns;
use crate::segment::view::View;
use crate::segment::{Damaged, matching};
use crate::store::key::{Class, SegmentKey};
use crate::store::{SegmentReader, StoredSegment};

/// Most segments read for one page once there is progress; the page then ends early and says where
/// to go on.
pub const MAX_SEGMENTS: usize = 4_000;

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
    fn new(account: AccountId, query: &'q Query, page: &PageRequest) -> Self {
        let last = page.now.plus_millis(MAX_FUTURE_MS);
        let newest = [query.end, page.after.as_ref().map(|after| after.time)]
            .into_iter()
            .flatten()
            .fold(last, Ord::min);
        let oldest = query
            .start
            .map_or(page.horizon, |start| start.max(page.horizon));
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

    /// By an index where a filter has one, else through the partitions of segments.
    fn is_indexed(&self) -> bool {
        self.query
            .filters
            .iter()
            .any(|filter| filter.attribute != Attribute::ReadOnly)
    }
}

/// Candidate segments, greatest key first.
enum Feed<'r, R> {
    Scan(scan::ScanFeed<'r, R>),
    Indexed(indexed::IndexedFeed<'r, R>),
}

impl<R: SegmentReader> Feed<'_, R> {
    /// The newest event time among the segments not yet taken.
    async fn peek(&mut self) -> Result<Option<Instant>, ReadError> {
        match self {
            Self::Scan(feed) => feed.peek().await,
            Self::Indexed(feed) => feed.peek().await,
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

/// A matching row of a segment that was read.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    position: Position,
    segment: usize,
    place: u32,
}

/// The page of `query`'s answer that `page` asks for. See [`EventReader::find`].
pub async fn find<R: SegmentReader>(
    reader: &R,
    account: AccountId,
    query: &Query,
    page: &PageRequest,
) -> Result<Page, ReadError> {
    let search = Search::new(account, query, page);
    if search.is_empty() {
        return Ok(Page::default());
    }
    let mut feed = if search.is_indexed() {
        Feed::Indexed(indexed::IndexedFeed::new(reader, search.clone()))
    } else {
        Feed::Scan(scan::ScanFeed::new(reader, &search, page.max_events))
    };
    let mut merge = Merge::new(search, page.after.clone());
    let mut picked: Vec<Row> = Vec::new();
    let next = loop {
        if let Some(frontier) = merge.settle(&mut feed).await? {
            break Some(frontier);
        }
        let Some(Reverse(row)) = merge.rows.pop() else {
            break None;
        };
        let last = picked.last().map(|last| &last.position);
        if last == Some(&row.position) {
            continue;
        }
        if picked.len() == page.max_events.max(1) {
            break last.cloned();
        }
        picked.push(row);
    };
    let events = materialise(&merge.segments, &picked)?;
    Ok(cut(events, next, page.max_bytes))
}

struct Merge<'q> {
    search: Search<'q>,
    after: Option<Position>,
    segments: Vec<StoredSegment>,
    rows: BinaryHeap<Reverse<Row>>,
    taken: usize,
}

impl<'q> Merge<'q> {
    fn new(search: Search<'q>, after: Option<Position>) -> Self {
        Self {
            search,
            after,
            segments: Vec::new(),
            rows: BinaryHeap::new(),
            taken: 0,
        }
    }

    /// Reads segments until the first row is final, or there are none left. Gives the position to
    /// go on after if that takes too many.
    async fn settle<R: SegmentReader>(
        &mut self,
        feed: &mut Feed<'_, R>,
    ) -> Result<Option<Position>, ReadError> {
        while let Some(newest) = feed.peek().await? {
            if self
                .rows
                .peek()
                .is_some_and(|first| first.0.position.time > newest)
            {
                break;
            }
            let progress = self.after.as_ref().is_none_or(|after| newest < after.time);
            if self.taken >= MAX_SEGMENTS && progress {
                return Ok(Some(Position {
                    time: newest.plus_millis(1),
                    id: String::new(),
                }));
            }
            if let Some(segment) = feed.take() {
                self.taken += 1;
                self.add(segment)?;
            }
        }
        Ok(None)
    }

    fn add(&mut self, segment: StoredSegment) -> Result<(), ReadError> {
        let place = self.segments.len();
        let before = self.rows.len();
        let damaged = |source| damaged(&segment.key, source);
        let columns = Columns::decode(&segment.columns).map_err(damaged)?;
        let search = &self.search;
        let rows = matching::rows(&columns, search.query, search.oldest, search.newest);
        for row in rows.map_err(damaged)? {
            let at = row as usize;
            let (time, id) = (columns.time(at), columns.id(at));
            let wanted = self
                .after
                .as_ref()
                .is_none_or(|after| after.order(time, &id).is_lt());
            if wanted {
                let position = Position {
                    time,
                    id: id.into_owned(),
                };
                self.rows.push(Reverse(Row {
                    position,
                    segment: place,
                    place: row,
                }));
            }
        }
        if self.rows.len() > before {
            self.segments.push(segment);
        }
        Ok(())
    }
}

fn damaged(key: &SegmentKey, source: Damaged) -> ReadError {
    ReadError::Damaged {
        key: key.sort(),
        source: Box::new(source),
    }
}

/// Opens each segment once, however its rows are spread over the page.
fn materialise(segments: &[StoredSegment], picked: &[Row]) -> Result<Vec<FoundEvent>, ReadError> {
    let mut by_segment: BTreeMap<usize, Vec<(usize, u32)>> = BTreeMap::new();
    for (place, row) in picked.iter().enumerate() {
        by_segment
            .entry(row.segment)
            .or_default()
            .push((place, row.place));
    }
    let mut events = Vec::with_capacity(picked.len());
    for (segment, rows) in by_segment {
        let segment = &segments[segment];
        let view = View::open(segment).map_err(|source| damaged(&segment.key, source))?;
        for (place, row) in rows {
            let event = view
                .event(row as usize)
                .map_err(|source| damaged(&segment.key, source))?;
            events.push((place, event));
        }
    }
    events.sort_unstable_by_key(|(place, _)| *place);
    Ok(events.into_iter().map(|(_, event)| event).collect())
}

/// Ends the page before its records exceed `max_bytes`; one event is always given.
fn cut(mut events: Vec<FoundEvent>, next: Option<Position>, max_bytes: usize) -> Page {
    let mut total = 0_usize;
    let fitting = events
        .iter()
        .take_while(|event| {
            total = total.saturating_add(event.record.len());
            total <= max_bytes
        })
        .count()
        .max(1);
    if fitting >= events.len() {
        return Page { events, next };
    }
    events.truncate(fitting);
    let next = events.last().map(|event| event.position.clone());
    Page { events, next }
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
