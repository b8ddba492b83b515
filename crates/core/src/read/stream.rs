//! A whole answer in batches, for reports: memory does not grow with the answer, and records are read only of the rows
//! that somebody wants. Rows are found by columns, part by part.

use std::collections::HashMap;

use super::Events;
use super::arrived::Extent;
use super::budget::{Budget, ReadLimits};
use super::feed::Pace;
use super::fetch::Fetch;
use super::fresh::{Fresh, REPORT_BYTES, Remembered};
use super::merge::{Merge, Next, PartRow};
use super::part::{Part, Records};
use super::search::Search;
use crate::account::AccountId;
use crate::instant::Instant;
use crate::items::ItemReader;
use crate::page::Position;
use crate::query::Query;
use crate::reader::ReadError;

/// Most rows of a batch: what a filter plugin gets at once.
pub const MAX_ROWS: usize = 4_096;
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

/// An answer, newest first, each matching event exactly once, also while events arrive and are rolled up: it is that of
/// one moment, the first time it was asked for something.
pub struct Stream<'a, R> {
    events: &'a Events<R>,
    fetch: Fetch<'a, R>,
    search: Search<'a>,
    merge: Option<Merge>,
    limits: ReadLimits,
    max_rows: usize,
    /// taken, and too large for the batch it would have been in
    kept: Option<PartRow>,
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
    parts: Vec<Part>,
    rows: Vec<RowAt>,
    reached: Position,
}

/// Where a row of a batch lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowAt {
    /// which of the batch's parts
    pub part: usize,
    /// which row of it
    pub row: usize,
}

impl Batch {
    /// The parts of its rows.
    pub fn parts(&self) -> &[Part] {
        &self.parts
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

impl<'a, R: ItemReader> Stream<'a, R> {
    /// The answer to `query` from `events`.
    pub fn new(events: &'a Events<R>, account: AccountId, query: &'a Query, range: Range) -> Self {
        Self::within(
            ReadLimits::default(),
            MAX_ROWS,
            events,
            account,
            query,
            range,
        )
    }

    /// The same with limits of one's own: on what is read before [`Step::Reached`] is given where nothing
    /// matches, and on the rows of a batch.
    pub fn within(
        limits: ReadLimits,
        max_rows: usize,
        events: &'a Events<R>,
        account: AccountId,
        query: &'a Query,
        range: Range,
    ) -> Self {
        let budget = Budget::new(limits, range.after.clone(), None);
        Self {
            events,
            // What a report reads once would drive out what pages read again and again.
            fetch: Fetch::new(events.items(), events.cache(), budget, false),
            search: Search::new(account, query, range),
            merge: None,
            limits,
            max_rows: max_rows.clamp(1, MAX_ROWS),
            kept: None,
        }
    }

    /// What comes next.
    pub async fn next(&mut self) -> Result<Step, ReadError> {
        if self.search.is_empty() {
            return Ok(Step::End);
        }
        if self.merge.is_none() {
            self.merge = Some(self.begin().await?);
        }
        let Some(merge) = &mut self.merge else {
            return Ok(Step::End);
        };
        let mut batch = Gathered::default();
        loop {
            let next = match self.kept.take() {
                Some(row) => Next::Row(row),
                None => merge.next(&self.fetch, &self.search).await?,
            };
            match next {
                Next::Row(row) if batch.takes(&row) => batch.push(row),
                Next::Row(row) => {
                    self.kept = Some(row);
                    return Ok(batch.into_step());
                }
                Next::Spent(frontier) => {
                    self.fetch.budget.renew(self.limits, frontier.clone());
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

    /// Reads the head, once, and what is not rolled up.
    async fn begin(&self) -> Result<Merge, ReadError> {
        let account = self.search.account;
        let remembered = self.events.remembered(account);
        let much = (Extent::All, self.events.held_bytes(REPORT_BYTES));
        let fresh = Fresh::read(&self.fetch, &self.search, remembered, much).await?;
        self.events
            .remember(account, Remembered::of(&fresh.head, self.search.now));
        Merge::new(&self.search, &fresh, Pace::STREAM)
    }

    /// The records of these rows of the batch, given by their places in it, in that order.
    pub async fn records(&self, batch: &Batch, wanted: &[usize]) -> Result<Records, ReadError> {
        let rows = wanted.iter().map(|place| {
            let at = batch.rows.get(*place)?;
            Some((batch.parts.get(at.part)?, at.row))
        });
        let rows: Vec<_> = rows.collect();
        let mut records = Records::with_capacity(rows.len());
        super::part::records(&self.fetch, self.search.account, &rows, &mut records).await?;
        Ok(records)
    }
}

/// A batch that is being put together.
#[derive(Default)]
struct Gathered {
    parts: Vec<Part>,
    /// a part's number to its place
    places: HashMap<usize, usize>,
    rows: Vec<RowAt>,
    bytes: usize,
    reached: Option<Position>,
}

impl Gathered {
    fn takes(&self, row: &PartRow) -> bool {
        self.rows.is_empty() || self.bytes + row.bytes <= MAX_BATCH_BYTES
    }

    fn push(&mut self, row: PartRow) {
        let parts = &mut self.parts;
        let place = *self.places.entry(row.number).or_insert_with(|| {
            parts.push(row.part);
            parts.len() - 1
        });
        self.bytes += row.bytes;
        self.rows.push(RowAt {
            part: place,
            row: row.row,
        });
        self.reached = Some(row.position);
    }

    fn into_step(self) -> Step {
        self.reached.map_or(Step::End, |reached| {
            Step::Batch(Batch {
                parts: self.parts,
                rows: self.rows,
                reached,
            })
        })
    }
}
