//! VK's own records, verbatim.

use std::borrow::Cow;

use activity_log_core::fields::Cell;
use activity_log_core::page::FoundEvent;

use super::Log;
use super::cells::Cells;

/// The record of an event that came as VK's.
pub fn log<'a>(found: &'a FoundEvent, mut cells: Cells<'a>) -> Log<'a> {
    let mut text = |field| cells.text(field).unwrap_or_default();
    Log {
        action: &found.name,
        event_id: &found.position.id,
        origin: &found.origin,
        method: text("method"),
        request_id: text("request_id"),
        source: found.source.as_deref().unwrap_or_default(),
        timestamp: text("timestamp"),
        uri: text("uri"),
        user_id: text("user_id"),
        success: success(&mut cells),
        request_body: cells.body("request_body"),
        response_body: cells.body("response_body"),
        user_agent: cells.text("user_agent"),
        user_email: cells.text("user_email"),
    }
}

fn success<'a>(cells: &mut Cells<'a>) -> Cow<'a, str> {
    match cells.take("success") {
        Cell::Boolean(true) => "yes".into(),
        Cell::Boolean(false) => "no".into(),
        Cell::Absent | Cell::Null => "".into(),
        Cell::Text(text) => text,
        other => other.text().into_owned().into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::record::tests::{shown, shown_text};

    #[test]
    fn a_record_of_vk_s_is_shown_as_it_came() {
        let record = json!({
            "action": "vm-action", "event_id": "fc98d3d7", "method": "POST",
            "request_body": "{\"addFloatingIp\":{\"address\":\"XXXX\"}}", "request_id": "req-f358678d",
            "response_body": "", "source": "nova", "success": "yes", "timestamp": "2023-11-15T09:43:41Z",
            "uri": "/v2.1/servers/c6be363f/action", "user_agent": "gophercloud/2.0.0", "user_id": "649a35d9",
        });
        let mut told = record.clone();
        told["origin"] = json!("queue");
        assert_eq!(shown(&record), told);
    }

    #[test]
    fn what_a_record_lacks_is_empty_or_left_out() {
        let shown = shown(&json!({
            "timestamp": "2023-11-15T09:43:41Z", "action": "a", "event_id": "e", "user_email": null, "success": null,
        }));
        let expected = json!({
            "timestamp": "2023-11-15T09:43:41Z", "action": "a", "event_id": "e", "method": "", "request_body": "",
            "request_id": "", "response_body": "", "source": "", "success": "", "uri": "", "user_id": "", "origin": "queue",
        });
        assert_eq!(shown, expected);
    }

    #[test]
    fn values_of_other_types_are_text() {
        let shown = shown(&json!({
            "timestamp": "2023-11-15T09:43:41Z", "action": "a", "event_id": "e", "success": false,
            "request_body": {"n": [1]}, "response_body": 5, "user_email": "", "user_agent": "",
        }));
        assert_eq!(shown["success"], "no");
        assert_eq!(shown["request_body"], r#"{"n":[1]}"#);
        assert_eq!(shown["response_body"], "5");
        assert_eq!(shown["user_email"], "");
        assert_eq!(shown["user_agent"], "");
    }

    #[test]
    fn a_record_that_is_odd_but_stored_is_shown() {
        let shown = shown_text(
            r#"{"timestamp":"2023-11-15T09:43:41Z","action":"a","event_id":"e","uri":"/2","user_agent":"\ud800","success":true}"#,
        );
        assert_eq!(shown["uri"], "/2");
        assert_eq!(shown["user_agent"], r#""\ud800""#);
        assert_eq!(shown["success"], "yes");
    }
}
