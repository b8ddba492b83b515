//! Rows of many segments in read order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use super::budget::{Budget, Limits};
use super::{Ahead, Feed, Search, damaged};
use crate::origin::Rank;
use crate::page::Position;
use crate::reader::ReadError;
use crate::segment::columns::Columns;
use crate::segment::matching;
use crate::segment::ranks::RowRanks;
use crate::store::{SegmentReader, StoredSegment};

/// Most bytes of bodies kept while rows are merged. What is above is fetched again for the rows that
/// are picked, so that large events of one minute cannot fill the memory.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

/// A matching row of a segment that was read. Of two copies of an event that of the higher rank is the lesser, and stays.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub position: Position,
    /// how far its origin is believed
    rank: Reverse<Rank>,
    /// which segment, and which row of it
    pub segment: usize,
    pub place: usize,
    /// length of its record
    pub bytes: usize,
}

/// Segments that were read, and their rows that are not yet taken.
pub(super) struct Merge<'q> {
    search: Search<'q>,
    after: Option<Position>,
    /// by number
    segments: BTreeMap<usize, Held>,
    next_number: usize,
    rows: BinaryHeap<Reverse<Row>>,
    budget: Budget,
    body_bytes: usize,
}

/// A segment with rows that are not yet taken.
struct Held {
    segment: Arc<StoredSegment>,
    rows: usize,
}

impl<'q> Merge<'q> {
    pub(super) fn new(search: Search<'q>, after: Option<Position>, budget: Budget) -> Self {
        Self {
            search,
            budget,
            after,
            segments: BTreeMap::new(),
            next_number: 0,
            rows: BinaryHeap::new(),
            body_bytes: 0,
        }
    }

    /// Reads segments until the first row is final, or there are none left. Gives the position to
    /// go on after if that takes too many.
    pub(super) async fn settle<R: SegmentReader>(
        &mut self,
        feed: &mut Feed<'_, R>,
    ) -> Result<Option<Position>, ReadError> {
        loop {
            let (newest, is_there) = match feed.peek(&mut self.budget).await? {
                Ahead::Segment(newest) => (newest, true),
                Ahead::Spent(newest) => (newest, false),
                Ahead::End => return Ok(None),
            };
            let first = self.rows.peek();
            if first.is_some_and(|first| first.0.position.time > newest) {
                return Ok(None);
            }
            if let Some(frontier) = self.budget.stop_at(newest) {
                return Ok(Some(frontier));
            }
            if is_there && let Some(segment) = feed.take() {
                self.budget.segment(&segment);
                self.add(segment)?;
            }
        }
    }

    /// The next row in read order, final after [`Merge::settle`], and its segment.
    pub(super) fn pop(&mut self) -> Option<(Row, Arc<StoredSegment>)> {
        let Reverse(row) = self.rows.pop()?;
        let held = self.segments.get_mut(&row.segment)?;
        held.rows -= 1;
        let segment = Arc::clone(&held.segment);
        if held.rows == 0 {
            self.body_bytes -= segment.bodies.len();
            self.segments.remove(&row.segment);
        }
        Some((row, segment))
    }

    /// Goes on with a fresh budget after it was spent at this position.
    pub(super) fn renew(&mut self, limits: Limits, reached: Position) {
        self.budget.renew(limits, reached);
    }

    fn add(&mut self, mut segment: StoredSegment) -> Result<(), ReadError> {
        let before = self.rows.len();
        self.add_rows(&segment)?;
        let rows = self.rows.len() - before;
        if rows == 0 {
            return Ok(());
        }
        if self.body_bytes + segment.bodies.len() > MAX_BODY_BYTES {
            segment.bodies = Vec::new();
        }
        self.body_bytes += segment.bodies.len();
        let segment = Arc::new(segment);
        self.segments
            .insert(self.next_number, Held { segment, rows });
        self.next_number += 1;
        Ok(())
    }

    fn add_rows(&mut self, segment: &StoredSegment) -> Result<(), ReadError> {
        let damaged = |source| damaged(&segment.key, source);
        let columns = Columns::decode(&segment.columns).map_err(damaged)?;
        let search = &self.search;
        let rows = matching::rows(&columns, search.query, search.oldest, search.newest);
        let ranks = RowRanks::of(&columns);
        for row in rows {
            let place = row as usize;
            let (time, id) = (columns.time(place), columns.id(place));
            let after = self.after.as_ref();
            if after.is_none_or(|after| after.order(time, &id).is_lt()) {
                let id = id.into_owned();
                self.rows.push(Reverse(Row {
                    position: Position { time, id },
                    rank: Reverse(ranks.get(place)),
                    segment: self.next_number,
                    place,
                    bytes: columns.record_bytes(place),
                }));
            }
        }
        Ok(())
    }
}
