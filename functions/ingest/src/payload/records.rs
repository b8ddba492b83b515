//! A body's shape: `{"Records":[…]}`, a JSON array, one JSON object a line, or a single record.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{MAX_RECORDS, PayloadError};

/// Records as they stand in the body, to the byte.
pub type Records<'a> = Vec<&'a str>;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "Records")]
    records: Option<Vec<&'a RawValue>>,
}

/// The records of a body, at most [`MAX_RECORDS`]. A line that is no JSON is a record too, which is
/// then rejected by itself.
pub fn records(body: &[u8], cap: Option<usize>) -> Result<Records<'_>, PayloadError> {
    let text = std::str::from_utf8(body).map_err(PayloadError::Utf8)?;
    let text = text.trim_start_matches('\u{feff}').trim();
    let records = shape(text)?;
    match records.len() {
        0 => Err(PayloadError::Empty),
        count if cap.is_some_and(|cap| count > cap) => Err(PayloadError::TooMany(count)),
        _ => Ok(records),
    }
}

/// The records of a body that came through the API or a queue.
pub fn body_records(body: &[u8]) -> Result<Records<'_>, PayloadError> {
    records(body, Some(MAX_RECORDS))
}

fn shape(text: &str) -> Result<Records<'_>, PayloadError> {
    if text.starts_with('[') {
        let array: Vec<&RawValue> = serde_json::from_str(text).map_err(PayloadError::Shape)?;
        return Ok(array.into_iter().map(RawValue::get).collect());
    }
    match serde_json::from_str::<Envelope<'_>>(text) {
        Ok(Envelope {
            records: Some(records),
        }) => Ok(records.into_iter().map(RawValue::get).collect()),
        Ok(Envelope { records: None }) => Ok(vec![text]),
        Err(error) => lines(text).ok_or(PayloadError::Shape(error)),
    }
}

/// One record a line, if there are several lines and the first is a whole JSON object.
fn lines(text: &str) -> Option<Records<'_>> {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let whole =
        |line: &&str| line.starts_with('{') && serde_json::from_str::<&RawValue>(line).is_ok();
    (lines.len() > 1 && lines.iter().any(whole)).then_some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Result<Vec<&str>, String> {
        body_records(body.as_bytes()).map_err(|error| error.to_string())
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
        assert!(matches!(body_records(b"\xff"), Err(PayloadError::Utf8(_))));
        let many = format!("[{}1]", "1,".repeat(MAX_RECORDS));
        assert_eq!(
            of(&many).unwrap_err(),
            "the body holds 10001 records; at most 10000 at once"
        );
    }
}
