//! Signature V4's timestamps: `20261120T120000Z`.

use std::fmt;
use std::time::SystemTime;

use activity_log_core::instant::Instant;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

const BASIC: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]");

/// A point in time to the second, printed in ISO 8601's basic format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AmzDate(OffsetDateTime);

impl AmzDate {
    /// Reads the basic format; `None` for any other.
    pub fn parse(text: &str) -> Option<Self> {
        // The `time` crate would also take a sign before the year.
        if text.len() != "20261120T120000Z".len() {
            return None;
        }
        let date = PrimitiveDateTime::parse(text, BASIC).ok()?;
        Some(Self(date.assume_utc()))
    }

    /// The second of this instant. Instants outside the years ±9999 become the epoch.
    pub fn of(instant: Instant) -> Self {
        let date = OffsetDateTime::from_unix_timestamp(instant.seconds());
        Self(date.unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }

    /// The date alone, `20261120`.
    pub fn day(self) -> String {
        self.0.format(DAY).unwrap_or_default()
    }

    pub(crate) fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }

    pub(crate) fn system_time(self) -> SystemTime {
        self.0.into()
    }
}

impl fmt::Display for AmzDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(BASIC).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_basic_format_and_no_other() {
        let date = AmzDate::parse("20261120T235959Z").unwrap();
        assert_eq!(date.to_string(), "20261120T235959Z");
        assert_eq!(date.day(), "20261120");
        assert_eq!(
            AmzDate::of(Instant::parse("2026-11-20T23:59:59.9Z").unwrap()),
            date
        );
        for bad in [
            "",
            "2026-11-20T23:59:59Z",
            "20261120T235959",
            "20261120T235959+0000",
            "20261320T235959Z",
            "20261120T235960Z",
            "+20261120T235959Z",
            "20261120T235959Z ",
            "Fri, 20 Nov 2026 23:59:59 GMT",
        ] {
            assert_eq!(AmzDate::parse(bad), None, "{bad}");
        }
    }
}
