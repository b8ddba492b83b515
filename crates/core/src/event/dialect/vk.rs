//! Records of VK Cloud: OpenStack components' REST calls.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::Mapped;
use crate::event::Rejection;
use crate::event::fields::{Fields, product, text};
use crate::event::record::{Flag, Moment, Record, Text};

/// Maps a VK record. A call is read-only if its REST method is (RFC 9110 §9.2.1).
pub fn map(record: Record<'_>) -> Result<Mapped<'_>, Rejection> {
    let by_method = own("method", record.method)?
        .map(|method| matches!(&*method, "GET" | "HEAD" | "OPTIONS" | "TRACE"));
    Ok(Mapped {
        time: own("timestamp", record.timestamp)?.map(Moment::Text),
        id: own("event_id", record.vk_event_id)?,
        read_only: record.read_only.map(|Flag(value)| value).or(by_method),
        fields: Fields {
            name: own("action", record.action)?.unwrap_or_default(),
            source: own("source", record.source)?,
            username: own("user_email", record.user_email)?.or(own("user_id", record.user_id)?),
            project: own("project_id", record.project_id)?.or(text(record.project)),
            request_id: record.vk_request_id.0,
            user_agent: product(record.vk_user_agent.0),
            ..Fields::default()
        },
    })
}

/// A field that only this dialect has, and that other dialects' records may have for something else.
fn own<'a>(field: &str, value: Option<&'a RawValue>) -> Result<Option<Cow<'a, str>>, Rejection> {
    let Some(value) = value else { return Ok(None) };
    let read: Text<'a> =
        serde_json::from_str(value.get()).map_err(|_| Rejection::new(field, "must be a string"))?;
    Ok(text(Some(read)))
}
