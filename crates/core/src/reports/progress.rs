//! What was done of a report.

use serde::{Deserialize, Serialize};

use crate::instant::Instant;

/// Counts so far. They only grow, but for a run that was lost: the next one counts again from its checkpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// of the time range, 0 to 100
    pub percent: u8,
    /// events looked at: those the attribute filters let through
    pub scanned: u64,
    /// events that match every condition, before the plugin
    pub matched: u64,
    /// rows written
    pub rows: u64,
}

impl Progress {
    /// Percent of a range read from its newest end down to `reached`; 100 only when it is read to the end.
    pub fn percent_of(oldest: Instant, newest: Instant, reached: Instant) -> u8 {
        let whole = i128::from(newest.millis()) - i128::from(oldest.millis());
        let done = i128::from(newest.millis()) - i128::from(reached.millis());
        if whole <= 0 {
            return 0;
        }
        u8::try_from((done * 100 / whole).clamp(0, 99)).unwrap_or(99)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_is_of_time_and_ends_below_a_hundred() {
        let at = Instant::from_seconds;
        assert_eq!(Progress::percent_of(at(0), at(100), at(100)), 0);
        assert_eq!(Progress::percent_of(at(0), at(100), at(75)), 25);
        assert_eq!(Progress::percent_of(at(0), at(100), at(0)), 99);
        assert_eq!(Progress::percent_of(at(0), at(100), at(200)), 0);
        assert_eq!(Progress::percent_of(at(5), at(5), at(5)), 0);
    }
}
