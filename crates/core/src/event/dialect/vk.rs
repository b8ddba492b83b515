//! Records of VK Cloud: OpenStack components' REST calls.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::Mapped;
use crate::event::Rejection;
use crate::event::fields::{FAILED, Fields, product, text};
use crate::event::record::{Flag, Moment, Record, Text};
use crate::event::resources::of_uri;

/// What VK calls a call that it has no name for.
const UNKNOWN: &str = "unknown";

/// Maps a VK record. A call is read-only if its REST method is (RFC 9110 §9.2.1).
pub fn map(record: Record<'_>) -> Result<Mapped<'_>, Rejection> {
    let method = own("method", record.method)?;
    let by_method =
        |method: &Cow<'_, str>| matches!(&**method, "GET" | "HEAD" | "OPTIONS" | "TRACE");
    let by_method = method.as_ref().map(by_method);
    let name = own("action", record.action)?.unwrap_or_default();
    let called = (name == UNKNOWN)
        .then(|| called(method.as_deref(), record.uri.0.as_deref()))
        .flatten();
    let source = own("source", record.source)?;
    let uri = record.uri.0.unwrap_or_default();
    Ok(Mapped {
        time: own("timestamp", record.timestamp)?.map(Moment::Text),
        id: own("event_id", record.vk_event_id)?,
        read_only: record.read_only.map(|Flag(value)| value).or(by_method),
        fields: Fields {
            name,
            called,
            resources: of_uri(&uri, source.as_deref()),
            source,
            username: own("user_email", record.user_email)?.or(own("user_id", record.user_id)?),
            project: own("project_id", record.project_id)?.or(text(record.project)),
            error_code: has_failed(record.success).then_some(Cow::Borrowed(FAILED)),
            request_id: record.vk_request_id.0,
            user_agent: product(record.vk_user_agent.0),
            ..Fields::default()
        },
    })
}

/// A call as people read it who know no name for it: its method and its path.
fn called(method: Option<&str>, uri: Option<&str>) -> Option<Cow<'static, str>> {
    let path = uri?.split('?').next()?;
    Some(match method {
        Some(method) => format!("{method} {path}").into(),
        None => path.to_owned().into(),
    })
}

/// What says neither yes nor no says nothing.
fn has_failed(success: Option<&RawValue>) -> bool {
    matches!(success.map(RawValue::get), Some("\"no\"" | "false"))
}

/// A field that only this dialect has, and that other dialects' records may have for something else.
fn own<'a>(field: &str, value: Option<&'a RawValue>) -> Result<Option<Cow<'a, str>>, Rejection> {
    let Some(value) = value else { return Ok(None) };
    let read: Text<'a> =
        serde_json::from_str(value.get()).map_err(|_| Rejection::new(field, "must be a string"))?;
    Ok(text(Some(read)))
}

#[cfg(test)]
mod tests {
    use crate::event::{Event, Fields};

    fn fields(members: &str) -> Fields<'static> {
        let text = format!(r#"{{"timestamp":"2026-11-19T07:31:23Z","event_id":"e",{members}}}"#);
        Event::stored(&text, "queue").unwrap().fields.into_owned()
    }

    #[test]
    fn an_unknown_action_is_called_by_its_method_and_path() {
        let expected = [
            (
                r#""action":"unknown","method":"PATCH","uri":"/v1/x?a=b""#,
                Some("PATCH /v1/x"),
            ),
            (r#""action":"unknown","uri":"/v1/x""#, Some("/v1/x")),
            (r#""action":"unknown","method":"PATCH","uri":7"#, None),
            (r#""action":"stop","method":"PATCH","uri":"/v1/x""#, None),
        ];
        for (members, called) in expected {
            let fields = fields(members);
            assert_eq!(fields.called.as_deref(), called, "{members}");
        }
    }

    #[test]
    fn a_call_without_success_has_failed() {
        let expected = [
            (r#""success":"no""#, Some("failed")),
            (r#""success":false"#, Some("failed")),
            (r#""success":"yes""#, None),
            (r#""success":true"#, None),
            (r#""success":null"#, None),
            (r#""success":["no"]"#, None),
        ];
        for (member, error) in expected {
            let fields = fields(&format!(r#""action":"stop",{member}"#));
            assert_eq!(fields.error_code.as_deref(), error, "{member}");
        }
    }
}
