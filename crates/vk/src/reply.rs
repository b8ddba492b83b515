//! Replies as they go out, cut to what a Lambda response can carry.
//!
//! Lambda refuses a response of more than 6 MB, and what counts is the body *inside* the gateway's envelope, where it
//! is a JSON string once more. So every record is measured as it is written, and the page ends before the one that
//! would not fit.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use serde::Serialize;

use crate::error::Error;
use crate::record::Log;

/// Most bytes of records in a reply, escaped as in the envelope. Lambda's limit is 6,291,556; the rest is for the
/// envelope, the headers and the marker.
const REPLY_BYTES: usize = 6_000_000;

/// Records, written one after the other.
#[derive(Debug)]
pub struct Logs {
    json: Vec<u8>,
    count: usize,
    escaped: usize,
    limit: usize,
    limit_bytes: usize,
}

impl Logs {
    /// None yet, and at most `limit`.
    pub fn new(limit: usize) -> Self {
        Self::within(limit, REPLY_BYTES)
    }

    fn within(limit: usize, limit_bytes: usize) -> Self {
        Self {
            json: b"{\"logs\":[".to_vec(),
            count: 0,
            escaped: 0,
            limit,
            limit_bytes,
        }
    }

    /// Adds a record; false, and it is not added, if the reply is full. The first always fits: a stored record is at
    /// most 256 KB, and escaping makes it four times that at worst.
    pub fn push(&mut self, log: &Log<'_>) -> Result<bool, serde_json::Error> {
        if self.count == self.limit {
            return Ok(false);
        }
        let end = self.json.len();
        if self.count > 0 {
            self.json.push(b',');
        }
        serde_json::to_writer(&mut self.json, log)?;
        let escaped = self.escaped + escaped_len(&self.json[end..]);
        if escaped > self.limit_bytes && self.count > 0 {
            self.json.truncate(end);
            return Ok(false);
        }
        self.escaped = escaped;
        self.count += 1;
        Ok(true)
    }

    /// The reply's body.
    pub fn finish(mut self, marker: Option<&str>) -> Result<Vec<u8>, serde_json::Error> {
        self.json.push(b']');
        if let Some(marker) = marker {
            self.json.extend(b",\"marker\":");
            serde_json::to_writer(&mut self.json, marker)?;
        }
        self.json.push(b'}');
        Ok(self.json)
    }
}

/// The text's length inside a JSON string. JSON text holds no raw control characters, so quotes and backslashes are
/// all that grows.
fn escaped_len(json: &[u8]) -> usize {
    let grown = json.iter().filter(|byte| matches!(byte, b'"' | b'\\'));
    json.len() + grown.count()
}

/// A successful reply.
pub fn reply(json: Vec<u8>, request_id: &str) -> Response<Bytes> {
    response(StatusCode::OK, json, request_id)
}

/// An error in OpenStack's words.
pub fn refusal(error: &Error, request_id: &str) -> Response<Bytes> {
    let (status, message) = (error.status(), error.to_string());
    let body = Refusal {
        error: Told {
            code: status.as_u16(),
            title: status.canonical_reason().unwrap_or_default(),
            message: &message,
        },
    };
    // A number and two strings always make JSON; an empty body would still have the status.
    let json = serde_json::to_vec(&body).unwrap_or_default();
    let mut response = response(status, json, request_id);
    let headers = response.headers_mut();
    match error {
        Error::MethodNotAllowed => headers.insert(ALLOW, HeaderValue::from_static("GET")),
        Error::Throttled(_) => headers.insert(RETRY_AFTER, HeaderValue::from_static("1")),
        _ => None,
    };
    response
}

#[derive(Serialize)]
struct Refusal<'a> {
    error: Told<'a>,
}

#[derive(Serialize)]
struct Told<'a> {
    code: u16,
    title: &'a str,
    message: &'a str,
}

fn response(status: StatusCode, json: Vec<u8>, request_id: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(json));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::try_from(request_id) {
        headers.insert("x-openstack-request-id", id);
    }
    response
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn log(body: &str) -> Log<'_> {
        Log {
            origin: "queue",
            action: "a",
            event_id: "e",
            method: "GET".into(),
            request_body: body.into(),
            request_id: "r".into(),
            response_body: "".into(),
            source: "nova",
            success: "yes".into(),
            timestamp: "2023-11-20T09:15:11Z".into(),
            uri: "/".into(),
            user_agent: None,
            user_email: None,
            user_id: "u".into(),
        }
    }

    fn body(logs: Logs, marker: Option<&str>) -> String {
        String::from_utf8(logs.finish(marker).unwrap()).unwrap()
    }

    #[test]
    fn a_reply_is_an_object_of_logs() {
        assert_eq!(body(Logs::new(1), None), r#"{"logs":[]}"#);
        let mut logs = Logs::new(2);
        assert!(logs.push(&log("{}")).unwrap());
        assert!(logs.push(&log("")).unwrap());
        assert!(!logs.push(&log("")).unwrap(), "two were wanted");
        assert_eq!(
            body(logs, Some("m")),
            concat!(
                r#"{"logs":[{"action":"a","event_id":"e","method":"GET","origin":"queue","request_body":"{}","request_id":"r","#,
                r#""response_body":"","source":"nova","success":"yes","timestamp":"2023-11-20T09:15:11Z","uri":"/","#,
                r#""user_id":"u"},{"action":"a","event_id":"e","method":"GET","origin":"queue","request_body":"","request_id":"r","#,
                r#""response_body":"","source":"nova","success":"yes","timestamp":"2023-11-20T09:15:11Z","uri":"/","#,
                r#""user_id":"u"}],"marker":"m"}"#
            )
        );
    }

    #[test]
    fn a_full_reply_takes_no_more() {
        let text = "\\\"\u{1}é".repeat(200);
        let log = log(&text);
        let one = serde_json::to_string(&log).unwrap();
        let in_envelope = serde_json::to_string(&one).unwrap().len() - "\"\"".len();
        let six = 6 * in_envelope + 5;
        for (limit, count) in [(six, 6), (six - 1, 5), (1, 1)] {
            let mut logs = Logs::within(1_000, limit);
            while logs.push(&log).unwrap() {}
            let body: Value = serde_json::from_str(&body(logs, None)).unwrap();
            assert_eq!(body["logs"].as_array().unwrap().len(), count);
        }
    }

    #[test]
    fn an_error_is_openstack_s_and_hides_its_cause() {
        let error = Error::Unavailable("table events".into());
        let response = refusal(&error, "r-1");
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["x-openstack-request-id"], "r-1");
        assert_eq!(response.headers()["content-type"], "application/json");
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        let expected = json!({"error": {
            "code": 503, "title": "Service Unavailable", "message": "The log could not be read now. Try again",
        }});
        assert_eq!(body, expected);
    }

    #[test]
    fn clients_are_told_what_else_to_do() {
        let throttled = refusal(&Error::Throttled(None), "r");
        assert_eq!(
            (
                throttled.status().as_u16(),
                &throttled.headers()["retry-after"]
            ),
            (429, &HeaderValue::from_static("1"))
        );
        let other = refusal(&Error::MethodNotAllowed, "r");
        assert_eq!(
            (other.status().as_u16(), &other.headers()["allow"]),
            (405, &HeaderValue::from_static("GET"))
        );
    }
}
