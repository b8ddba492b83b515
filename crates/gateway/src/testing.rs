//! What API Gateway does with a request and a response, for tests that go through events.

use std::process::Command;

use aws_lambda_events::encodings::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::{Answer, Caller, Front};

/// The stage of [`Front::RestApi`], and so what stands in front of every path that clients see there.
pub const STAGE: &str = "/api";

impl Front {
    /// The front that `ACTIVITY_LOG_TEST_FRONT` names, `RestApi` or none.
    pub fn of_tests() -> Self {
        match std::env::var("ACTIVITY_LOG_TEST_FRONT").as_deref() {
            Ok("RestApi") => Self::RestApi,
            _ => Self::HttpApi,
        }
    }

    /// What stands in front of the paths that clients see.
    pub const fn base(self) -> &'static str {
        match self {
            Self::HttpApi => "",
            Self::RestApi => STAGE,
        }
    }
}

/// Runs this binary's tests but one once more, over a REST API.
///
/// # Panics
///
/// If one of them fails.
pub fn all_over_a_rest_api_but(test: &str) {
    let tests = std::env::current_exe().and_then(|tests| {
        Command::new(tests)
            .args(["--skip", test])
            .env("ACTIVITY_LOG_TEST_FRONT", "RestApi")
            .output()
    });
    let done = tests.unwrap_or_else(|error| panic!("{error}"));
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}");
    // Nothing was filtered out but this.
    assert!(said.contains("; 1 filtered out;"), "{said}");
}

/// The event that a front makes of a request. The path is ours, without [`Front::base`]; `resource` is what it matches.
pub fn event(front: Front, request: &Request<Bytes>, resource: &str) -> Value {
    match front {
        Front::HttpApi => http_event(request),
        Front::RestApi => rest_event(request, resource),
    }
}

fn http_event(request: &Request<Bytes>) -> Value {
    let caller = caller(request);
    let headers: Map<String, Value> = request
        .headers()
        .keys()
        .map(|name| {
            (
                name.to_string(),
                values(request.headers(), name.as_str()).join(",").into(),
            )
        })
        .collect();
    // Decoded, as they come; but for a slash, which would be another path.
    let parts = request.uri().path().split_inclusive("%2f");
    let path: String = parts.map(part_decoded).collect();
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path,
        "rawQueryString": request.uri().query().unwrap_or_default(),
        "headers": headers,
        "requestContext": {
            "accountId": "111122223333", "apiId": "abc", "stage": "$default",
            "http": {"method": request.method().as_str(), "path": path, "protocol": "HTTP/1.1",
                "sourceIp": caller.source_ip, "userAgent": caller.user_agent},
            "requestId": caller.request_id,
        },
        "body": STANDARD.encode(request.body()), "isBase64Encoded": true,
    })
}

fn rest_event(request: &Request<Bytes>, resource: &str) -> Value {
    let caller = caller(request);
    let headers: Map<String, Value> = request
        .headers()
        .keys()
        .map(|name| {
            (
                name.to_string(),
                values(request.headers(), name.as_str()).into(),
            )
        })
        .collect();
    let mut query: Map<String, Value> = Map::new();
    let sent = request.uri().query().unwrap_or_default();
    for part in sent.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let name = decoded(&name.replace('+', " "));
        let all = query.entry(name).or_insert_with(|| json!([]));
        if let Value::Array(all) = all {
            all.push(decoded(&value.replace('+', " ")).into());
        }
    }
    let path = request.uri().path();
    let proxy = resource
        .contains('{')
        .then(|| json!({"proxy": decoded(path.trim_start_matches('/'))}));
    let query = (!query.is_empty()).then_some(query);
    json!({
        "resource": resource, "path": path, "httpMethod": request.method().as_str(),
        "multiValueHeaders": headers, "multiValueQueryStringParameters": query, "pathParameters": proxy,
        "stageVariables": null,
        "requestContext": {
            "accountId": "111122223333", "apiId": "abc", "stage": "api", "resourcePath": resource,
            "httpMethod": request.method().as_str(), "path": format!("{STAGE}{path}"), "protocol": "HTTP/1.1",
            "identity": {"sourceIp": caller.source_ip, "userAgent": caller.user_agent},
            "requestId": caller.request_id,
        },
        "body": STANDARD.encode(request.body()), "isBase64Encoded": true,
    })
}

/// The response that a front makes of an answer.
pub fn response(answer: Answer) -> Response<Bytes> {
    let (status, headers, body) = match answer {
        Answer::Http(answer) => {
            let mut headers = answer.headers;
            for cookie in &answer.cookies {
                headers.append(
                    "set-cookie",
                    cookie.parse().unwrap_or_else(|_| unreachable!("a header")),
                );
            }
            (answer.status_code, headers, answer.body)
        }
        Answer::Rest(answer) => (answer.status_code, answer.multi_value_headers, answer.body),
    };
    let body = match body {
        Some(Body::Text(text)) => Bytes::from(text),
        Some(Body::Binary(bytes)) => Bytes::from(bytes),
        _ => Bytes::new(),
    };
    let mut response = Response::new(body);
    *response.headers_mut() = headers;
    let status = u16::try_from(status)
        .ok()
        .and_then(|status| status.try_into().ok());
    *response.status_mut() = status.unwrap_or(http::StatusCode::BAD_GATEWAY);
    response
}

fn caller(request: &Request<Bytes>) -> Caller {
    request
        .extensions()
        .get::<Caller>()
        .cloned()
        .unwrap_or_default()
}

fn values<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let all = headers.get_all(name).iter();
    all.filter_map(|value| value.to_str().ok()).collect()
}

fn part_decoded(part: &str) -> String {
    match part.strip_suffix("%2f") {
        Some(part) => format!("{}%2f", decoded(part)),
        None => decoded(part),
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
