//! Times on the command line: RFC 3339, a day, or so long ago or ahead.

use activity_log_core::instant::{DAY, Instant, MINUTE, SECOND};
use jiff::civil::{Date, DateTime};
use jiff::{ToSpan as _, civil};

use crate::zone::Zone;

/// A time as it was given: what `-2h` and `yesterday` are depends on when and where it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// this one
    At(Instant),
    /// so many milliseconds before now
    Ago(i64),
    /// so many milliseconds after now
    Ahead(i64),
    /// what a clock on the wall shows
    Wall(DateTime),
    /// a whole day
    Day(Date),
    /// the day so many days before today
    DaysAgo(i32),
}

const RULE: &str = "a time is RFC 3339, such as 2026-11-20T12:00:00Z, a day, such as 2026-11-20, today or yesterday, or so long ago: -30m, \
     -2h, -7d";
const END_RULE: &str =
    "an end is RFC 3339, such as 2026-12-20T12:00:00Z, or so long from now: +30m, +12h, +30d, +52w";
const OUT_OF_RANGE: &str = "there is no such time in this zone";

impl When {
    /// Where a range that starts with it starts: of a day its first millisecond.
    pub fn start(self, now: Instant, zone: &Zone) -> anyhow::Result<Instant> {
        self.instant(now, zone, false)
            .ok_or_else(|| anyhow::anyhow!(OUT_OF_RANGE))
    }

    /// Where a range that ends with it ends: of a day its last millisecond.
    pub fn end(self, now: Instant, zone: &Zone) -> anyhow::Result<Instant> {
        self.instant(now, zone, true)
            .ok_or_else(|| anyhow::anyhow!(OUT_OF_RANGE))
    }

    fn instant(self, now: Instant, zone: &Zone, is_end: bool) -> Option<Instant> {
        let of_day = |day: Date| {
            if is_end {
                let next = zone.at(day.tomorrow().ok()?.to_datetime(civil::Time::midnight()))?;
                Some(next.plus_millis(-1))
            } else {
                zone.at(day.to_datetime(civil::Time::midnight()))
            }
        };
        match self {
            Self::At(time) => Some(time),
            Self::Ago(millis) => Some(now.plus_millis(-millis)),
            Self::Ahead(millis) => Some(now.plus_millis(millis)),
            Self::Wall(wall) => zone.at(wall),
            Self::Day(day) => of_day(day),
            Self::DaysAgo(days) => of_day(zone.day(now)?.checked_sub(days.days()).ok()?),
        }
    }
}

/// Reads a time at which something ends.
pub fn parse_end(text: &str) -> Result<When, &'static str> {
    if let Some(ahead) = text.strip_prefix('+') {
        return millis(ahead).map(When::Ahead).ok_or(END_RULE);
    }
    Instant::parse(text).map(When::At).ok_or(END_RULE)
}

/// Reads a time.
pub fn parse(text: &str) -> Result<When, &'static str> {
    match text {
        "now" => return Ok(When::Ago(0)),
        "today" => return Ok(When::DaysAgo(0)),
        "yesterday" => return Ok(When::DaysAgo(1)),
        _ => {}
    }
    if let Some(ago) = text.strip_prefix('-') {
        return millis(ago).map(When::Ago).ok_or(RULE);
    }
    absolute(text).ok_or(RULE)
}

/// Reads a time that is meant to be past: `2h` is what `-2h` is.
pub fn parse_since(text: &str) -> Result<When, &'static str> {
    millis(text).map_or_else(|| parse(text), |millis| Ok(When::Ago(millis)))
}

fn absolute(text: &str) -> Option<When> {
    if let Some(time) = Instant::parse(text) {
        return Some(When::At(time));
    }
    if text.len() == "2026-11-20".len() {
        return text.parse().ok().map(When::Day);
    }
    text.parse().ok().map(When::Wall)
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

    fn now() -> Instant {
        Instant::parse("2026-11-20T12:00:00Z").unwrap()
    }

    #[test]
    fn times_are_absolute_days_or_so_long_ago() {
        for (text, start, end) in [
            ("2026-11-20T15:00:00+03:00", "2026-11-20T12:00:00Z", ""),
            ("2026-11-20T15:00", "2026-11-20T15:00:00Z", ""),
            ("2026-11-20 15:00:01", "2026-11-20T15:00:01Z", ""),
            ("-90s", "2026-11-20T11:58:30Z", ""),
            ("-30m", "2026-11-20T11:30:00Z", ""),
            ("-2h", "2026-11-20T10:00:00Z", ""),
            ("-7d", "2026-11-13T12:00:00Z", ""),
            ("-1w", "2026-11-13T12:00:00Z", ""),
            ("now", "2026-11-20T12:00:00Z", ""),
            ("today", "2026-11-20T00:00:00Z", "2026-11-20T23:59:59.999Z"),
            (
                "yesterday",
                "2026-11-19T00:00:00Z",
                "2026-11-19T23:59:59.999Z",
            ),
            (
                "2026-10-31",
                "2026-10-31T00:00:00Z",
                "2026-10-31T23:59:59.999Z",
            ),
        ] {
            let time = parse(text).unwrap();
            let zone = Zone::utc();
            assert_eq!(time.start(now(), &zone).unwrap().to_string(), start);
            let end = if end.is_empty() { start } else { end };
            assert_eq!(time.end(now(), &zone).unwrap().to_string(), end);
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
            "tomorrow",
            "2026-02-30",
            "2026-11-2",
            "20.11.2026",
            "2026-11-20T25:00",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_since("2h"), parse("-2h"));
        assert_eq!(parse_since("yesterday"), parse("yesterday"));
        assert!(parse_since("2x").is_err());
    }

    #[test]
    fn ends_are_absolute_or_so_long_ahead() {
        for (text, expected) in [
            ("2026-12-20T15:00:00+03:00", "2026-12-20T12:00:00Z"),
            ("+90m", "2026-11-20T13:30:00Z"),
            ("+30d", "2026-12-20T12:00:00Z"),
            ("+2w", "2026-12-04T12:00:00Z"),
        ] {
            let end = parse_end(text).unwrap().end(now(), &Zone::utc()).unwrap();
            assert_eq!(end.to_string(), expected);
        }
        for bad in ["", "+", "30d", "-30d", "now", "+30", "+30y", "++1d"] {
            assert!(parse_end(bad).is_err(), "{bad}");
        }
    }
}
