//! Rows of many segments in read order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Feed, Search, damaged};
use crate::page::Position;
use crate::reader::ReadError;
use crate::segment::columns::Columns;
use crate::segment::matching;
use crate::store::{SegmentReader, StoredSegment};

/// Most segments read for one page once there is progress; the page then ends early and says where
/// to go on.
pub const MAX_SEGMENTS: usize = 4_000;
/// Most bytes of bodies kept while rows are merged. What is above is fetched again for the rows that
/// are picked, so that large events of one minute cannot fill the memory.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

/// A matching row of a segment that was read.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub position: Position,
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
    segments: Vec<StoredSegment>,
    rows: BinaryHeap<Reverse<Row>>,
    taken: usize,
    body_bytes: usize,
}

impl<'q> Merge<'q> {
    pub(super) fn new(search: Search<'q>, after: Option<Position>) -> Self {
        Self {
            search,
            after,
            segments: Vec::new(),
            rows: BinaryHeap::new(),
            taken: 0,
            body_bytes: 0,
        }
    }

    /// Reads segments until the first row is final, or there are none left. Gives the position to
    /// go on after if that takes too many.
    pub(super) async fn settle<R: SegmentReader>(
        &mut self,
        feed: &mut Feed<'_, R>,
    ) -> Result<Option<Position>, ReadError> {
        while let Some(newest) = feed.peek().await? {
            let first = self.rows.peek();
            if first.is_some_and(|first| first.0.position.time > newest) {
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

    /// The next row in read order; final after [`Merge::settle`].
    pub(super) fn pop(&mut self) -> Option<Row> {
        self.rows.pop().map(|row| row.0)
    }

    pub(super) fn into_segments(self) -> Vec<StoredSegment> {
        self.segments
    }

    fn add(&mut self, mut segment: StoredSegment) -> Result<(), ReadError> {
        let before = self.rows.len();
        self.add_rows(&segment)?;
        if self.rows.len() == before {
            return Ok(());
        }
        self.body_bytes += segment.bodies.len();
        if self.body_bytes > MAX_BODY_BYTES {
            segment.bodies = Vec::new();
        }
        self.segments.push(segment);
        Ok(())
    }

    fn add_rows(&mut self, segment: &StoredSegment) -> Result<(), ReadError> {
        let damaged = |source| damaged(&segment.key, source);
        let columns = Columns::decode(&segment.columns).map_err(damaged)?;
        let search = &self.search;
        let rows = matching::rows(&columns, search.query, search.oldest, search.newest);
        for row in rows.map_err(damaged)? {
            let place = row as usize;
            let (time, id) = (columns.time(place), columns.id(place));
            let after = self.after.as_ref();
            if after.is_none_or(|after| after.order(time, &id).is_lt()) {
                let id = id.into_owned();
                self.rows.push(Reverse(Row {
                    position: Position { time, id },
                    segment: self.segments.len(),
                    place,
                    bytes: columns.record_bytes(place),
                }));
            }
        }
        Ok(())
    }
}
