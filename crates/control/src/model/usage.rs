//! What an account takes in, by the day.

use std::fmt;

use activity_log_core::instant::{DAY, Instant};

/// How many days of usage are kept.
pub const USAGE_DAYS: u32 = 400;

/// A day of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(i64);

impl Day {
    /// The day of this instant.
    pub const fn of(now: Instant) -> Self {
        Self(now.day())
    }

    /// So many days later, or earlier.
    #[must_use]
    pub const fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Its first millisecond.
    pub const fn start(self) -> Instant {
        Instant::from_millis(self.0.saturating_mul(DAY))
    }

    /// The last `days` days until this one, it included, oldest first; at most [`USAGE_DAYS`].
    pub(crate) fn last(self, days: u32) -> impl Iterator<Item = Self> {
        let days = i64::from(days.min(USAGE_DAYS));
        (0..days).map(move |number| self.plus(number + 1 - days))
    }
}

/// `2026-11-20`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.start().to_string();
        let (date, _) = start.split_once('T').unwrap_or((&start, ""));
        f.pad(date)
    }
}

/// What was taken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageCount {
    /// events stored
    pub events: u64,
    /// bytes of their records, as they were sent, uncompressed
    pub bytes: u64,
    /// records that were stored before
    pub duplicates: u64,
    /// records that broke a rule
    pub rejected: u64,
}

impl UsageCount {
    /// Whether there is nothing to count.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Field by field.
impl std::ops::AddAssign for UsageCount {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.bytes += other.bytes;
        self.duplicates += other.duplicates;
        self.rejected += other.rejected;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_utc() {
        for (time, day) in [
            ("2026-11-20T00:00:00Z", "2026-11-20"),
            ("2026-11-20T23:59:59.999Z", "2026-11-20"),
            ("2026-11-20T01:00:00+03:00", "2026-11-19"),
        ] {
            let day_of = Day::of(Instant::parse(time).unwrap());
            assert_eq!(day_of.to_string(), day, "{time}");
        }
        let first = Day::of(Instant::parse("2024-03-01T12:00:00Z").unwrap());
        let days: Vec<String> = first.last(3).map(|day| day.to_string()).collect();
        assert_eq!(days, ["2024-02-28", "2024-02-29", "2024-03-01"]);
        assert_eq!(first.last(u32::MAX).count(), 400);
        assert_eq!(first.last(0).count(), 0);
    }
}
