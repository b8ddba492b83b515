//! Rows of an answer in read order: blocks, newest first, in steps that grow by what was found; frames of the rows that
//! may match; and what is not rolled up. A row is final once it is newer than all that is not read yet.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use futures::future::try_join_all;

use super::again;
use super::bound::Bound;
use super::candidates::Candidates;
use super::expected::Expected;
use super::fetch::Fetch;
use super::fresh::Fresh;
use super::holds::found;
use super::opened::Opened;
use super::row::{Lies, Row};
use super::search::Search;
use crate::index::Block;
use crate::items::ItemReader;
use crate::page::{FoundEvent, Position};
use crate::reader::ReadError;

/// Blocks that are asked first, to see how often something matches.
const FIRST_BLOCKS: usize = 4;
/// Blocks that are asked at once, at most.
const MAX_BLOCKS: usize = 200;

/// Finds rows.
pub(super) struct Finder<'a, R> {
    fetch: &'a Fetch<'a, R>,
    search: &'a Search<'a>,
    fresh: Fresh,
    /// not asked yet, newest first
    waiting: VecDeque<Block>,
    opened: Vec<Opened>,
    candidates: Candidates,
    /// of frames that were read, and of arrivals
    rows: BinaryHeap<Reverse<Row>>,
    /// final, in order
    ready: VecDeque<Row>,
    last: Option<Position>,
    /// all rows up to this one are given, or are not in the answer
    done: Option<Position>,
    /// rows that were decided, and those of them that may match
    seen: u64,
    hits: u64,
    /// how often blocks were asked
    asked: u32,
}

/// What comes next of an answer.
pub(super) enum Next {
    Event(Box<FoundEvent>),
    /// the budget is spent; all that is left comes after this position
    Spent(Position),
    End,
}

impl<'a, R: ItemReader> Finder<'a, R> {
    pub(super) fn new(
        fetch: &'a Fetch<'a, R>,
        search: &'a Search<'a>,
        fresh: Fresh,
    ) -> Result<Self, ReadError> {
        let mut waiting: Vec<Block> = fresh
            .head
            .blocks
            .iter()
            .filter(|block| search.overlaps(block))
            .cloned()
            .collect();
        waiting.sort_by_key(|block| Reverse((block.newest, block.slots)));
        let rows = fresh.rows(search)?.into_iter();
        let rows = rows.map(|row| Reverse(Row::new(row.place.rank, Lies::Fresh(row))));
        Ok(Self {
            fetch,
            search,
            rows: rows.collect(),
            fresh,
            waiting: waiting.into(),
            opened: Vec::new(),
            candidates: Candidates::default(),
            ready: VecDeque::new(),
            last: None,
            done: None,
            seen: 0,
            hits: 0,
            asked: 0,
        })
    }

    /// The next event; `want` is about how many more are wanted with it.
    pub(super) async fn next(&mut self, want: usize) -> Result<Next, ReadError> {
        loop {
            while let Some(row) = self.ready.pop_front() {
                // Rows of one event stand side by side, and the first is the one that is shown.
                if self.last.as_ref() != Some(row.position()) {
                    return self.give(row).map(Next::Event);
                }
            }
            let bound = self.unread();
            if let Some(frontier) = self.stop_before_asking(bound) {
                return Ok(Next::Spent(frontier));
            }
            if self.ripen(bound, want).await? {
                continue;
            }
            let Some(bound) = bound else {
                return Ok(Next::End);
            };
            if let Some(frontier) = self.fetch.budget.stop_at(bound, self.done.as_ref()) {
                return Ok(Next::Spent(frontier));
            }
            self.step(want).await?;
        }
    }

    /// Where to go on if nothing more is to be read, and L1 would have to be asked about the row that comes next.
    fn stop_before_asking(&self, bound: Option<Bound>) -> Option<Position> {
        let Reverse(row) = self.rows.peek()?;
        let next = Bound::of(row.position());
        let asks = bound < Some(next) && self.asks_about(row);
        let stop = || self.fetch.budget.stop_at(next, self.done.as_ref());
        asks.then(stop).flatten()
    }

    /// Whether L1 must be asked about a row that is not rolled up: it may have one of the event that stays.
    fn asks_about(&self, row: &Row) -> bool {
        row.is_fresh()
            && !self.search.query.filters.is_empty()
            && again::is_asked(&self.fresh.head, row.position())
    }

    fn give(&mut self, row: Row) -> Result<Box<FoundEvent>, ReadError> {
        self.last = Some(row.position().clone());
        match row.lies {
            Lies::Stored(event) => Ok(event),
            Lies::Fresh(row) => Ok(Box::new(found(self.fresh.event(&row)?))),
        }
    }

    /// Takes some of the rows that are final, those newer than `bound`; says whether there were any.
    async fn ripen(&mut self, bound: Option<Bound>, want: usize) -> Result<bool, ReadError> {
        let mut final_rows: Vec<Row> = Vec::new();
        let is_final = |row: &Reverse<Row>| bound < Some(Bound::of(row.0.position()));
        let mut asked = 0;
        while let Some(next) = self.rows.peek().filter(|row| is_final(row)) {
            let position = next.0.position();
            let is_new = (final_rows.last()).is_none_or(|last| last.position() != position);
            let asks = self.asks_about(&next.0);
            let is_enough = final_rows.len() >= want.max(1)
                || (asks
                    && (asked == again::AT_ONCE || (asked > 0 && self.fetch.budget.is_spent())));
            // Rows of one event stay together: the first decides.
            if is_new && is_enough {
                break;
            }
            asked += usize::from(asks && is_new);
            final_rows.extend(self.rows.pop().map(|row| row.0));
        }
        let Some(last) = final_rows.last() else {
            return Ok(false);
        };
        self.done = Some(last.position().clone());
        if asked > 0 {
            self.drop_again(&mut final_rows).await?;
        }
        self.ready.extend(final_rows);
        Ok(true)
    }

    /// Drops rows that are not rolled up, and will not be: L1 has one of the event that stays.
    async fn drop_again(&self, rows: &mut Vec<Row>) -> Result<(), ReadError> {
        let fresh = rows.iter().filter(|row| row.is_fresh());
        let events: Vec<&Position> = fresh.map(Row::position).collect();
        let whose = (self.search.account, self.search.now);
        let known = again::known(self.fetch, whose, &self.fresh.head, &events).await?;
        let mut known = known.into_iter();
        rows.retain(|row| {
            let known = row.is_fresh().then(|| known.next()).flatten().flatten();
            known.is_none_or(|known| known.rank < row.rank)
        });
        Ok(())
    }

    /// How new what is not read can be.
    fn unread(&self) -> Option<Bound> {
        let unknown = self
            .opened
            .iter()
            .filter_map(|one| one.unknown(self.search));
        unknown
            .chain(self.candidates.newest())
            .chain(self.waiting.front().map(|block| self.newest(block)))
            .max()
    }

    fn newest(&self, block: &Block) -> Bound {
        self.search.clip(Bound::at(block.newest))
    }

    /// How new rows can be of which is not even known whether they may match.
    fn undecided(&self) -> Option<Bound> {
        let opened = self.opened.iter();
        opened
            .filter_map(|one| one.undecided(self.search))
            .chain(self.waiting.front().map(|block| self.newest(block)))
            .max()
    }

    /// Reads so much that about `want` more rows are final.
    async fn step(&mut self, want: usize) -> Result<(), ReadError> {
        let want = want.max(1);
        // Of rows that were found some may lie behind others that were not.
        let is_sure = !self.search.is_by_index() || want == 1;
        let enough = if is_sure { want } else { want + want / 4 };
        while let Some(undecided) = self.undecided() {
            let known = self.candidates.sure(Some(undecided));
            let pending: usize = self.opened.iter().map(Opened::pending).sum();
            let known = known + pending;
            // What lies above what is undecided is read first if that is enough.
            if known >= enough || (known > 0 && self.fetch.budget.is_spent()) {
                break;
            }
            self.decide(enough - known).await?;
            if self.fetch.budget.is_spent() {
                break;
            }
        }
        self.locate().await?;
        let undecided = self.undecided();
        if self.candidates.newest() < undecided {
            return Ok(());
        }
        let read = self
            .candidates
            .read(self.fetch, self.search, want, undecided)
            .await?;
        self.rows.extend(read.into_iter().map(Reverse));
        Ok(())
    }

    /// Asks blocks which of their rows may match, side by side.
    async fn decide(&mut self, want: usize) -> Result<(), ReadError> {
        let (again, new) = self.group(want);
        let blocks: Vec<Block> = self.waiting.drain(..new).collect();
        let first = self.opened.len();
        let search = self.search;
        self.opened
            .extend(blocks.into_iter().map(|block| Opened::new(search, block)));
        self.fetch.budget.round();
        let fetch = self.fetch;
        let mut before = 0;
        self.asked += 1;
        let mut asked = Vec::new();
        for (at, one) in self.opened.iter_mut().enumerate() {
            if at >= first || again.contains(&at) {
                before += u64::from(one.decided());
                asked.push(one.decide(fetch, search, want));
            }
        }
        let found = try_join_all(asked).await?;
        self.candidates.extend(found.into_iter().flatten());
        let pending: usize = self.opened.iter().map(Opened::pending).sum();
        let chosen = self.opened.iter().enumerate();
        let chosen = chosen.filter(|(at, _)| *at >= first || again.contains(at));
        let after: u64 = chosen.map(|(_, one)| u64::from(one.decided())).sum();
        self.seen += after.saturating_sub(before);
        self.hits = self.hits.max(pending as u64);
        self.opened
            .retain(|one| one.is_undecided() || one.pending() > 0);
        Ok(())
    }

    /// Which opened blocks, and how many of those that wait, are asked next.
    fn group(&self, want: usize) -> (Vec<usize>, usize) {
        let mut undecided: Vec<(Bound, usize)> = self
            .opened
            .iter()
            .enumerate()
            .filter_map(|(at, one)| Some((one.undecided(self.search)?, at)))
            .collect();
        undecided.sort_unstable_by(|a, b| b.cmp(a));
        let mut undecided = undecided.into_iter().peekable();
        let all = !self.search.is_by_index();
        let mut expected = Expected::new(self.search, want * self.boldness(), self.density());
        let (mut again, mut new) = (Vec::new(), 0);
        while again.len() + new < MAX_BLOCKS && !expected.are_enough() {
            let next = self.waiting.get(new);
            let newest = next.map(|block| self.newest(block));
            match undecided.next_if(|(bound, _)| Some(*bound) >= newest) {
                Some((_, at)) => {
                    let one = &self.opened[at];
                    expected.add(&one.block, one.block.rows - one.decided());
                    again.push(at);
                }
                None => match next {
                    Some(block) => {
                        new += 1;
                        expected.add(block, block.rows);
                    }
                    None => break,
                },
            }
        }
        if self.search.is_for_id() {
            new = self.waiting.len();
        } else if !all && self.seen == 0 {
            new = FIRST_BLOCKS.min(self.waiting.len());
        } else if all {
            let reaches = |block: &&Block| Some(block.newest) >= expected.reached;
            new += self.waiting.iter().skip(new).take_while(reaches).count();
        }
        (again, new.min(MAX_BLOCKS.max(1)))
    }

    /// How many times more than seems needed is asked for: a round is dearer than a few blocks, and what was found so far
    /// says little where that was nothing, or too little before.
    fn boldness(&self) -> usize {
        match (self.asked, self.hits) {
            (0, _) => 1,
            _ if !self.search.is_by_index() => 1,
            (1, 1..) => 2,
            _ => 8,
        }
    }

    /// Which share of the rows matches, as far as was seen.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn density(&self) -> f64 {
        if !self.search.is_by_index() {
            return 1.0;
        }
        (self.hits as f64 + 0.3) / (self.seen as f64).max(1.0)
    }

    /// Finds the frames of all rows that are decided: one round, or two.
    async fn locate(&mut self) -> Result<(), ReadError> {
        self.fetch.budget.round();
        let (fetch, search) = (self.fetch, self.search);
        let located = self.opened.iter_mut().map(|one| one.locate(fetch, search));
        let located = try_join_all(located).await?;
        self.candidates.extend(located.into_iter().flatten());
        self.opened.retain(Opened::is_undecided);
        Ok(())
    }
}
