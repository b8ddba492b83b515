//! In which time zone times are read and shown.

use activity_log_core::instant::Instant;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// A time zone with its rules.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// UTC, in which the service counts.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The user's own: what `TZ` names, or the machine is set to.
    pub fn local() -> Self {
        Self(TimeZone::system())
    }

    /// ISO 8601 with the zone's offset at that time, to the second: `2026-11-20T15:00:00+03:00`, in UTC
    /// `2026-11-20T12:00:00Z`.
    pub fn show(&self, time: Instant) -> String {
        let Ok(stamp) = Timestamp::from_millisecond(time.millis()) else {
            return time.to_string();
        };
        if self.0 == TimeZone::UTC {
            return stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        }
        let zoned = stamp.to_zoned(self.0.clone());
        zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// The day it is.
    pub fn day(&self, time: Instant) -> Option<Date> {
        let stamp = Timestamp::from_millisecond(time.millis()).ok()?;
        Some(stamp.to_zoned(self.0.clone()).date())
    }

    /// When a clock on the wall shows this; of two such times the first.
    pub fn at(&self, wall: DateTime) -> Option<Instant> {
        let zoned = wall.to_zoned(self.0.clone()).ok()?;
        Some(Instant::from_millis(zoned.timestamp().as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_carry_the_offset_of_their_own_day() {
        let berlin = Zone(TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap());
        for (time, utc, local) in [
            (
                "2026-11-20T12:00:00.5Z",
                "2026-11-20T12:00:00Z",
                "2026-11-20T13:00:00+01:00",
            ),
            (
                "2026-07-01T23:30:00Z",
                "2026-07-01T23:30:00Z",
                "2026-07-02T01:30:00+02:00",
            ),
        ] {
            let time = Instant::parse(time).unwrap();
            assert_eq!(Zone::utc().show(time), utc);
            assert_eq!(berlin.show(time), local);
        }
        let wall = "2026-07-02T01:30".parse().unwrap();
        let time = berlin.at(wall).unwrap();
        assert_eq!(time.to_string(), "2026-07-01T23:30:00Z");
        assert_eq!(berlin.day(time), Some("2026-07-02".parse().unwrap()));
    }
}
