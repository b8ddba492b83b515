//! Slots: ten seconds of the time of writing, the unit that is sealed and rolled up. A window of five minutes has thirty.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::instant::{Instant, SECOND};
use crate::window::{WINDOW_MS, Window};

/// Length of a slot, in milliseconds.
pub const SLOT_MS: i64 = 10 * SECOND;

/// Longest time between taking a slot and beginning to commit to it, in milliseconds: who looks at the clock later than
/// that gives up.
pub const MAX_WRITE_MS: i64 = 5 * SECOND;

/// Longest a commit is waited for, in milliseconds, all attempts together.
pub const MAX_COMMIT_MS: i64 = 5 * SECOND;

/// How long after its end a slot is sealed, in milliseconds: the longest a write and its commit take, and some more for
/// clocks that disagree.
pub const SEAL_AFTER_MS: i64 = 15 * SECOND;

const _: () = assert!(MAX_WRITE_MS + MAX_COMMIT_MS + 4 * SECOND < SEAL_AFTER_MS);
const _: () = assert!(WINDOW_MS % SLOT_MS == 0);

/// A slot, numbered from 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Slot(i64);

impl Slot {
    /// The slot of an instant.
    pub const fn of(time: Instant) -> Self {
        Self(time.millis().div_euclid(SLOT_MS))
    }

    /// From its number.
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Slots since 1970.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The newest slot that gets no more events.
    pub const fn last_sealed(now: Instant) -> Self {
        Self(Self::of(now.plus_millis(-SEAL_AFTER_MS)).0 - 1)
    }

    /// The last slot of a window.
    pub const fn last_of(window: Window) -> Self {
        Self(window.end().millis() / SLOT_MS - 1)
    }

    /// The first slot of a window.
    pub const fn first_of(window: Window) -> Self {
        Self(window.start().millis() / SLOT_MS)
    }

    /// The window it belongs to.
    pub const fn window(self) -> Window {
        Window::of(self.start())
    }

    /// Its first millisecond.
    pub const fn start(self) -> Instant {
        Instant::from_millis(self.0 * SLOT_MS)
    }

    /// The first millisecond after it.
    pub const fn end(self) -> Instant {
        self.next().start()
    }

    /// When it gets no more events.
    pub const fn sealed(self) -> Instant {
        self.end().plus_millis(SEAL_AFTER_MS)
    }

    /// The slot after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The slot before it.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0 - 1)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
