//! Rows of several sources, each in order, in one order.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::pin::Pin;
use std::vec::IntoIter;

use activity_log_core::instant::Instant;
use activity_log_core::items::ItemReader;
use activity_log_core::origin::Rank;
use activity_log_core::trail::record::Counts;
use activity_log_core::trail::selection::WindowSelection;
use futures::stream::{self, Stream, StreamExt as _};

use crate::listed::PartRef;
use crate::part::{self, Part};
use crate::window::{ArchiveError, Job};

/// Parts read at once, ahead of what is written. One has some 2 MB.
const AHEAD: usize = 8;

type Parts<'m> = Pin<Box<dyn Stream<Item = Result<Part, ArchiveError>> + Send + 'm>>;

/// A row that is archived.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub time: Instant,
    pub id: String,
    /// of one event, the rows that stay have different ranks
    pub rank: Rank,
    pub text: String,
}

/// The merge: parts are opened when what they have comes next.
pub(crate) struct Merge<'m> {
    parts: Parts<'m>,
    /// no row of the parts that are not open is older: one for each of them
    oldest: VecDeque<Instant>,
    /// the next row of each open source, and which source it is
    next: BinaryHeap<Reverse<(Row, usize)>>,
    open: Vec<IntoIter<Row>>,
}

impl<'m> Merge<'m> {
    /// Of these parts, those with the oldest rows first, and of rows in order.
    pub fn new<R: ItemReader>(
        store: &'m R,
        job: &'m Job<'m>,
        selection: &'m WindowSelection,
        parts: Vec<PartRef>,
        fresh: Vec<Row>,
    ) -> Self {
        let oldest = parts.iter().map(|part| part.oldest).collect();
        let read = stream::iter(parts).map(move |part| part::read(store, job, selection, part));
        let mut merge = Self {
            parts: Box::pin(read.buffered(AHEAD)),
            oldest,
            next: BinaryHeap::new(),
            open: Vec::new(),
        };
        merge.open(fresh);
        merge
    }

    /// The next row; what is read is counted.
    pub async fn next(&mut self, counts: &mut Counts) -> Result<Option<Row>, ArchiveError> {
        while self
            .oldest
            .front()
            .is_some_and(|oldest| !self.is_before(*oldest))
        {
            self.oldest.pop_front();
            let Some(part) = self.parts.next().await else {
                break;
            };
            let part = part?;
            counts.filtered_out += part.filtered_out;
            counts.archived += part.rows.len() as u64;
            counts.expired_parts += u64::from(part.is_expired);
            self.open(part.rows);
        }
        let Some(Reverse((row, source))) = self.next.pop() else {
            return Ok(None);
        };
        match self.open[source].next() {
            Some(next) => self.next.push(Reverse((next, source))),
            // What it took of memory is free.
            None => self.open[source] = Vec::new().into_iter(),
        }
        Ok(Some(row))
    }

    /// Whether a row is ready that comes before all of this time.
    fn is_before(&self, time: Instant) -> bool {
        let next = self.next.peek();
        next.is_some_and(|Reverse((row, _))| row.time < time)
    }

    fn open(&mut self, rows: Vec<Row>) {
        let mut rows = rows.into_iter();
        if let Some(first) = rows.next() {
            self.next.push(Reverse((first, self.open.len())));
            self.open.push(rows);
        }
    }
}
