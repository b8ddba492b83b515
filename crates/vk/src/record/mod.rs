//! Events in VK's record shape, whatever they came as.
//!
//! | Field | VK's own record | CloudTrail's or K2's record |
//! |---|---|---|
//! | `event_id` | `event_id` | `eventID` |
//! | `user_email` | `user_email`; left out where the record has none | the caller as lookups by `Username` name them: the user's, the session's or the issuer's name, an address or not; left out where there is none |
//! | `user_id` | `user_id` | the first there is of `userIdentity`'s `principalId`, `arn`, `userName`, `invokedBy`, `accountId`, and K2's `userName` |
//! | `timestamp` | `timestamp` | `eventTime` |
//! | `source` | `source` | `eventSource`, as it is: `ec2.amazonaws.com` |
//! | `action` | `action` | `eventName` |
//! | `success` | `success` | `no` if there is an `errorCode` or, as in failed sign-ins, an `errorMessage` only; else `yes` |
//! | `method` | `method` | `method` where the record has one; else `GET` for a call that only reads and `POST` for any other |
//! | `uri` | `uri` | `uri` where the record has one; else `/`, where AWS's and K2's protocols are served |
//! | `request_id` | `request_id` | `requestID` |
//! | `request_body` | `request_body` | `requestParameters`, as it stands in the record |
//! | `response_body` | `response_body` | `responseElements`, as it stands in the record |
//! | `origin` | how the event came ([`Origin`](activity_log_core::origin::Origin)), whatever the record says | the same |
//! | `user_agent` | `user_agent`; left out where the record has none | `userAgent`; left out where there is none |
//!
//! Every value is text: what a record has as something else is its JSON text, save that `true` and `false` are `yes`
//! and `no` in `success`. What a record does not have is empty text, as the document's own example of an empty
//! `response_body`; only `user_email` and `user_agent` are left out, as there. A body that is no text (half of a
//! surrogate pair, or a NUL, by which git tells too) is [`BINARY_DATA`].
//!
//! **Why `source` keeps its domain.** What a record shows must be what one can ask for: a `source` of `ec2` would be
//! `ec2.amazonaws.com` here and `ec2.k2.cloud` there, no index could find it, and it could not be told from an
//! OpenStack component of that name. VK's names have no domain, and none is invented. It is the same text as the
//! `EventSource` of lookups, and that index answers exactly.

mod cells;
mod cloudtrail;
mod vk;

use std::borrow::Cow;

use activity_log_core::fields::{ColumnError, Columns, RecordError};
use activity_log_core::page::FoundEvent;
use serde::Serialize;

use cells::{Cells, FIELDS};

/// What stands for a body that is no text.
pub const BINARY_DATA: &str = "<BINARY_DATA>";

/// A record, its fields in the order of the document's examples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Log<'a> {
    /// what was done
    pub action: &'a str,
    /// which event
    pub event_id: &'a str,
    /// REST method
    pub method: Cow<'a, str>,
    /// how the event came, which nothing in the record says: no name of VK's
    pub origin: &'a str,
    /// what was sent
    pub request_body: Cow<'a, str>,
    /// which request
    pub request_id: Cow<'a, str>,
    /// what was answered
    pub response_body: Cow<'a, str>,
    /// the component
    pub source: &'a str,
    /// `yes` or `no`
    pub success: Cow<'a, str>,
    /// when, RFC 3339
    pub timestamp: Cow<'a, str>,
    /// where the request was sent
    pub uri: Cow<'a, str>,
    /// with what
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<Cow<'a, str>>,
    /// by whom
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_email: Option<Cow<'a, str>>,
    /// by whom
    pub user_id: Cow<'a, str>,
}

/// Makes records of events.
#[derive(Clone, Debug)]
pub struct Shape {
    columns: Columns,
}

impl Shape {
    /// One for many events.
    pub fn new() -> Result<Self, ColumnError> {
        let columns = Columns::in_record(FIELDS)?;
        Ok(Self { columns })
    }

    /// The event's record.
    pub fn log<'a>(&self, found: &'a FoundEvent) -> Result<Log<'a>, RecordError> {
        let cells = Cells::of(&self.columns, &found.record)?;
        // As they were told apart when they came in.
        let is_vk = !cells.has("eventTime") && cells.has("timestamp");
        Ok(if is_vk {
            vk::log(found, cells)
        } else {
            cloudtrail::log(found, cells)
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use activity_log_core::event::{Admission, Event};
    use activity_log_core::instant::Instant;
    use activity_log_core::origin::Origin;
    use activity_log_core::page::Position;
    use serde_json::{Value, json};

    use super::*;

    /// The event of a record as a reader finds it.
    pub fn found(record: &str) -> FoundEvent {
        let admission = Admission {
            account: "111122223333".parse().unwrap(),
            now: Instant::parse("2023-11-20T12:00:00Z").unwrap(),
            retention_days: 30,
        };
        let event = Event::parse(record, 0, &Origin::Queue, &admission).unwrap();
        let text = |field: Option<Cow<'_, str>>| field.map(Cow::into_owned);
        FoundEvent {
            position: Position {
                time: event.time,
                id: event.id.into_owned(),
            },
            name: event.fields.name.into_owned(),
            source: text(event.fields.source),
            username: text(event.fields.username),
            access_key_id: text(event.fields.access_key_id),
            project: text(event.fields.project),
            origin: event.origin.into_owned(),
            read_only: event.read_only,
            resources: vec![],
            record: event.text.into_owned(),
        }
    }

    /// The record as a client reads it.
    pub fn shown(record: &Value) -> Value {
        shown_text(&record.to_string())
    }

    pub fn shown_text(record: &str) -> Value {
        let found = found(record);
        serde_json::to_value(Shape::new().unwrap().log(&found).unwrap()).unwrap()
    }

    #[test]
    fn a_record_with_both_times_is_not_vk_s() {
        let mut record = json!({
            "eventTime": "2023-11-20T09:00:00Z", "eventName": "RunInstances", "eventID": "e",
            "timestamp": "2023-11-20T10:00:00Z", "action": "create-vm",
        });
        assert_eq!(shown(&record)["action"], "RunInstances");
        record["eventTime"] = Value::Null;
        record["event_id"] = json!("v");
        assert_eq!(shown(&record)["action"], "create-vm");
    }

    #[test]
    fn what_is_not_an_object_is_an_error() {
        let mut found = found(r#"{"timestamp":"2023-11-20T10:00:00Z","action":"a"}"#);
        found.record = "[]".to_owned();
        assert!(Shape::new().unwrap().log(&found).is_err());
    }
}
