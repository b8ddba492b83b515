//! How much is read for one page, and how long. A page that would take more ends early and says where to go on.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::bound::Bound;
use crate::items::Consistency;
use crate::page::{Deadline, Position};

/// What one page may read.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits {
    /// items got and slices of ranges
    pub requests: usize,
    /// read units of `DynamoDB`'s, in halves
    pub half_units: usize,
    /// requests one after the other
    pub rounds: usize,
}

impl ReadLimits {
    /// As good as none.
    pub(super) const NONE: Self = Self {
        requests: usize::MAX,
        half_units: usize::MAX,
        rounds: usize::MAX,
    };
}

impl Default for ReadLimits {
    /// A few seconds' worth, far below the function's 29.
    fn default() -> Self {
        Self {
            requests: 6_000,
            half_units: 16_000,
            rounds: 200,
        }
    }
}

/// What is left of the limits. Counted before a request is made where its size is known, else after it.
#[derive(Debug)]
pub(super) struct Budget {
    left: Mutex<ReadLimits>,
    /// where the page begins
    after: Option<Position>,
    deadline: Option<Deadline>,
}

/// Bytes of a unit.
const UNIT_BYTES: usize = 4 * 1024;

impl Budget {
    pub(super) fn new(
        limits: ReadLimits,
        after: Option<Position>,
        deadline: Option<Deadline>,
    ) -> Self {
        Self {
            left: Mutex::new(limits),
            after,
            deadline,
        }
    }

    fn left(&self) -> MutexGuard<'_, ReadLimits> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins anew, behind this position.
    pub(super) fn renew(&mut self, limits: ReadLimits, reached: Position) {
        *self.left() = limits;
        self.after = Some(reached);
    }

    /// A round begins.
    pub(super) fn round(&self) {
        let mut left = self.left();
        left.rounds = left.rounds.saturating_sub(1);
    }

    /// What another one was charged, one without limits.
    pub(super) fn charge(&self, other: &Self) {
        let spent = *other.left();
        let mut left = self.left();
        left.requests = (left.requests).saturating_sub(usize::MAX - spent.requests);
        left.half_units = (left.half_units).saturating_sub(usize::MAX - spent.half_units);
    }

    /// So many requests are about to be made.
    pub(super) fn requests(&self, count: usize) {
        let mut left = self.left();
        left.requests = left.requests.saturating_sub(count);
    }

    /// So many bytes were read at once.
    pub(super) fn bytes(&self, bytes: usize, consistency: Consistency) {
        let halves = bytes.div_ceil(UNIT_BYTES).max(1)
            * match consistency {
                Consistency::Strong => 2,
                Consistency::Eventual => 1,
            };
        let mut left = self.left();
        left.half_units = left.half_units.saturating_sub(halves);
    }

    /// How many items of about a unit may still be read at once; at least one, so that a page gets on.
    pub(super) fn items(&self) -> usize {
        let left = self.left();
        left.requests.min(left.half_units / 4).max(1)
    }

    /// Whether nothing more is to be read if the page can end.
    pub(super) fn is_spent(&self) -> bool {
        let left = *self.left();
        left.requests == 0 || left.half_units == 0 || left.rounds == 0 || self.is_late()
    }

    /// Whether the deadline is over.
    pub(super) fn is_late(&self) -> bool {
        self.deadline.as_ref().is_some_and(Deadline::is_over)
    }

    /// Where to go on if all that is left is at or behind `bound`, and behind `done`, and the budget is spent, and that is
    /// an advance over where this page began.
    pub(super) fn stop_at(&self, bound: Bound, done: Option<&Position>) -> Option<Position> {
        let frontier = Position {
            time: bound.time.plus_millis(1),
            id: String::new(),
        };
        // Rows of the time of the bound may be given already.
        let frontier = done.map_or(frontier.clone(), |done| frontier.max(done.clone()));
        let advances = self.after.as_ref().is_none_or(|after| *after < frontier);
        (advances && self.is_spent()).then_some(frontier)
    }
}
