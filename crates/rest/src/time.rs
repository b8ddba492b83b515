//! Times: in requests RFC 3339 text, or seconds since 1970; in answers text.

use std::fmt;

use activity_log_core::instant::Instant;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// 9999-12-31T23:59:59Z, the last second RFC 3339 can write; and as far the other way.
const MAX_SECONDS: f64 = 253_402_300_799.0;
const EXPECTED: &str =
    "a time such as \"2026-11-20T18:15:00Z\" or a number of seconds since 1970-01-01T00:00:00Z";

/// A time as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Time {
    /// as text
    At(Instant),
    /// as a number
    Epoch(f64),
}

impl Time {
    /// As the start of a range: what is below a millisecond is rounded into it.
    pub fn start(self) -> Instant {
        self.instant(f64::ceil)
    }

    /// As its end.
    pub fn end(self) -> Instant {
        self.instant(f64::floor)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "MAX_SECONDS is far inside i64"
    )]
    fn instant(self, round: fn(f64) -> f64) -> Instant {
        match self {
            Self::At(instant) => instant,
            Self::Epoch(seconds) => {
                // A double keeps a microsecond of our days; what is below is noise of the decimal fraction, and
                // rounding it up would make .123 the 124th millisecond.
                let micros = (seconds * 1e6).round();
                Instant::from_millis(round(micros / 1e3) as i64)
            }
        }
    }
}

/// As the event of the call has it.
impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.instant(f64::round))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
                Instant::parse(text)
                    .map(Time::At)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }

            fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Time, E> {
                if seconds.abs() <= MAX_SECONDS {
                    Ok(Time::Epoch(seconds))
                } else {
                    Err(E::invalid_value(de::Unexpected::Float(seconds), &self))
                }
            }

            #[expect(
                clippy::cast_precision_loss,
                reason = "what is not exact is out of range"
            )]
            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Time, E> {
                self.visit_f64(seconds as f64)
            }

            #[expect(
                clippy::cast_precision_loss,
                reason = "what is not exact is out of range"
            )]
            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Time, E> {
                self.visit_f64(seconds as f64)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// A time in an answer: RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At(pub Instant);

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Instant = Instant::from_seconds(1_795_176_000);

    fn time(value: serde_json::Value) -> Time {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn texts_and_numbers_are_times() {
        let text = time(json!("2026-11-20T15:00:00.5+03:00"));
        assert_eq!(text, Time::At(NOW.plus_millis(500)));
        let number = time(json!(1_795_176_000.123));
        assert_eq!(number.start(), NOW.plus_millis(123));
        assert_eq!(number.end(), NOW.plus_millis(123));
        let below = time(json!(1_795_176_000.000_1));
        assert_eq!(below.start(), NOW.plus_millis(1));
        assert_eq!(below.end(), NOW);
        assert_eq!(time(json!(-1)).start(), Instant::from_seconds(-1));
        for bad in [
            json!("yesterday"),
            json!("2026-11-20"),
            json!(1e300),
            json!(u64::MAX),
            json!(true),
            json!({}),
        ] {
            let error = serde_json::from_value::<Time>(bad.clone()).unwrap_err();
            assert!(
                error.to_string().ends_with(&format!("expected {EXPECTED}")),
                "{bad} {error}"
            );
        }
    }
}
