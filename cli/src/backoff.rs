//! How long to wait before something is tried again.

use std::time::Duration;

use rand::Rng as _;

/// How often something is tried before it counts as failed.
pub const ATTEMPTS: u32 = 8;
/// The first wait between two attempts; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Between half of the doubled wait and all of it, before this attempt (the first retry is attempt 1).
pub fn wait(attempt: u32) -> Duration {
    let longest = FIRST_WAIT * 2_u32.saturating_pow(attempt.saturating_sub(1));
    longest
        .min(LONGEST_WAIT)
        .mul_f64(rand::rng().random_range(0.5..1.0))
}

/// The longest wait that a service may ask for.
const LONGEST_ASKED: Duration = Duration::from_mins(1);

/// As [`wait`], but not before the service wants to be asked again, if it said when. What comes on top spreads
/// those who were all told the same.
pub fn wait_as_asked(attempt: u32, asked: Option<Duration>) -> Duration {
    asked.unwrap_or_default().min(LONGEST_ASKED) + wait(attempt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_cap() {
        for attempt in 1..40 {
            let waited = wait(attempt);
            assert!(waited >= FIRST_WAIT / 2 && waited <= LONGEST_WAIT);
        }
        assert!(wait(1) <= FIRST_WAIT);
        assert!(wait(30) >= LONGEST_WAIT / 2);
        let all: Duration = (1..ATTEMPTS).map(|_| LONGEST_WAIT).sum();
        assert!(all < Duration::from_mins(2));
    }

    #[test]
    fn what_a_service_asks_for_is_waited_up_to_a_minute() {
        for (asked, least) in [(0, 0), (1, 1), (59, 59), (86_400, 60)] {
            let waited = wait_as_asked(1, Some(Duration::from_secs(asked)));
            let least = Duration::from_secs(least);
            assert!(waited >= least + FIRST_WAIT / 2 && waited <= least + FIRST_WAIT);
        }
        assert!(wait_as_asked(1, None) <= FIRST_WAIT);
    }
}
