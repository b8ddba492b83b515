//! The gateway's event as an HTTP request.

use std::net::IpAddr;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::StatusCode;
use http::header::{COOKIE, HeaderMap, HeaderValue};

use crate::uri;

/// Who sent the request, as the gateway saw it. An extension of the request.
///
/// ```
/// # fn show(request: &http::Request<bytes::Bytes>) {
/// use activity_log_gateway::Caller;
/// let address = request.extensions().get::<Caller>().and_then(|caller| caller.source_ip);
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The address that connected to the gateway.
    pub source_ip: Option<IpAddr>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// The gateway's id of this request.
    pub request_id: Option<String>,
}

/// The path as the client sent it and signed it, where a stage or a base path stands in front of ours. An extension of
/// the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentPath {
    /// as the gateway tells it
    pub path: String,
    /// the same with a slash at its end or without, where both are one resource: `/api` is the root, as `/api/` is, and
    /// clients send either
    pub or: Option<String>,
}

/// Lambda's own limit on an event, in bytes: no body is longer.
pub const MAX_EVENT_BYTES: usize = 6 << 20;

/// The event cannot be read as an HTTP request.
#[derive(Debug, thiserror::Error)]
pub enum BadEvent {
    /// The body, decoded, is longer than the function takes.
    #[error("the request body is longer than {limit_bytes} bytes")]
    BodyTooLarge {
        /// The cap, in bytes of the decoded body.
        limit_bytes: usize,
    },
    /// The gateway said base64 and it is not.
    #[error("the request body is not base64")]
    BodyNotBase64(#[source] base64::DecodeError),
    /// The path and query do not make a URI, for instance because they are too long.
    #[error("the request path is not a URI")]
    BadUri(#[source] http::uri::InvalidUri),
}

impl BadEvent {
    /// What the client is answered.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyNotBase64(_) | Self::BadUri(_) => StatusCode::BAD_REQUEST,
        }
    }
}

pub(crate) fn into_request(
    event: ApiGatewayV2httpRequest,
    max_body_bytes: usize,
) -> Result<http::Request<Bytes>, BadEvent> {
    let uri = uri::assemble(
        event.raw_path.as_deref().unwrap_or("/"),
        event.raw_query_string.as_deref().unwrap_or_default(),
    )
    .map_err(BadEvent::BadUri)?;
    let body = body(event.body, event.is_base64_encoded, max_body_bytes)?;

    let mut request = http::Request::new(body);
    *request.method_mut() = event.request_context.http.method;
    *request.uri_mut() = uri;
    *request.headers_mut() = with_cookies(event.headers, event.cookies.as_deref());
    request.extensions_mut().insert(Caller {
        source_ip: event
            .request_context
            .http
            .source_ip
            .and_then(|address| address.parse().ok()),
        user_agent: event.request_context.http.user_agent,
        request_id: event.request_context.request_id,
    });
    Ok(request)
}

pub(crate) fn body(
    text: Option<String>,
    is_base64: bool,
    limit_bytes: usize,
) -> Result<Bytes, BadEvent> {
    let Some(text) = text else {
        return Ok(Bytes::new());
    };
    if !is_base64 {
        return if text.len() > limit_bytes {
            Err(BadEvent::BodyTooLarge { limit_bytes })
        } else {
            Ok(Bytes::from(text))
        };
    }
    // Four characters hold three bytes, of which padding may take two: refuse before decoding.
    if (text.len() / 4 * 3).saturating_sub(2) > limit_bytes {
        return Err(BadEvent::BodyTooLarge { limit_bytes });
    }
    let bytes = STANDARD.decode(text).map_err(BadEvent::BodyNotBase64)?;
    if bytes.len() > limit_bytes {
        return Err(BadEvent::BodyTooLarge { limit_bytes });
    }
    Ok(Bytes::from(bytes))
}

/// Payload 2.0 takes the cookies out of the headers; a request has them in one header.
fn with_cookies(mut headers: HeaderMap, cookies: Option<&[String]>) -> HeaderMap {
    let joined = cookies.map(|cookies| cookies.join("; "));
    if let Some(Ok(value)) = joined.map(HeaderValue::try_from) {
        headers.insert(COOKIE, value);
    }
    headers
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde_json::{Value, json};

    use super::*;

    /// An event as API Gateway sends it, with these fields replaced.
    fn event(changes: &Value) -> ApiGatewayV2httpRequest {
        let mut event = json!({
            "version": "2.0",
            "routeKey": "ANY /{proxy+}",
            "rawPath": "/v1/events",
            "rawQueryString": "",
            "headers": {
                "content-type": "application/json",
                "host": "abc.execute-api.us-east-1.amazonaws.com",
                "x-twice": "one,two"
            },
            "requestContext": {
                "accountId": "111122223333",
                "apiId": "abc",
                "domainName": "abc.execute-api.us-east-1.amazonaws.com",
                "domainPrefix": "abc",
                "http": {
                    "method": "POST",
                    "path": "/v1/events",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.7",
                    "userAgent": "curl/8.0"
                },
                "requestId": "JKJaXmPLvHcESHA=",
                "routeKey": "ANY /{proxy+}",
                "stage": "$default",
                "time": "20/Nov/2026:12:00:00 +0000",
                "timeEpoch": 1_795_176_000_000_i64
            },
            "isBase64Encoded": false
        });
        for (name, value) in changes.as_object().unwrap() {
            event[name] = value.clone();
        }
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn method_path_headers_and_caller_are_kept() {
        let event = event(&json!({"rawQueryString": "a=b%20c", "cookies": ["x=1", "y=2"]}));
        let request = into_request(event, 100).unwrap();
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri(), "/v1/events?a=b%20c");
        assert_eq!(request.headers()["x-twice"], "one,two");
        assert_eq!(request.headers()[COOKIE], "x=1; y=2");
        assert_eq!(
            request.extensions().get::<Caller>(),
            Some(&Caller {
                source_ip: Some("192.0.2.7".parse().unwrap()),
                user_agent: Some("curl/8.0".to_owned()),
                request_id: Some("JKJaXmPLvHcESHA=".to_owned()),
            })
        );
        assert!(request.body().is_empty());
    }

    #[test]
    fn a_binary_body_is_decoded() {
        let event =
            event(&json!({"body": STANDARD.encode([0x1f, 0x8b, 0xff]), "isBase64Encoded": true}));
        assert_eq!(
            into_request(event, 3).unwrap().body().as_ref(),
            [0x1f, 0x8b, 0xff]
        );
    }

    #[test]
    fn the_cap_counts_decoded_bytes_and_is_named() {
        for (body, is_base64) in [
            (STANDARD.encode([0; 10]), true),
            ("0123456789".to_owned(), false),
        ] {
            let event = |body: &str| event(&json!({"body": body, "isBase64Encoded": is_base64}));
            assert_eq!(into_request(event(&body), 10).unwrap().body().len(), 10);
            let error = into_request(event(&body), 9).unwrap_err();
            assert_eq!(error.to_string(), "the request body is longer than 9 bytes");
        }
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        let event = event(&json!({"body": "n@t", "isBase64Encoded": true}));
        assert!(matches!(
            into_request(event, 100),
            Err(BadEvent::BodyNotBase64(_))
        ));
    }
}
