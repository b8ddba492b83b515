//! Event time: milliseconds since the Unix epoch, read from and written as RFC 3339.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Records carry RFC 3339 text; CloudTrail's has whole seconds, K2's and VK's may have a fraction.
/// Digits below a millisecond do not count for order.
///
/// ```
/// use activity_log_core::instant::Instant;
/// let noon = Instant::parse("2023-07-10T12:00:00Z").unwrap();
/// assert_eq!(noon.millis(), 1_688_990_400_000);
/// assert_eq!(noon.to_string(), "2023-07-10T12:00:00Z");
/// assert_eq!(Instant::parse("2023-07-10T15:00:00.5+03:00").unwrap().to_string(), "2023-07-10T12:00:00.5Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Instant(i64);

/// One second, in the unit of [`Instant`].
pub const SECOND: i64 = 1_000;
/// One minute, in the unit of [`Instant`].
pub const MINUTE: i64 = 60 * SECOND;
/// One day, in the unit of [`Instant`].
pub const DAY: i64 = 24 * 60 * MINUTE;

impl Instant {
    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From seconds since the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * SECOND)
    }

    /// From seconds since the epoch as a double, to the nearest millisecond. What no instant can hold is the first or the
    /// last there is.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, and so do those who compare"
    )]
    pub fn from_epoch(seconds: f64) -> Self {
        Self((seconds * 1_000.0).round() as i64)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// Whole minutes since the epoch, rounded down.
    pub const fn minute(self) -> i64 {
        self.0.div_euclid(MINUTE)
    }

    /// Whole days since the epoch, rounded down.
    pub const fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// This instant moved by `millis`.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Reads RFC 3339 text; `None` if it is not that.
    pub fn parse(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000))
            .ok()
            .map(Self)
    }
}

impl From<OffsetDateTime> for Instant {
    fn from(moment: OffsetDateTime) -> Self {
        Self(moment.unix_timestamp() * SECOND + i64::from(moment.millisecond()))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.0) * 1_000_000;
        match OffsetDateTime::from_unix_timestamp_nanos(nanos)
            .ok()
            .and_then(|moment| moment.format(&Rfc3339).ok())
        {
            Some(text) => f.write_str(&text),
            None => write!(f, "{} ms since 1970", self.0),
        }
    }
}
