//! One value of a row.

use std::borrow::Cow;

use serde::Deserialize;

/// A value taken out of a record, or put in by a plugin.
///
/// Numbers are kept to the digit: one that [`i64`] or [`f64`] does not write again as it stands in the record
/// (`1.10`, `18446744073709551616`, `-0`) is a [`Cell::Text`] of its digits.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell<'a> {
    /// the record has no such field
    #[default]
    Absent,
    /// the field is `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// a whole number
    Integer(i64),
    /// any other number
    Float(f64),
    /// what a string says, without quotes and escapes
    Text(Cow<'a, str>),
    /// an array or an object, as it stands in the record; also a string that is no Unicode (half of a
    /// surrogate pair: `"\ud800"`)
    Json(Cow<'a, str>),
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Unescaped<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Cell<'a> {
    /// Of one JSON value without space around it.
    pub(crate) fn from_json(json: &'a str) -> Self {
        match json.as_bytes().first() {
            None => Self::Absent,
            Some(b'n') => Self::Null,
            Some(b't') => Self::Boolean(true),
            Some(b'f') => Self::Boolean(false),
            Some(b'{' | b'[') => Self::Json(json.into()),
            Some(b'"') => serde_json::from_str(json)
                .map_or(Self::Json(json.into()), |Unescaped(text)| Self::Text(text)),
            Some(_) => number(json),
        }
    }

    /// What the cell says, as CSV has it: nothing for absent and null.
    ///
    /// ```
    /// use activity_log_core::fields::Cell;
    /// assert_eq!(Cell::Boolean(true).text(), "true");
    /// assert_eq!(Cell::Float(0.5).text(), "0.5");
    /// assert_eq!(Cell::Null.text(), "");
    /// ```
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Absent | Self::Null => Cow::Borrowed(""),
            Self::Boolean(true) => Cow::Borrowed("true"),
            Self::Boolean(false) => Cow::Borrowed("false"),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Float(number) => Cow::Owned(digits(*number)),
            Self::Text(text) | Self::Json(text) => Cow::Borrowed(text),
        }
    }
}

fn number(json: &str) -> Cell<'_> {
    let integer = json
        .parse::<i64>()
        .ok()
        .filter(|number| number.to_string() == json);
    if let Some(number) = integer {
        return Cell::Integer(number);
    }
    match json.parse::<f64>() {
        Ok(number) if digits(number) == json => Cell::Float(number),
        _ => Cell::Text(json.into()),
    }
}

/// The fewest digits that read as this number again; a whole one keeps its `.0`.
fn digits(number: f64) -> String {
    format!("{number:?}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_have_their_types() {
        let expected = [
            ("null", Cell::Null),
            ("true", Cell::Boolean(true)),
            ("false", Cell::Boolean(false)),
            ("-5", Cell::Integer(-5)),
            ("9223372036854775807", Cell::Integer(i64::MAX)),
            ("0.25", Cell::Float(0.25)),
            ("1.0", Cell::Float(1.0)),
            (r#""a\u0000\"\n""#, Cell::Text("a\0\"\n".into())),
            (r#""""#, Cell::Text("".into())),
            (r#"{"a": 1}"#, Cell::Json(r#"{"a": 1}"#.into())),
            ("[]", Cell::Json("[]".into())),
            (r#""\ud800""#, Cell::Json(r#""\ud800""#.into())),
        ];
        for (json, cell) in expected {
            assert_eq!(Cell::from_json(json), cell, "{json}");
        }
    }

    #[test]
    fn numbers_keep_their_digits() {
        let texts = [
            "9223372036854775808",
            "-0",
            "1.10",
            "1e999",
            "0.1000000000000000055511151231257827",
            "1E5",
        ];
        for json in texts {
            assert_eq!(Cell::from_json(json), Cell::Text(json.into()));
        }
    }

    #[test]
    fn a_string_without_escapes_is_borrowed() {
        let cell = Cell::from_json("\"plain\"");
        assert!(matches!(cell, Cell::Text(Cow::Borrowed("plain"))));
    }

    proptest! {
        #[test]
        fn a_number_says_what_the_record_says(json in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?") {
            let cell = Cell::from_json(&json);
            prop_assert_eq!(cell.text(), json.as_str());
        }

        #[test]
        fn a_string_says_what_was_meant(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(Cell::from_json(&json), Cell::Text(text.into()));
        }
    }
}
