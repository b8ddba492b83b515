//! A whole answer in batches, for reports: memory does not grow with the answer, and records are read only of
//! the rows that somebody wants.

use std::collections::HashMap;
use std::ops::Range as Bytes;
use std::sync::Arc;

use super::budget::{Budget, Limits};
use super::events::whole;
use super::merge::Row;
use super::{Next, Rows, damaged};
use crate::account::AccountId;
use crate::instant::Instant;
use crate::page::Position;
use crate::query::Query;
use crate::reader::ReadError;
use crate::segment::bodies::BodyReader;
use crate::segment::columns::{MAX_ROWS, record_lengths};
use crate::store::{SegmentReader, StoredSegment};

/// Most bytes of records that the rows of a batch have together; a single row may have more.
const MAX_BATCH_BYTES: usize = 16 * 1024 * 1024;

/// Which part of what matches is wanted.
#[derive(Clone, Debug)]
pub struct Range {
    /// go on after this position; from the newest if `None`
    pub after: Option<Position>,
    /// nothing older than this exists for the reader (now − retention)
    pub horizon: Instant,
    /// the time of the request
    pub now: Instant,
}

/// An answer, newest first, each matching event exactly once, also while events arrive.
pub struct Stream<'a, R> {
    reader: &'a R,
    rows: Rows<'a, R>,
    limits: Limits,
    max_rows: usize,
    /// taken, and too large for the batch it would have been in
    kept: Option<(Row, Arc<StoredSegment>)>,
}

/// What a stream gives.
pub enum Step {
    /// more rows
    Batch(Batch),
    /// there were none for a while: nothing at or before this position is left
    Reached(Position),
    /// everything was given
    End,
}

/// Rows next to each other in read order.
#[derive(Debug)]
pub struct Batch {
    segments: Vec<Arc<StoredSegment>>,
    rows: Vec<RowAt>,
    /// of the rows' records together
    bytes: usize,
    reached: Position,
}

/// Where a row of a batch lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowAt {
    /// which of the batch's segments
    pub segment: usize,
    /// which row of it
    pub row: usize,
}

impl Batch {
    /// The segments of its rows. Their columns are always there, their bodies not.
    pub fn segments(&self) -> &[Arc<StoredSegment>] {
        &self.segments
    }

    /// Its rows, newest first: at least one, at most [`MAX_ROWS`].
    pub fn rows(&self) -> &[RowAt] {
        &self.rows
    }

    /// The position of its last row: what comes next comes after it.
    pub fn reached(&self) -> &Position {
        &self.reached
    }
}

/// Records of some rows of a batch.
#[derive(Debug, Default)]
pub struct Records {
    text: String,
    places: Vec<Bytes<usize>>,
}

impl Records {
    /// The record of the `nth` row that was asked for, verbatim.
    pub fn get(&self, nth: usize) -> &str {
        self.places
            .get(nth)
            .and_then(|place| self.text.get(place.clone()))
            .unwrap_or_default()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

impl<'a, R: SegmentReader> Stream<'a, R> {
    /// The answer to `query` from `reader`.
    pub fn new(reader: &'a R, account: AccountId, query: &'a Query, range: Range) -> Self {
        Self::within(Limits::default(), MAX_ROWS, reader, account, query, range)
    }

    /// The same with limits of one's own: on what is read before [`Step::Reached`] is given where nothing
    /// matches, and on the rows of a batch.
    pub fn within(
        limits: Limits,
        max_rows: usize,
        reader: &'a R,
        account: AccountId,
        query: &'a Query,
        range: Range,
    ) -> Self {
        let max_rows = max_rows.clamp(1, MAX_ROWS);
        let budget = Budget::new(limits, range.after.clone(), None);
        Self {
            reader,
            rows: Rows::new(budget, reader, account, query, range, max_rows),
            limits,
            max_rows,
            kept: None,
        }
    }

    /// What comes next.
    pub async fn next(&mut self) -> Result<Step, ReadError> {
        let mut batch = Gathered::default();
        loop {
            let next = match self.kept.take() {
                Some((row, segment)) => Next::Row(row, segment),
                None => self.rows.next().await?,
            };
            match next {
                Next::Row(row, segment) if batch.takes(&row) => batch.push(row, segment),
                Next::Row(row, segment) => {
                    self.kept = Some((row, segment));
                    return Ok(batch.into_step());
                }
                Next::Spent(frontier) => {
                    self.rows.merge.renew(self.limits, frontier.clone());
                    if batch.rows.is_empty() {
                        return Ok(Step::Reached(frontier));
                    }
                    return Ok(batch.into_step());
                }
                Next::End => return Ok(batch.into_step()),
            }
            if batch.rows.len() == self.max_rows {
                return Ok(batch.into_step());
            }
        }
    }

    /// The records of these rows of the batch, given by their places in it, in that order.
    pub async fn records(&self, batch: &Batch, wanted: &[usize]) -> Result<Records, ReadError> {
        let mut by_segment: Vec<Vec<(usize, usize)>> = vec![vec![]; batch.segments.len()];
        let share = batch.bytes / batch.rows.len().max(1) * wanted.len();
        let mut records = Records {
            text: String::with_capacity(share),
            places: vec![0..0; wanted.len()],
        };
        let mut bodies = BodyReader::default();
        for (nth, place) in wanted.iter().enumerate() {
            if let Some(at) = batch.rows.get(*place) {
                by_segment[at.segment].push((nth, at.row));
            }
        }
        for (segment, rows) in batch.segments.iter().zip(by_segment) {
            if rows.is_empty() {
                continue;
            }
            let segment = whole(self.reader, segment).await?;
            let damaged = |source| damaged(&segment.key, source);
            let lengths = record_lengths(&segment.columns).map_err(damaged)?;
            bodies.open(&segment.bodies, lengths).map_err(damaged)?;
            for (nth, row) in rows {
                let start = records.text.len();
                records.text.push_str(bodies.get(row).map_err(damaged)?);
                records.places[nth] = start..records.text.len();
            }
        }
        Ok(records)
    }
}

/// A batch that is being put together.
#[derive(Default)]
struct Gathered {
    segments: Vec<Arc<StoredSegment>>,
    /// a segment's number to its place
    places: HashMap<usize, usize>,
    rows: Vec<RowAt>,
    bytes: usize,
    reached: Option<Position>,
}

impl Gathered {
    fn takes(&self, row: &Row) -> bool {
        self.rows.is_empty() || self.bytes + row.bytes <= MAX_BATCH_BYTES
    }

    fn push(&mut self, row: Row, segment: Arc<StoredSegment>) {
        let segments = &mut self.segments;
        let place = *self.places.entry(row.segment).or_insert_with(|| {
            segments.push(segment);
            segments.len() - 1
        });
        self.bytes += row.bytes;
        self.rows.push(RowAt {
            segment: place,
            row: row.place,
        });
        self.reached = Some(row.position);
    }

    fn into_step(self) -> Step {
        self.reached.map_or(Step::End, |reached| {
            Step::Batch(Batch {
                segments: self.segments,
                rows: self.rows,
                bytes: self.bytes,
                reached,
            })
        })
    }
}
