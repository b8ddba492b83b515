//! An event of either of API Gateway's fronts, and the answer in its shape.

use aws_lambda_events::apigw::{
    ApiGatewayProxyRequest, ApiGatewayProxyResponse, ApiGatewayV2httpRequest,
    ApiGatewayV2httpResponse,
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::request::{self, BadEvent};
use crate::{response, rest};

/// What stands in front, and so the shape of events and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// an HTTP API, payload format 2.0
    HttpApi,
    /// a REST API, proxy integration (payload format 1.0)
    RestApi,
}

/// A request, as one of the fronts tells it.
#[derive(Clone, Debug)]
pub enum Event {
    /// by an HTTP API
    Http(Box<ApiGatewayV2httpRequest>),
    /// by a REST API
    Rest(Box<ApiGatewayProxyRequest>),
}

#[derive(Deserialize)]
struct Probe {
    version: Option<String>,
}

impl Event {
    /// Reads an event. That of an HTTP API says `"version":"2.0"`; a REST API's says nothing, or `1.0`.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        let probe: Probe = serde_json::from_str(json)?;
        if probe.version.as_deref() == Some("2.0") {
            serde_json::from_str(json).map(Self::Http)
        } else {
            serde_json::from_str(json).map(Self::Rest)
        }
    }

    /// Whose event it is.
    pub const fn front(&self) -> Front {
        match self {
            Self::Http(_) => Front::HttpApi,
            Self::Rest(_) => Front::RestApi,
        }
    }
}

/// A response, as one of the fronts wants it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// to an HTTP API
    Http(ApiGatewayV2httpResponse),
    /// to a REST API
    Rest(ApiGatewayProxyResponse),
}

/// The HTTP request in `event`, with a body of at most `max_body_bytes` (after base64, before `Content-Encoding`), and a
/// [`Caller`](crate::Caller) among its extensions.
///
/// Its path is the one we route by: without a stage or base path in front. Where the client sent another, that is a
/// [`SentPath`](crate::SentPath) among the extensions.
pub fn into_request(event: Event, max_body_bytes: usize) -> Result<http::Request<Bytes>, BadEvent> {
    match event {
        Event::Http(event) => request::into_request(*event, max_body_bytes),
        Event::Rest(event) => rest::into_request(*event, max_body_bytes),
    }
}

/// The response in the shape of `front`: a body that is not UTF-8 as base64.
///
/// A header value that is not visible ASCII would fail the whole invocation and is left out; none of our responses has
/// one.
pub fn from_response(response: http::Response<Bytes>, front: Front) -> Answer {
    match front {
        Front::HttpApi => Answer::Http(response::from_response(response)),
        Front::RestApi => Answer::Rest(rest::from_response(response)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn front(event: &Value) -> Option<Front> {
        Event::read(&event.to_string())
            .ok()
            .map(|event| event.front())
    }

    #[test]
    fn an_event_is_told_by_its_version() {
        let rest = |version: Value| {
            json!({"version": version, "httpMethod": "GET", "path": "/",
                "requestContext": {"httpMethod": "GET", "path": "/api/"}})
        };
        assert_eq!(front(&rest(Value::Null)), Some(Front::RestApi));
        assert_eq!(front(&rest("1.0".into())), Some(Front::RestApi));
        let http = json!({"version": "2.0", "rawPath": "/",
            "requestContext": {"http": {"method": "GET", "path": "/"}}});
        assert_eq!(front(&http), Some(Front::HttpApi));
        for broken in [
            json!({}),
            json!({"version": "3.0"}),
            json!([]),
            json!({"version": 2}),
        ] {
            assert_eq!(front(&broken), None, "{broken}");
        }
    }
}
