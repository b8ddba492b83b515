//! Changes one top-level value of a record and leaves every other byte as it came.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

/// As bytes: a name may hold half of a surrogate pair, and none of ours does.
#[derive(Deserialize, PartialEq, Eq, Hash)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow, with = "serde_bytes")] Cow<'a, [u8]>);

/// Where the value of a top-level field stands in `text`; `None` if there is no such field or
/// `text` is not an object.
pub fn value_range(text: &str, field: &str) -> Option<Range<usize>> {
    let fields: HashMap<Name<'_>, &RawValue> = serde_json::from_str(text).ok()?;
    place_of(
        text,
        fields.get(&Name(Cow::Borrowed(field.as_bytes())))?.get(),
    )
}

/// Where `part` stands in `text`, if it is borrowed from it.
pub fn place_of(text: &str, part: &str) -> Option<Range<usize>> {
    let start = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let place = start..start + part.len();
    (text.get(place.clone()) == Some(part)).then_some(place)
}

/// Sets a top-level field to a JSON string: in place where it is, in front where it is not.
/// `text` is a JSON object without space around it; `value` needs no escaping.
///
/// ```
/// use activity_log_core::event::splice::set_text;
/// assert_eq!(set_text(r#"{"a": 1 }"#, "id", "x"), r#"{"id":"x","a": 1 }"#);
/// assert_eq!(set_text(r#"{"a": 1, "id" : null}"#, "id", "x"), r#"{"a": 1, "id" : "x"}"#);
/// assert_eq!(set_text("{}", "id", "x"), r#"{"id":"x"}"#);
/// ```
pub fn set_text(text: &str, field: &str, value: &str) -> String {
    if let Some(range) = value_range(text, field) {
        return format!("{}\"{value}\"{}", &text[..range.start], &text[range.end..]);
    }
    let rest = &text[1..];
    let comma = if rest.trim_start().starts_with('}') {
        ""
    } else {
        ","
    };
    format!("{{\"{field}\":\"{value}\"{comma}{rest}")
}
