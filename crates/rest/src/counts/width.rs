//! How long buckets are, where that is not said.

use activity_log_core::instant::SECOND;
use activity_log_core::read::MAX_BUCKETS;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Lengths that people count time in, in seconds.
const ROUND: [u64; 20] = [
    1,
    5,
    10,
    30,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
];

/// How many buckets of so many seconds a range has, from its first millisecond to its last.
pub const fn buckets(length_ms: u64, seconds: u64) -> u64 {
    length_ms
        .saturating_sub(1)
        .wrapping_div(seconds.saturating_mul(SECOND.unsigned_abs()))
        + 1
}

/// The shortest round length of which not too many make a range.
pub fn shortest(length_ms: u64) -> u64 {
    let fits = |seconds: &u64| buckets(length_ms, *seconds) <= MAX_BUCKETS as u64;
    let longest = ROUND[ROUND.len() - 1];
    // Of ranges of tens of years: a few of the longest.
    let most = longest * (MAX_BUCKETS as u64) * SECOND.unsigned_abs();
    ROUND
        .into_iter()
        .find(fits)
        .unwrap_or_else(|| longest * length_ms.div_ceil(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_into_round_buckets_and_never_too_many() {
        let of = |seconds: u64| shortest(seconds * 1_000);
        assert_eq!([of(1), of(120), of(121)], [1, 1, 5]);
        assert_eq!(
            [of(HOUR), of(DAY), of(30 * DAY)],
            [30, 15 * MINUTE, 6 * HOUR]
        );
        // From the first time that can be written to the last.
        for seconds in [10 * 365 * DAY, 20_000 * 366 * DAY] {
            assert!(buckets(seconds * 1_000, of(seconds)) <= 120);
            assert_eq!(of(seconds) % (28 * DAY), 0);
        }
    }

    #[test]
    fn the_last_millisecond_has_a_bucket() {
        assert_eq!(buckets(1, 1), 1);
        assert_eq!(buckets(1_000, 1), 1);
        assert_eq!(buckets(1_001, 1), 2);
    }
}
