//! A record as it is in its file, and its time.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use activity_log_core::event::splice;
use activity_log_core::instant::Instant;
use activity_log_core::object::Object;
use serde::Deserialize;
use serde_json::value::RawValue;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Duration, OffsetDateTime};

/// RFC 3339 up to the second; what follows (a fraction, the offset) is kept as it is.
const TO_THE_SECOND: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
const TO_THE_SECOND_LENGTH: usize = "2026-11-20T12:00:00".len();

/// One record, verbatim.
#[derive(Clone, Debug)]
pub struct Record {
    /// The file it is from.
    pub file: Arc<Path>,
    /// Its place in the file, from 0.
    pub index: usize,
    /// The JSON text.
    pub text: Box<str>,
    /// When it happened, if it says so in a way we can read; else the service will say what is
    /// wrong with it.
    pub time: Option<Time>,
}

/// A record's time: its top-level `eventTime`, or VK's `timestamp`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Time {
    /// The moment.
    pub at: OffsetDateTime,
    /// Where in the text the value is, quotes included.
    place: Range<usize>,
    /// The value: RFC 3339, or the digits of seconds since 1970.
    value: String,
    is_text: bool,
}

#[derive(Deserialize)]
struct TimeFields<'a> {
    #[serde(borrow, rename = "eventTime")]
    event_time: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
}

impl Record {
    /// The record `text` of a file.
    pub fn new(file: &Arc<Path>, index: usize, text: &str) -> Self {
        Self {
            file: Arc::clone(file),
            index,
            text: text.into(),
            time: Time::find(text),
        }
    }

    /// The text with its time moved; only the time's value differs.
    pub fn moved(&self, seconds: i64) -> Cow<'_, str> {
        let moved = match &self.time {
            Some(time) if seconds != 0 => time.moved(seconds).map(|value| (time, value)),
            _ => None,
        };
        match moved {
            None => Cow::Borrowed(&self.text),
            Some((time, value)) => Cow::Owned(format!(
                "{}{value}{}",
                &self.text[..time.place.start],
                &self.text[time.place.end..]
            )),
        }
    }
}

impl Time {
    fn find(text: &str) -> Option<Self> {
        let Object(fields): Object<TimeFields<'_>> = serde_json::from_str(text).ok()?;
        let raw = fields.event_time.or(fields.timestamp)?.get();
        let place = splice::place_of(text, raw)?;
        if let Ok(value) = serde_json::from_str::<Cow<'_, str>>(raw) {
            return Some(Self {
                at: OffsetDateTime::parse(&value, &Rfc3339).ok()?,
                place,
                value: value.into_owned(),
                is_text: true,
            });
        }
        // NGN's records count seconds since 1970.
        let millis = Instant::from_epoch(raw.parse().ok()?).millis();
        let nanos = i128::from(millis) * 1_000_000;
        Some(Self {
            at: OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?,
            place,
            value: raw.to_owned(),
            is_text: false,
        })
    }

    /// The value as it stands in the record, moved.
    fn moved(&self, seconds: i64) -> Option<String> {
        if !self.is_text {
            let whole = self.value.split('.').next()?;
            let moved = whole.parse::<i64>().ok()?.checked_add(seconds)?;
            return Some(format!("{moved}{}", &self.value[whole.len()..]));
        }
        let moved = self.at.checked_add(Duration::seconds(seconds))?;
        let rest = self.value.get(TO_THE_SECOND_LENGTH..)?;
        Some(format!("\"{}{rest}\"", moved.format(TO_THE_SECOND).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(text: &str) -> Record {
        Record::new(&Arc::from(Path::new("x.json")), 0, text)
    }

    #[test]
    fn only_the_top_level_time_is_changed() {
        let text = r#"{ "a": {"eventTime":"2023-07-10T12:00:00Z"},  "n":1.0e5,
            "eventTime" :  "2023-07-10T12:00:00Z", "b":"\u00e9\/", "z":[1,1.10] }"#;
        let record = record(text);
        let moved = record.moved(86_400 + 5);
        let expected = text.replacen("12:00:00Z\", \"b", "12:00:05Z\", \"b", 1);
        let expected = expected.replacen("2023-07-10T12:00:05", "2023-07-11T12:00:05", 1);
        assert_eq!(moved, expected);
    }

    #[test]
    fn fraction_and_offset_stay_as_they_are() {
        for (time, moved) in [
            ("2023-07-10T12:00:00Z", "2023-07-10T12:00:01Z"),
            (
                "2023-07-10T12:00:00.123456789Z",
                "2023-07-10T12:00:01.123456789Z",
            ),
            ("2023-07-10T23:59:59.5+03:00", "2023-07-11T00:00:00.5+03:00"),
            ("2023-12-31T23:59:59-00:30", "2024-01-01T00:00:00-00:30"),
        ] {
            let with = |time: &str| format!(r#"{{"timestamp":"{time}"}}"#);
            assert_eq!(record(&with(time)).moved(1), with(moved));
        }
    }

    #[test]
    fn event_time_counts_before_timestamp_and_escapes_are_understood() {
        let both = r#"{"timestamp":"2023-07-10T12:00:00Z","eventTime":"2023-07-10T12:00:01Z"}"#;
        assert!(
            record(both)
                .moved(1)
                .ends_with(r#""eventTime":"2023-07-10T12:00:02Z"}"#)
        );
        let escaped = r#"{"event\u0054ime":"2023-07-10T12:00:01\u005a"}"#;
        assert_eq!(
            record(escaped).moved(1),
            r#"{"event\u0054ime":"2023-07-10T12:00:02Z"}"#
        );
    }

    #[test]
    fn seconds_since_1970_are_moved_as_they_are_written() {
        let ngn = record(r#"{"eventTime": 1689000000.250 ,"eventName":"A"}"#);
        let expected = r#"{"eventTime": 1689000001.250 ,"eventName":"A"}"#;
        assert_eq!(ngn.moved(1), expected);
        let at = ngn.time.unwrap().at;
        assert_eq!(at.unix_timestamp_nanos(), 1_689_000_000_250_000_000);
    }

    #[test]
    fn what_has_no_time_is_left_alone() {
        for text in [
            "{}",
            "[]",
            "1",
            "{",
            r#"{"eventTime":null}"#,
            r#"{"timestamp":true}"#,
            r#"{"eventTime":"yesterday"}"#,
            r#"{"eventTime":"2023-07-10T12:00:00Z","eventTime":"2023-07-10T12:00:00Z"}"#,
        ] {
            let record = record(text);
            assert_eq!(record.time, None, "{text}");
            assert_eq!(record.moved(1), text);
        }
    }

    proptest! {
        #[test]
        fn moving_there_and_back_is_the_same_text(
            name in "[ -~é]{0,8}",
            seconds in -1_000_000_i64..1_000_000,
            at in 0_i64..4_000_000_000,
            fraction in "(\\.[0-9]{1,9})?",
        ) {
            let at = OffsetDateTime::from_unix_timestamp(at).unwrap().format(TO_THE_SECOND).unwrap();
            let name = serde_json::to_string(&name).unwrap();
            let text = format!(r#"{{{name}: [{name}], "eventTime":"{at}{fraction}Z", "q":{name}}}"#);
            let there = record(&text).moved(seconds).into_owned();
            let back = record(&there);
            prop_assert_eq!(back.moved(-seconds), text);
        }
    }
}
