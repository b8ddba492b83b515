//! A page of events as `LookupEvents` writes it, cut to what a Lambda response can carry.
//!
//! Lambda refuses a response of more than 6 MB, and what counts is the body *inside* the gateway's
//! envelope, where it is a JSON string once more: the record's quotes are escaped twice. So every
//! event is measured as it is written, and the page ends before the one that would not fit.

use activity_log_core::event::ResourceSource;
use activity_log_core::page::{FoundEvent, Page, Position, Resource};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::error::{ApiError, Code};
use crate::timestamp::Timestamp;

/// Bytes of records to ask the store for: about what fills a reply.
pub const RECORD_BYTES: usize = 4_000_000;
/// Most bytes of events in a reply, escaped as in the envelope. Lambda's limit is 6,291,556; the rest is
/// for the envelope, the headers and the token.
const REPLY_BYTES: usize = 6_000_000;

/// The part of a page that fits into a reply.
#[derive(Debug)]
pub struct Written {
    /// the events, as JSON
    pub events: Vec<Box<RawValue>>,
    /// position to go on after; `None` means the answer is complete
    pub next: Option<Position>,
}

/// Writes the events of `page` until a reply is full. One event always fits: a record is at most
/// 256 KB, and escaping makes it four times that at worst.
pub fn write(page: Page) -> Result<Written, ApiError> {
    write_within(page, REPLY_BYTES)
}

fn write_within(page: Page, limit: usize) -> Result<Written, ApiError> {
    let mut written = Written {
        events: Vec::with_capacity(page.events.len()),
        next: page.next,
    };
    let mut size = 0;
    let mut last = None;
    for found in page.events {
        let event = serde_json::value::to_raw_value(&Event::of(&found)).map_err(|error| {
            ApiError::new(Code::INTERNAL_FAILURE, "The reply could not be written").caused_by(error)
        })?;
        size += escaped_len(event.get()) + 1;
        if size > limit && last.is_some() {
            written.next = last;
            break;
        }
        written.events.push(event);
        last = Some(found.position);
    }
    Ok(written)
}

/// The text's length inside a JSON string. JSON text holds no raw control characters, so quotes and
/// backslashes are all that grows.
fn escaped_len(json: &str) -> usize {
    json.len()
        + json
            .bytes()
            .filter(|byte| matches!(byte, b'"' | b'\\'))
            .count()
}

/// The model's `Event`, K2's `Project`, and how it came.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the wire's names")]
struct Event<'a> {
    event_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    event_name: &'a str,
    /// the model wants a string here
    read_only: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<&'a str>,
    event_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    resources: Vec<EventResource<'a>>,
    cloud_trail_event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
    origin: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the wire's names")]
struct EventResource<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<&'a str>,
    /// not in AWS's model, whose clients pass it over: the record's field, where that is not `resources`
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_source: Option<&'static str>,
}

impl<'a> Event<'a> {
    fn of(found: &'a FoundEvent) -> Self {
        Self {
            event_id: &found.position.id,
            event_name: &found.name,
            read_only: if found.read_only { "true" } else { "false" },
            access_key_id: found.access_key_id.as_deref(),
            event_time: Timestamp(found.position.time),
            event_source: found.source.as_deref(),
            username: found.username.as_deref(),
            resources: found.resources.iter().map(EventResource::of).collect(),
            cloud_trail_event: &found.record,
            project: found.project.as_deref(),
            origin: &found.origin,
        }
    }
}

impl<'a> EventResource<'a> {
    fn of(resource: &'a Resource) -> Self {
        Self {
            resource_type: resource.kind.as_deref(),
            resource_name: resource.name.as_deref(),
            resource_source: match resource.source {
                ResourceSource::Resources => None,
                derived => Some(derived.name()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use activity_log_core::instant::Instant;

    use super::*;

    fn found(id: &str, millis: i64, record: &str) -> FoundEvent {
        FoundEvent {
            position: Position {
                time: Instant::from_millis(millis),
                id: id.to_owned(),
            },
            name: "RunInstances".to_owned(),
            source: None,
            username: None,
            access_key_id: None,
            project: None,
            origin: "queue".to_owned(),
            read_only: false,
            resources: vec![],
            record: record.to_owned(),
        }
    }

    fn json(event: &FoundEvent) -> String {
        serde_json::to_string(&Event::of(event)).unwrap()
    }

    #[test]
    fn what_is_absent_is_left_out_and_a_whole_second_is_an_integer() {
        assert_eq!(
            json(&found("e", 1_688_990_400_000, "{\"a\":1}")),
            r#"{"EventId":"e","EventName":"RunInstances","ReadOnly":"false","EventTime":1688990400,"Resources":[],"CloudTrailEvent":"{\"a\":1}","Origin":"queue"}"#
        );
    }

    #[test]
    fn everything_there_is_is_written() {
        let full = FoundEvent {
            source: Some("ec2.amazonaws.com".to_owned()),
            username: Some("Zoë".to_owned()),
            access_key_id: Some("AKIA".to_owned()),
            project: Some("p1".to_owned()),
            read_only: true,
            resources: vec![
                Resource {
                    name: Some("arn:1".to_owned()),
                    kind: Some("AWS::S3::Bucket".to_owned()),
                    source: ResourceSource::Resources,
                },
                Resource {
                    name: None,
                    kind: Some("k".to_owned()),
                    source: ResourceSource::Uri,
                },
            ],
            ..found("e", 1_688_990_400_123, "{}")
        };
        assert_eq!(
            json(&full),
            concat!(
                r#"{"EventId":"e","EventName":"RunInstances","ReadOnly":"true","AccessKeyId":"AKIA","#,
                r#""EventTime":1688990400.123,"EventSource":"ec2.amazonaws.com","Username":"Zoë","#,
                r#""Resources":[{"ResourceType":"AWS::S3::Bucket","ResourceName":"arn:1"},{"ResourceType":"k","ResourceSource":"uri"}],"#,
                r#""CloudTrailEvent":"{}","Project":"p1","Origin":"queue"}"#
            )
        );
    }

    #[test]
    fn a_full_reply_ends_the_page_after_its_last_event() {
        let record = "\\\"".repeat(500);
        let all: Vec<_> = (0..10)
            .rev()
            .map(|n| found(&n.to_string(), n, &record))
            .collect();
        let end = Position {
            time: Instant::from_millis(-1),
            id: "end".to_owned(),
        };
        let page = || Page {
            events: all.clone(),
            next: Some(end.clone()),
        };
        let whole = write(page()).unwrap();
        assert_eq!((whole.events.len(), whole.next), (10, Some(end.clone())));

        let in_envelope = |events: &[Box<RawValue>]| {
            let body = serde_json::to_string(events).unwrap();
            serde_json::to_string(&body).unwrap().len() - "\"[]\"".len()
        };
        let six = in_envelope(&whole.events[..6]) + ",".len();
        for (limit, events) in [(six, 6), (six - 1, 5)] {
            let cut = write_within(page(), limit).unwrap();
            assert_eq!(cut.events.len(), events);
            assert!(in_envelope(&cut.events) <= limit);
            assert_eq!(cut.next, Some(all[events - 1].position.clone()));
        }
        let one = write_within(page(), 1).unwrap();
        assert_eq!(
            (one.events.len(), one.next),
            (1, Some(all[0].position.clone()))
        );
    }
}
