//! Times on the command line: RFC 3339, or so long ago or ahead.

use activity_log_core::instant::{DAY, Instant, MINUTE, SECOND};

/// A time as it was given: what `-2h` is depends on when it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// this one
    At(Instant),
    /// so many milliseconds before now
    Ago(i64),
    /// so many milliseconds after now
    Ahead(i64),
}

impl When {
    /// The time.
    pub const fn at(self, now: Instant) -> Instant {
        match self {
            Self::At(time) => time,
            Self::Ago(millis) => now.plus_millis(-millis),
            Self::Ahead(millis) => now.plus_millis(millis),
        }
    }
}

/// Reads a time at which something ends.
pub fn parse_end(text: &str) -> Result<When, &'static str> {
    const RULE: &str = "an end is RFC 3339, such as 2026-12-20T12:00:00Z, or so long from now: +30m, +12h, +30d, +52w";
    if let Some(ahead) = text.strip_prefix('+') {
        return millis(ahead).map(When::Ahead).ok_or(RULE);
    }
    Instant::parse(text).map(When::At).ok_or(RULE)
}

/// Reads a time.
pub fn parse(text: &str) -> Result<When, &'static str> {
    const RULE: &str =
        "a time is RFC 3339, such as 2026-11-20T12:00:00Z, or so long ago: -30m, -2h, -7d";
    if text == "now" {
        return Ok(When::Ago(0));
    }
    if let Some(ago) = text.strip_prefix('-') {
        return millis(ago).map(When::Ago).ok_or(RULE);
    }
    Instant::parse(text).map(When::At).ok_or(RULE)
}

fn millis(text: &str) -> Option<i64> {
    let unit = match text.chars().next_back()? {
        's' => SECOND,
        'm' => MINUTE,
        'h' => 60 * MINUTE,
        'd' => DAY,
        'w' => 7 * DAY,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    // `parse` would take a sign.
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u32 = is_number.then(|| digits.parse().ok())??;
    i64::from(number).checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_absolute_or_so_long_ago() {
        let now = Instant::parse("2026-11-20T12:00:00Z").unwrap();
        for (text, expected) in [
            ("2026-11-20T15:00:00+03:00", "2026-11-20T12:00:00Z"),
            ("-90s", "2026-11-20T11:58:30Z"),
            ("-30m", "2026-11-20T11:30:00Z"),
            ("-2h", "2026-11-20T10:00:00Z"),
            ("-7d", "2026-11-13T12:00:00Z"),
            ("-1w", "2026-11-13T12:00:00Z"),
            ("now", "2026-11-20T12:00:00Z"),
        ] {
            assert_eq!(parse(text).unwrap().at(now).to_string(), expected);
        }
        for bad in [
            "",
            "-",
            "2h",
            "-h",
            "-2x",
            "-2",
            "--2h",
            "-+2h",
            "-2é",
            "-9999999999h",
            "today",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ends_are_absolute_or_so_long_ahead() {
        let now = Instant::parse("2026-11-20T12:00:00Z").unwrap();
        for (text, expected) in [
            ("2026-12-20T15:00:00+03:00", "2026-12-20T12:00:00Z"),
            ("+90m", "2026-11-20T13:30:00Z"),
            ("+30d", "2026-12-20T12:00:00Z"),
            ("+2w", "2026-12-04T12:00:00Z"),
        ] {
            assert_eq!(parse_end(text).unwrap().at(now).to_string(), expected);
        }
        for bad in ["", "+", "30d", "-30d", "now", "+30", "+30y", "++1d"] {
            assert!(parse_end(bad).is_err(), "{bad}");
        }
    }
}
