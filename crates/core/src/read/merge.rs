//! Rows of many parts in read order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use super::again;
use super::bound::Bound;
use super::feed::{Feed, Name, Pace, decoded};
use super::fetch::Fetch;
use super::fresh::Fresh;
use super::part::Part;
use super::search::Search;
use crate::columns::matching;
use crate::columns::ranks::RowRanks;
use crate::head::Head;
use crate::items::ItemReader;
use crate::origin::Rank;
use crate::page::Position;
use crate::reader::ReadError;

/// Most bytes of columns kept while rows are merged. Of parts that wait for nothing but a few late rows, columns are read
/// again when it is their turn.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// A row that matches, of a part that was read.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    position: Position,
    /// of two rows of an event that of the higher rank is given
    rank: Reverse<Rank>,
    /// and then what is rolled up
    is_fresh: bool,
    /// which part, and which row of it
    number: usize,
    place: usize,
    /// of its record
    bytes: usize,
}

/// A row of the answer.
pub(super) struct PartRow {
    pub position: Position,
    pub number: usize,
    pub part: Part,
    pub row: usize,
    pub bytes: usize,
}

/// What comes next.
pub(super) enum Next {
    Row(PartRow),
    /// the budget is spent; all that is left comes after this position
    Spent(Position),
    End,
}

/// Parts that were read, and their rows that are not yet taken.
pub(super) struct Merge {
    feed: Feed,
    /// by number
    parts: BTreeMap<usize, Held>,
    next_number: usize,
    rows: BinaryHeap<Reverse<Row>>,
    /// not rolled up, in order: L1 is to be asked whether it has one of the event that stays
    unchecked: VecDeque<Row>,
    head: Head,
    last: Option<Position>,
    bytes: usize,
}

/// A part with rows that are not yet taken.
struct Held {
    part: Option<Part>,
    /// where its columns are read again; `None` for what is not rolled up
    name: Option<Name>,
    rows: usize,
}

impl Merge {
    pub(super) fn new(search: &Search<'_>, fresh: &Fresh, pace: Pace) -> Result<Self, ReadError> {
        let mut merge = Self {
            feed: Feed::new(search, &fresh.head, pace),
            parts: BTreeMap::new(),
            next_number: 0,
            rows: BinaryHeap::new(),
            unchecked: VecDeque::new(),
            head: fresh.head.clone(),
            last: None,
            bytes: 0,
        };
        for part in fresh.parts(search)? {
            merge.add(search, None, part)?;
        }
        if !search.query.filters.is_empty() {
            let rows = std::mem::take(&mut merge.rows).into_iter();
            let is_asked = |row: &Row| again::is_asked(&fresh.head, &row.position);
            let (mut unchecked, rows): (Vec<Row>, Vec<Row>) =
                rows.map(|row| row.0).partition(is_asked);
            unchecked.sort_unstable();
            merge.unchecked = unchecked.into();
            merge.rows = rows.into_iter().map(Reverse).collect();
        }
        Ok(merge)
    }

    /// Drops some of the rows that are not rolled up, and will not be: L1 has one of the event that stays.
    async fn drop_again<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
    ) -> Result<(), ReadError> {
        let events = self.unchecked.iter().map(|row| &row.position);
        let count = again::at_once(&self.head, events);
        let rows: Vec<Row> = self.unchecked.drain(..count).collect();
        let events: Vec<&Position> = rows.iter().map(|row| &row.position).collect();
        let known = again::known(fetch, (search.account, search.now), &self.head, &events).await?;
        for (row, known) in rows.into_iter().zip(known) {
            if known.is_none_or(|known| known.rank < row.rank.0) {
                self.rows.push(Reverse(row));
            } else {
                self.release(row.number);
            }
        }
        Ok(())
    }

    /// A row of this part is done with.
    fn release(&mut self, number: usize) {
        if let Some(held) = self.parts.get_mut(&number) {
            held.rows -= 1;
            if held.rows == 0 {
                self.bytes -= held.part.as_ref().map_or(0, |part| part.columns().len());
                self.parts.remove(&number);
            }
        }
    }

    /// The next row in read order; of an event the first.
    pub(super) async fn next<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
    ) -> Result<Next, ReadError> {
        loop {
            let unread = self.feed.unread(search);
            let unchecked = self.unchecked.front();
            let unchecked = unchecked.map(|row| Bound::of(&row.position));
            let bound = unread.max(unchecked);
            let first = self.rows.peek();
            let first = first.map(|first| Bound::of(&first.0.position));
            if first.is_some() && first > bound {
                if let Some(row) = self.pop(fetch, search).await? {
                    return Ok(Next::Row(row));
                }
                continue;
            }
            let Some(bound) = bound else {
                return Ok(Next::End);
            };
            if let Some(frontier) = fetch.budget.stop_at(bound, self.last.as_ref()) {
                return Ok(Next::Spent(frontier));
            }
            if unchecked == Some(bound) {
                self.drop_again(fetch, search).await?;
                continue;
            }
            for (name, part) in self.feed.read(fetch, search).await? {
                self.add(search, Some(name), part)?;
            }
        }
    }

    async fn pop<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
    ) -> Result<Option<PartRow>, ReadError> {
        let Some(Reverse(row)) = self.rows.pop() else {
            return Ok(None);
        };
        let part = self.part(fetch, search, row.number).await?;
        if self.last.as_ref() == Some(&row.position) {
            return Ok(None);
        }
        self.last = Some(row.position.clone());
        Ok(part.map(|part| PartRow {
            position: row.position,
            number: row.number,
            part,
            row: row.place,
            bytes: row.bytes,
        }))
    }

    /// The part of a row that is taken.
    async fn part<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        number: usize,
    ) -> Result<Option<Part>, ReadError> {
        let Some(held) = self.parts.get_mut(&number) else {
            return Ok(None);
        };
        if let (None, Some(name)) = (&held.part, held.name) {
            let part = super::feed::part(fetch, search, name).await?;
            self.bytes += part.columns().len();
            held.part = Some(part);
        }
        let part = held.part.clone();
        self.release(number);
        self.give_up(number);
        Ok(part)
    }

    fn add(
        &mut self,
        search: &Search<'_>,
        name: Option<Name>,
        part: Part,
    ) -> Result<(), ReadError> {
        let before = self.rows.len();
        self.add_rows(search, name.is_none(), &part)?;
        let rows = self.rows.len() - before;
        if rows > 0 {
            self.bytes += part.columns().len();
            let part = Some(part);
            self.parts
                .insert(self.next_number, Held { part, name, rows });
            self.give_up(self.next_number);
            self.next_number += 1;
        }
        Ok(())
    }

    fn add_rows(
        &mut self,
        search: &Search<'_>,
        is_fresh: bool,
        part: &Part,
    ) -> Result<(), ReadError> {
        let columns = decoded(part)?;
        let ranks = RowRanks::of(&columns);
        for row in matching::rows(&columns, search.query, search.oldest, search.newest) {
            let row = row as usize;
            let (time, id) = (columns.time(row), columns.id(row));
            if search.takes(time, &id) {
                let id = id.into_owned();
                self.rows.push(Reverse(Row {
                    position: Position { time, id },
                    rank: Reverse(ranks.get(row)),
                    is_fresh,
                    number: self.next_number,
                    place: row,
                    bytes: columns.record_bytes(row),
                }));
            }
        }
        Ok(())
    }

    /// Gives up columns while there are too many: first those that were read first, which wait for late rows.
    fn give_up(&mut self, used: usize) {
        for (number, held) in &mut self.parts {
            if self.bytes <= MAX_BYTES {
                break;
            }
            if *number != used
                && held.name.is_some()
                && let Some(part) = held.part.take()
            {
                self.bytes -= part.columns().len();
            }
        }
    }
}
