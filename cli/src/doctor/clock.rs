//! Whether this machine's clock shows what the service's does.

use activity_log_core::instant::{Instant, MINUTE, SECOND};
use jiff::fmt::rfc2822;

use super::check::Check;

/// Signatures that are further off are refused: 5 minutes, as AWS has it.
const MOST_MS: u64 = (5 * MINUTE).unsigned_abs();
/// What a `Date` of whole seconds and the way there and back can make.
const USUAL_MS: u64 = (2 * SECOND).unsigned_abs();
const WHAT: &str = "clock";

/// Compares it with the `Date` of an answer.
pub fn check(date: Option<&str>, now: Instant) -> Check {
    let parsed = date.and_then(|date| rfc2822::parse(date).ok());
    let Some(theirs) = parsed else {
        return Check::well(WHAT, "not checked: the answer has no Date");
    };
    let off = now.millis() - theirs.timestamp().as_millisecond();
    let found = match off.unsigned_abs() {
        0..=USUAL_MS => return Check::well(WHAT, "as the service's"),
        by => {
            let side = if off > 0 { "ahead of" } else { "behind" };
            format!("{} s {side} the service's", by / 1_000)
        }
    };
    if off.unsigned_abs() < MOST_MS {
        Check::well(WHAT, found)
    } else {
        Check::wrong(
            WHAT,
            format!("{found}: what is signed so far off is refused"),
            "set this machine's clock: timedatectl set-ntp true",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_may_be_a_little_off() {
        let date = "Fri, 20 Nov 2026 12:00:00 GMT";
        let at = |text| check(Some(date), Instant::parse(text).unwrap());
        assert_eq!(
            at("2026-11-20T12:00:01.9Z"),
            Check::well(WHAT, "as the service's")
        );
        assert_eq!(
            at("2026-11-20T12:01:00Z"),
            Check::well(WHAT, "60 s ahead of the service's")
        );
        for text in ["2026-11-20T11:55:00Z", "2026-11-20T12:05:00Z"] {
            assert!(!at(text).is_well(), "{text}");
        }
        assert!(check(None, Instant::from_millis(0)).is_well());
    }
}
