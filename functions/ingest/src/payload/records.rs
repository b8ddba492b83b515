//! A body's shape: `{"Records":[…]}`, a JSON array, one JSON object a line, or a single record.

use std::fmt;

use activity_log_core::object::Object;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::value::RawValue;

use super::PayloadError;

/// Records as they stand in the body, to the byte.
pub type Records<'a> = Vec<&'a str>;

#[derive(Deserialize)]
struct Envelope<'a, const CAP: usize> {
    #[serde(borrow, rename = "Records")]
    records: Option<Capped<'a, CAP>>,
}

/// The first `CAP` elements of an array, and how many there are: what is above costs no memory.
struct Capped<'a, const CAP: usize> {
    records: Records<'a>,
    count: usize,
}

impl<'de: 'a, 'a, const CAP: usize> Deserialize<'de> for Capped<'a, CAP> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<const CAP: usize>;

        impl<'de, const CAP: usize> Visitor<'de> for Elements<CAP> {
            type Value = Capped<'de, CAP>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
                let mut records = Vec::new();
                while records.len() < CAP
                    && let Some(record) = array.next_element::<&RawValue>()?
                {
                    records.push(record.get());
                }
                let mut count = records.len();
                while array.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Capped { records, count })
            }
        }

        deserializer.deserialize_seq(Elements::<CAP>)
    }
}

impl<'a, const CAP: usize> Capped<'a, CAP> {
    fn of(records: impl Iterator<Item = &'a str>) -> Self {
        let mut records = records.fuse();
        let first: Records<'a> = records.by_ref().take(CAP).collect();
        let count = first.len() + records.count();
        Self {
            records: first,
            count,
        }
    }
}

/// The records of a body, at most `CAP` of them. A line that is no JSON is a record too, which is
/// then rejected by itself.
pub fn records<const CAP: usize>(body: &[u8]) -> Result<Records<'_>, PayloadError> {
    let text = std::str::from_utf8(body).map_err(PayloadError::Utf8)?;
    let text = text.trim_start_matches('\u{feff}').trim();
    let found = shape::<CAP>(text)?;
    match found.count {
        0 => Err(PayloadError::Empty),
        count if count > CAP => Err(PayloadError::TooMany { count, cap: CAP }),
        _ => Ok(found.records),
    }
}

fn shape<const CAP: usize>(text: &str) -> Result<Capped<'_, CAP>, PayloadError> {
    if text.starts_with('[') {
        return serde_json::from_str(text).map_err(PayloadError::Shape);
    }
    if !text.starts_with('{') {
        let error = de::Error::custom("it begins with neither [ nor {");
        return Err(PayloadError::Shape(error));
    }
    match serde_json::from_str(text) {
        Ok(Object(Envelope {
            records: Some(records),
        })) => Ok(records),
        Ok(Object(Envelope { records: None })) => Ok(Capped::of(std::iter::once(text))),
        Err(error) => lines(text).ok_or(PayloadError::Shape(error)),
    }
}

/// One record a line, if there are several lines and the first is a whole JSON object.
fn lines<const CAP: usize>(text: &str) -> Option<Capped<'_, CAP>> {
    let (first, _) = text.split_once('\n')?;
    serde_json::from_str::<&RawValue>(first).ok()?;
    let lines = text.lines().map(str::trim);
    Some(Capped::of(lines.filter(|line| !line.is_empty())))
}

#[cfg(test)]
mod tests {
    use super::super::MAX_RECORDS;
    use super::*;

    fn of(body: &str) -> Result<Vec<&str>, String> {
        records::<MAX_RECORDS>(body.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn every_shape_gives_its_records_to_the_byte() {
        let both = Ok(vec![r#"{ "a":1}"#, "7"]);
        assert_eq!(of(r#" {"x":0,"Records":[{ "a":1}, 7 ]} "#), both);
        assert_eq!(of(r#"[{ "a":1},7]"#), both);
        assert_eq!(of("{ \"a\":1}\r\n\n7\n"), both);
        assert_eq!(of("\u{feff}{\"a\":1}"), Ok(vec![r#"{"a":1}"#]));
        assert_eq!(of("{\n\"a\":\n1}"), Ok(vec!["{\n\"a\":\n1}"]));
        assert_eq!(
            of("{\"a\":1}\n{\"b\":\n{\"c\":3}"),
            Ok(vec![r#"{"a":1}"#, r#"{"b":"#, r#"{"c":3}"#])
        );
    }

    #[test]
    fn what_has_no_shape_is_refused_whole() {
        for body in [
            "",
            "{",
            "[1,",
            r#"{"Records":[[1]],"Records":1}"#,
            "hello",
            r#"{"Records":{}}"#,
            r#"{"Records":[1}"#,
            "{\"Records\":[\n{\"a\":1,\n]}",
        ] {
            let error = of(body).unwrap_err();
            assert!(
                error.starts_with("the body is not {\"Records\": [...]}"),
                "{body}: {error}"
            );
        }
        assert_eq!(of("[]").unwrap_err(), "the body holds no record");
        assert!(matches!(
            records::<MAX_RECORDS>(b"\xff"),
            Err(PayloadError::Utf8(_))
        ));
        let many = format!("[{}1]", "1,".repeat(MAX_RECORDS));
        assert_eq!(
            of(&many).unwrap_err(),
            "the body holds 10001 records; at most 10000 at once"
        );
    }
}
