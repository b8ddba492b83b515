//! How much is read for one page, and how long. A page that would take more ends early and says where to go on.

use crate::instant::Instant;
use crate::page::{Deadline, Position};
use crate::store::StoredSegment;

/// What one page may read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// slices of indexes, and empty partitions: each is one request to the store
    pub slices: usize,
    /// bytes of segments
    pub bytes: usize,
}

impl Default for Limits {
    /// A few seconds' worth, far below the function's 29.
    fn default() -> Self {
        Self {
            slices: 400,
            bytes: 192 * 1024 * 1024,
        }
    }
}

/// What is left of the limits.
pub(super) struct Budget {
    left: Limits,
    after: Option<Position>,
    deadline: Option<Deadline>,
}

impl Budget {
    pub(super) fn new(limits: Limits, after: Option<Position>, deadline: Option<Deadline>) -> Self {
        Self {
            left: limits,
            after,
            deadline,
        }
    }

    /// Begins anew, behind this position.
    pub(super) fn renew(&mut self, limits: Limits, reached: Position) {
        self.left = limits;
        self.after = Some(reached);
    }

    /// One slice was read.
    pub(super) fn slice(&mut self) {
        self.left.slices = self.left.slices.saturating_sub(1);
    }

    /// A segment was read. Those above the page's start were read for the page before too, and must
    /// not keep this one from going on.
    pub(super) fn segment(&mut self, segment: &StoredSegment) {
        let is_new = |after: &Position| segment.key.newest <= after.time;
        if self.after.as_ref().is_none_or(is_new) {
            let size = segment.columns.len() + segment.bodies.len();
            self.left.bytes = self.left.bytes.saturating_sub(size);
        }
    }

    /// Where to go on, if the budget is spent, all that is left is at most as new as `newest`, and
    /// that is an advance over where this page began.
    pub(super) fn stop_at(&self, newest: Instant) -> Option<Position> {
        let is_late = || self.deadline.as_ref().is_some_and(Deadline::is_over);
        let is_spent = self.left.slices == 0 || self.left.bytes == 0 || is_late();
        let frontier = Position {
            time: newest.plus_millis(1),
            id: String::new(),
        };
        let advances = self.after.as_ref().is_none_or(|after| *after < frontier);
        (is_spent && advances).then_some(frontier)
    }
}
