//! What stays the same while an answer is read: whose events, of which time, and what must hold.

use super::bound::Bound;
use super::shares::Shares;
use super::stream::Range;
use crate::account::AccountId;
use crate::event::MAX_FUTURE_MS;
use crate::index::{Block, FrameRef, error_hash, value_hash};
use crate::instant::Instant;
use crate::page::Position;
use crate::query::{Attribute, Filter, Query};

/// A question, ready to be asked of blocks and rows.
#[derive(Clone, Debug)]
pub(super) struct Search<'q> {
    pub account: AccountId,
    pub query: &'q Query,
    /// earliest and latest time, inclusive
    pub oldest: Instant,
    pub newest: Instant,
    pub after: Option<Position>,
    pub now: Instant,
    /// hashes that all must be there, each once. An id says it all: its hash alone is asked for
    pub wanted: Vec<Wanted>,
    /// lists of hashes, of each of which one must be there
    pub unions: Vec<Vec<Wanted>>,
    /// how common they are, as far as it was seen
    pub shares: Shares,
}

/// A value that is looked up in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub attribute: Attribute,
    pub hash: u64,
}

impl<'q> Search<'q> {
    pub(super) fn new(account: AccountId, query: &'q Query, range: Range) -> Self {
        let last = range.now.plus_millis(MAX_FUTURE_MS);
        let newest = [query.end, range.after.as_ref().map(|after| after.time)]
            .into_iter()
            .flatten()
            .fold(last, Ord::min);
        let oldest = query
            .start
            .map_or(range.horizon, |start| start.max(range.horizon));
        let (wanted, unions) = wanted(query);
        Self {
            account,
            query,
            oldest,
            newest,
            after: range.after,
            now: range.now,
            wanted,
            unions,
            shares: Shares::default(),
        }
    }

    /// Whether nothing can be in the answer.
    pub(super) fn is_empty(&self) -> bool {
        self.oldest > self.newest || self.query.read_only() == Some(None)
    }

    /// Whether an id is asked for: then there is at most a handful of rows.
    pub(super) fn is_for_id(&self) -> bool {
        let first = self.wanted.first().or_else(|| self.unions.first()?.first());
        first.is_some_and(|first| first.attribute == Attribute::EventId)
    }

    /// Whether the index says which rows may match; else all may.
    pub(super) fn is_by_index(&self) -> bool {
        !self.wanted.is_empty() || !self.unions.is_empty()
    }

    /// The values that a block can be asked for: it may be older than an attribute.
    pub(super) fn known_to(&self, block: &Block) -> impl Iterator<Item = Wanted> {
        let wanted = self.wanted.iter().copied();
        wanted.filter(|one| block.knows(one.attribute))
    }

    /// The lists that a block can be asked for.
    pub(super) fn unions_known_to(&self, block: &Block) -> impl Iterator<Item = &[Wanted]> {
        let knows = |union: &&[Wanted]| union.iter().all(|one| block.knows(one.attribute));
        self.unions.iter().map(Vec::as_slice).filter(knows)
    }

    /// Whether a block can be asked for anything.
    pub(super) fn asks(&self, block: &Block) -> bool {
        self.known_to(block).next().is_some() || self.unions_known_to(block).next().is_some()
    }

    /// Whether a block has rows of the time asked for. What has expired is as if it were not there: of it more may be
    /// deleted with every moment.
    pub(super) fn overlaps(&self, block: &Block) -> bool {
        block.expires.1 > self.now && block.newest >= self.oldest && block.least <= self.newest
    }

    /// Whether all rows of a block are there, and of the time asked for.
    pub(super) fn contains(&self, block: &Block) -> bool {
        self.has_all(block)
            && block.newest <= self.newest
            && block.least >= self.oldest
            && self.is_behind_start(block)
    }

    /// Whether none of a block's runs has expired.
    pub(super) fn has_all(&self, block: &Block) -> bool {
        block.expires.0 > self.now
    }

    fn is_behind_start(&self, block: &Block) -> bool {
        let after = self.after.as_ref();
        after.is_none_or(|after| block.newest < after.time)
    }

    /// Whether a frame may have rows that are in the answer.
    pub(super) fn overlaps_frame(&self, frame: &FrameRef) -> bool {
        let is_within = |time: Instant| time >= self.oldest && time <= self.newest;
        let is_given = |after: &Position| Bound::of(after) < Bound::oldest_of(frame);
        let on_time = frame.newest >= self.oldest
            && frame.oldest <= self.newest
            && !self.after.as_ref().is_some_and(is_given);
        let is_there = frame.expires > self.now;
        is_there && (on_time || frame.late.iter().any(|(_, time)| is_within(*time)))
    }

    /// Whether all rows of a frame but the late ones are of the time asked for.
    pub(super) fn contains_frame(&self, frame: &FrameRef) -> bool {
        let is_behind = self.takes_bound(Bound::newest_of(frame));
        frame.oldest >= self.oldest && frame.newest <= self.newest && is_behind
    }

    /// The same bound, or that of all rows that are in the answer if it is less.
    pub(super) fn clip(&self, bound: Bound) -> Bound {
        let bound = bound.min(Bound::at(self.newest));
        let after = self.after.as_ref();
        after.map_or(bound, |after| bound.min(Bound::of(after)))
    }

    /// Whether rows up to this bound are surely behind where the answer goes on.
    pub(super) fn takes_bound(&self, bound: Bound) -> bool {
        let after = self.after.as_ref();
        after.is_none_or(|after| bound < Bound::of(after))
    }

    /// Whether a row of this position can be in the answer.
    pub(super) fn takes(&self, time: Instant, id: &str) -> bool {
        let after = self.after.as_ref();
        time >= self.oldest
            && time <= self.newest
            && after.is_none_or(|after| after.order(time, id).is_lt())
    }
}

/// What the index is asked for: values that must all be there, and lists.
fn wanted(query: &Query) -> (Vec<Wanted>, Vec<Vec<Wanted>>) {
    let id = (query.filters.iter())
        .filter(|filter| filter.attribute == Attribute::EventId)
        .find_map(values);
    if let Some(id) = id {
        return match id[..] {
            [one] => (vec![one], vec![]),
            _ => (vec![], vec![id]),
        };
    }
    let (mut wanted, mut unions): (Vec<Wanted>, _) = (Vec::new(), Vec::new());
    for values in query.filters.iter().filter_map(values) {
        match values[..] {
            [one] if wanted.contains(&one) => {}
            // The index has no pairs of it.
            [one] if one.hash != error_hash() => wanted.push(one),
            _ => unions.push(values),
        }
    }
    // Whatever is asked of it, it is one of two values.
    if let Some(Some(read_only)) = query.read_only() {
        wanted.push(Wanted::of(Attribute::ReadOnly, &read_only.to_string()));
    }
    (wanted, unions)
}

/// The hashes of which one must be there, if a filter can be asked of the index.
fn values(filter: &Filter) -> Option<Vec<Wanted>> {
    if filter.attribute == Attribute::ReadOnly {
        return None;
    }
    if filter.is_any_error() {
        return Some(vec![Wanted {
            attribute: Attribute::ErrorCode,
            hash: error_hash(),
        }]);
    }
    let mut wanted: Vec<Wanted> = Vec::new();
    for value in filter.test.values()? {
        let one = Wanted::of(filter.attribute, value);
        if !wanted.contains(&one) {
            wanted.push(one);
        }
    }
    Some(wanted)
}

impl Wanted {
    fn of(attribute: Attribute, value: &str) -> Self {
        Self {
            attribute,
            hash: value_hash(attribute, value),
        }
    }
}
