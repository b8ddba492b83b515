//! The fields that records are made of.

use std::borrow::Cow;

use activity_log_core::fields::{Cell, Columns, RecordError};

use super::BINARY_DATA;

/// Fields of all dialects, taken out of a record in one pass.
pub const FIELDS: [&str; 22] = [
    // VK
    "timestamp",
    "success",
    "request_id",
    "request_body",
    "response_body",
    "user_agent",
    "user_email",
    "user_id",
    // any
    "method",
    "uri",
    // CloudTrail and K2
    "eventTime",
    "requestID",
    "requestParameters",
    "responseElements",
    "userAgent",
    "errorCode",
    "errorMessage",
    "userIdentity.principalId",
    "userIdentity.arn",
    "userIdentity.userName",
    "userIdentity.invokedBy",
    "userIdentity.accountId",
];

/// One record's values of [`FIELDS`].
pub struct Cells<'a>([Cell<'a>; FIELDS.len()]);

impl<'a> Cells<'a> {
    /// Takes them out of a record; `columns` are [`FIELDS`].
    pub fn of(columns: &Columns, record: &'a str) -> Result<Self, RecordError> {
        let mut cells = columns.project(record)?.into_iter();
        Ok(Self(std::array::from_fn(|_| {
            cells.next().unwrap_or_default()
        })))
    }

    /// Whether the record has the field, and not as null.
    pub fn has(&self, field: &str) -> bool {
        let cell = at(field).map(|at| &self.0[at]);
        !matches!(cell, None | Some(Cell::Absent | Cell::Null))
    }

    /// Takes a field's value; a second time there is none.
    pub fn take(&mut self, field: &str) -> Cell<'a> {
        at(field).map_or(Cell::Absent, |at| std::mem::take(&mut self.0[at]))
    }

    /// What the field says; `None` if the record does not have it, or has null.
    pub fn text(&mut self, field: &str) -> Option<Cow<'a, str>> {
        text(self.take(field))
    }

    /// The same, and `None` for empty text.
    pub fn said(&mut self, field: &str) -> Option<Cow<'a, str>> {
        self.text(field).filter(|text| !text.is_empty())
    }

    /// What a body says, and what stands for it where it says nothing one could read.
    pub fn body(&mut self, field: &str) -> Cow<'a, str> {
        let is_text = |cell: &Cell<'_>| match cell {
            Cell::Text(text) => !text.contains('\0'),
            // Of a string that is no Unicode, a cell is the JSON.
            Cell::Json(json) => !json.starts_with('"'),
            _ => true,
        };
        let cell = self.take(field);
        if is_text(&cell) {
            text(cell).unwrap_or_default()
        } else {
            Cow::Borrowed(BINARY_DATA)
        }
    }
}

fn at(field: &str) -> Option<usize> {
    FIELDS.iter().position(|one| *one == field)
}

fn text(cell: Cell<'_>) -> Option<Cow<'_, str>> {
    match cell {
        Cell::Absent | Cell::Null => None,
        Cell::Text(text) | Cell::Json(text) => Some(text),
        other => Some(Cow::Owned(other.text().into_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(json: &str) -> String {
        let record = format!(r#"{{"request_body":{json}}}"#);
        let columns = Columns::in_record(FIELDS).unwrap();
        let mut cells = Cells::of(&columns, &record).unwrap();
        cells.body("request_body").into_owned()
    }

    #[test]
    fn a_body_is_its_text_or_the_stand_in() {
        let expected = [
            (r#""{\"delta\":-1}""#, r#"{"delta":-1}"#),
            (r#""""#, ""),
            ("null", ""),
            (r#"{"a": [1, "\ud800"]}"#, r#"{"a": [1, "\ud800"]}"#),
            ("[]", "[]"),
            ("1.50", "1.50"),
            ("false", "false"),
            (r#""<BINARY_DATA>""#, BINARY_DATA),
            (r#""a\u0000b""#, BINARY_DATA),
            (r#""\udfff""#, BINARY_DATA),
            (r#""tab\tand \u001b[1m""#, "tab\tand \u{1b}[1m"),
        ];
        for (json, shown) in expected {
            assert_eq!(body(json), shown, "{json}");
        }
    }

    #[test]
    fn every_field_is_found_and_given_once() {
        let columns = Columns::in_record(FIELDS).unwrap();
        for field in FIELDS {
            let record = match field.split_once('.') {
                Some((outer, inner)) => format!(r#"{{"{outer}":{{"{inner}":"x"}}}}"#),
                None => format!(r#"{{"{field}":"x"}}"#),
            };
            let mut cells = Cells::of(&columns, &record).unwrap();
            assert!(cells.has(field), "{field}");
            assert_eq!(cells.said(field).as_deref(), Some("x"), "{field}");
            assert_eq!(cells.text(field), None, "{field}");
        }
    }
}
