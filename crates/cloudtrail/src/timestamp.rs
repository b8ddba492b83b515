//! Timestamps as awsJson1.1 writes them: numbers of seconds since 1970, with or without a fraction.

use std::fmt;

use activity_log_core::instant::{Instant, SECOND};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::error::{ApiError, Code};

/// 9999-12-31T23:59:59Z, the last second RFC 3339 can write; and as far the other way.
const MAX_SECONDS: f64 = 253_402_300_799.0;

/// A time in a reply, whole where it is: an ISO text here breaks clients.
#[derive(Clone, Copy, Debug)]
pub struct Timestamp(pub Instant);

impl Serialize for Timestamp {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of our days need 41 bits of 53"
    )]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let millis = self.0.millis();
        if millis % SECOND == 0 {
            serializer.serialize_i64(millis / SECOND)
        } else {
            serializer.serialize_f64(millis as f64 / SECOND as f64)
        }
    }
}

/// The bounds of a request's `StartTime` and `EndTime`.
pub fn range(
    start: Option<EpochSeconds>,
    end: Option<EpochSeconds>,
) -> Result<(Option<Instant>, Option<Instant>), ApiError> {
    let start = start.map(|at| instant("StartTime", at, f64::ceil));
    let end = end.map(|at| instant("EndTime", at, f64::floor));
    let (start, end) = (start.transpose()?, end.transpose()?);
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        return Err(ApiError::new(
            Code::INVALID_TIME_RANGE,
            format!("StartTime {start} is after EndTime {end}"),
        ));
    }
    Ok((start, end))
}

/// Both bounds are inclusive, so a part of a millisecond is rounded into the range.
#[expect(
    clippy::cast_possible_truncation,
    reason = "MAX_SECONDS is far inside i64"
)]
fn instant(
    field: &str,
    EpochSeconds(seconds): EpochSeconds,
    round: fn(f64) -> f64,
) -> Result<Instant, ApiError> {
    if seconds.abs() > MAX_SECONDS {
        return Err(ApiError::new(
            Code::INVALID_TIME_RANGE,
            format!(
                "{field} is outside the range of possible values (seconds since 1970-01-01T00:00:00Z)"
            ),
        ));
    }
    // A double keeps a microsecond of our days; what is below is noise of the decimal fraction, and
    // rounding it up would make .123 the 124th millisecond.
    let micros = (seconds * 1e6).round();
    Ok(Instant::from_millis(round(micros / 1e3) as i64))
}

/// A time in a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochSeconds(pub f64);

/// As the event of the call has it: as text, where that can be written.
impl Serialize for EpochSeconds {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "MAX_SECONDS is far inside i64"
    )]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.abs() > MAX_SECONDS {
            return serializer.serialize_f64(self.0);
        }
        let millis = (self.0 * 1e3).round() as i64;
        serializer.collect_str(&Instant::from_millis(millis))
    }
}

impl<'de> Deserialize<'de> for EpochSeconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = EpochSeconds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of seconds since 1970-01-01T00:00:00Z")
            }

            fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Self::Value, E> {
                Ok(EpochSeconds(seconds))
            }

            #[expect(clippy::cast_precision_loss, reason = "exact for 285 million years")]
            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Self::Value, E> {
                Ok(EpochSeconds(seconds as f64))
            }

            #[expect(clippy::cast_precision_loss, reason = "exact for 285 million years")]
            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Self::Value, E> {
                Ok(EpochSeconds(seconds as f64))
            }
        }

        deserializer.deserialize_any(Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_as_text_where_it_can_be() {
        for (sent, told) in [
            ("1795176000", "\"2026-11-20T12:00:00Z\""),
            ("1795176000.123", "\"2026-11-20T12:00:00.123Z\""),
            ("-1", "\"1969-12-31T23:59:59Z\""),
            ("1e300", "1e+300"),
        ] {
            let read: EpochSeconds = serde_json::from_str(sent).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), told);
        }
    }
}
