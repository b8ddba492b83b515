//! Rows in the order they are given.

use std::cmp::{Ordering, Reverse};

use super::fresh::FreshRow;
use crate::origin::Rank;
use crate::page::{FoundEvent, Position};

/// A row that is in the answer, if no other of its event is shown before it: less is given first.
#[derive(Debug)]
pub(super) struct Row {
    pub rank: Rank,
    pub lies: Lies,
}

/// Where its event is.
#[derive(Debug)]
pub(super) enum Lies {
    /// it was in a frame
    Stored(Box<FoundEvent>),
    /// in an arrival
    Fresh(FreshRow),
}

impl Row {
    pub(super) const fn new(rank: Rank, lies: Lies) -> Self {
        Self { rank, lies }
    }

    pub(super) fn position(&self) -> &Position {
        match &self.lies {
            Lies::Stored(event) => &event.position,
            Lies::Fresh(row) => &row.position,
        }
    }

    /// Whether it is not rolled up.
    pub(super) const fn is_fresh(&self) -> bool {
        matches!(self.lies, Lies::Fresh(_))
    }

    /// Of rows of one event, the highest rank first, then what is in L1, then what was first by the rule.
    fn of_event(&self) -> impl Ord {
        let place = match &self.lies {
            Lies::Stored(_) => None,
            Lies::Fresh(row) => Some(row.place),
        };
        (Reverse(self.rank), place)
    }
}

impl Ord for Row {
    fn cmp(&self, other: &Self) -> Ordering {
        let position = self.position().cmp(other.position());
        position.then_with(|| self.of_event().cmp(&other.of_event()))
    }
}

impl PartialOrd for Row {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Row {}
