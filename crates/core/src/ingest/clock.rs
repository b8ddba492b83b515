//! The time, and until when there is any.

use super::LAST_BEGIN_MS;
use crate::instant::Instant;

/// Tells the time. A closure that gives it has no end.
pub trait Clock: Sync {
    /// What time it is.
    fn now(&self) -> Instant;

    /// When whoever waits for the answer is gone.
    fn end(&self) -> Option<Instant> {
        None
    }

    /// Whether what is begun now can be done before the end.
    fn may_begin(&self) -> bool {
        let last = self.end().map(|end| end.plus_millis(-LAST_BEGIN_MS));
        last.is_none_or(|last| self.now() < last)
    }
}

impl<F: Fn() -> Instant + Sync> Clock for F {
    fn now(&self) -> Instant {
        self()
    }
}

/// A clock with an end.
#[derive(Clone, Copy, Debug)]
pub struct Until<C> {
    /// tells the time
    pub clock: C,
    /// when it ends
    pub end: Instant,
}

impl<C: Clock> Clock for Until<C> {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn end(&self) -> Option<Instant> {
        Some(self.end)
    }
}
