//! Events as clients see them: the view for people, and the record.

use activity_log_core::event::{Event, View};
use activity_log_core::page::FoundEvent;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::error::{ApiError, Code};
use crate::time::At;

/// A page of an answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageShape {
    /// newest first, each as [`event`] writes it
    pub events: Vec<Box<RawValue>>,
    /// goes on behind this page; `None`: there is no more
    pub next: Option<String>,
    /// everything from this time on was looked at
    pub scanned_to: At,
    /// what the caller should know, such as a field that no event has
    pub warnings: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventShape<'a> {
    #[serde(flatten)]
    view: View<'a>,
    read_only: bool,
    record: &'a RawValue,
}

/// An event as JSON: the eleven words of [`View`], `readOnly`, and the record as it came.
pub fn event(found: &FoundEvent) -> Result<Box<RawValue>, ApiError> {
    let event = Event::stored(&found.record, &found.origin).map_err(unwritable)?;
    let record: &RawValue = serde_json::from_str(&found.record).map_err(unwritable)?;
    let shape = EventShape {
        view: View::of(&event),
        read_only: event.read_only,
        record,
    };
    serde_json::value::to_raw_value(&shape).map_err(unwritable)
}

fn unwritable(error: impl Into<crate::error::Cause>) -> ApiError {
    ApiError::new(Code::INTERNAL_FAILURE, "The event could not be written").caused_by(error)
}

#[cfg(test)]
mod tests {
    use activity_log_core::instant::Instant;
    use activity_log_core::page::Position;

    use super::*;

    #[test]
    fn an_event_is_its_view_and_its_record_to_the_byte() {
        let record = r#"{"eventTime":"2026-11-20T12:00:00Z","eventID":"e1","eventName":"GetObject","n":1.10, "a":"\u0041"}"#;
        let found = FoundEvent {
            position: Position {
                time: Instant::from_seconds(1_795_176_000),
                id: "e1".to_owned(),
            },
            name: "GetObject".to_owned(),
            source: None,
            username: None,
            access_key_id: None,
            project: None,
            origin: "queue".to_owned(),
            read_only: true,
            resources: vec![],
            record: record.to_owned(),
        };
        let written = event(&found).unwrap();
        let expected = concat!(
            r#"{"time":"2026-11-20T12:00:00Z","who":null,"action":"GetObject","resource":null,"result":"ok","#,
            r#""source":null,"address":null,"project":null,"region":null,"origin":"queue","id":"e1","readOnly":true,"#,
            r#""record":"#
        );
        assert_eq!(written.get(), format!("{expected}{record}}}"));
    }
}
