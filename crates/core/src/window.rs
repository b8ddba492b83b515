//! Ingest windows: five minutes of the time of writing, the unit of archiving.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::instant::{Instant, MINUTE};

/// Length of a window, in milliseconds (the seeds: an archive every 5 minutes).
pub const WINDOW_MS: i64 = 5 * MINUTE;

/// A window, numbered from 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Window(i64);

impl Window {
    /// The window of an instant.
    pub const fn of(time: Instant) -> Self {
        Self(time.millis().div_euclid(WINDOW_MS))
    }

    /// From its number.
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Windows since 1970.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// Its first millisecond.
    pub const fn start(self) -> Instant {
        Instant::from_millis(self.0 * WINDOW_MS)
    }

    /// The window after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The first millisecond after it.
    pub const fn end(self) -> Instant {
        Instant::from_millis((self.0 + 1) * WINDOW_MS)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_its_start_and_not_its_end() {
        let window = Window::of(Instant::parse("2026-11-20T12:04:59.999Z").unwrap());
        assert_eq!(window.start().to_string(), "2026-11-20T12:00:00Z");
        assert_eq!(Window::of(window.start()), window);
        assert_eq!(Window::of(window.end()).number(), window.number() + 1);
    }
}
