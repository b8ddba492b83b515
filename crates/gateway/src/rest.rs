//! A REST API's event as an HTTP request, and the response back.

use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse};
use bytes::Bytes;
use http::header::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::request::{BadEvent, Caller, SentPath, body};
use crate::response::encode;
use crate::uri;

/// All but the unreserved characters of RFC 3986.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

pub(crate) fn into_request(
    event: ApiGatewayProxyRequest,
    max_body_bytes: usize,
) -> Result<http::Request<Bytes>, BadEvent> {
    let routed = routed_path(&event);
    let sent = event
        .request_context
        .path
        .as_deref()
        .or(event.path.as_deref());
    let sent = uri::assemble(sent.unwrap_or("/"), "").map_err(BadEvent::BadUri)?;
    let uri = uri::assemble(routed, &query(&event)).map_err(BadEvent::BadUri)?;
    let is_root = uri.path() == "/";
    let body = body(event.body, event.is_base64_encoded, max_body_bytes)?;

    let mut request = http::Request::new(body);
    *request.method_mut() = event.http_method;
    *request.uri_mut() = uri;
    // Both have every name; only the former has every value.
    *request.headers_mut() = if event.multi_value_headers.is_empty() {
        event.headers
    } else {
        event.multi_value_headers
    };
    let identity = event.request_context.identity;
    let extensions = request.extensions_mut();
    extensions.insert(sent_path(sent.path(), is_root));
    extensions.insert(Caller {
        source_ip: identity.source_ip.and_then(|address| address.parse().ok()),
        user_agent: identity.user_agent,
        request_id: event.request_context.request_id,
    });
    Ok(request)
}

fn sent_path(path: &str, is_root: bool) -> SentPath {
    let or = match path.strip_suffix('/') {
        Some(without) => without.to_owned(),
        None => format!("{path}/"),
    };
    SentPath {
        path: path.to_owned(),
        or: is_root.then_some(or),
    }
}

/// The path behind the stage, and behind a custom domain's base path: `path` is without the stage, but has the base path.
/// What the resource `/{proxy+}` matched is without either, and decoded.
fn routed_path(event: &ApiGatewayProxyRequest) -> &str {
    let path = event.path.as_deref().unwrap_or("/");
    // A resource that matches nothing but itself.
    if let Some(resource) = event.resource.as_deref().filter(|path| !path.contains('{')) {
        return resource;
    }
    let Some(proxy) = event.path_parameters.get("proxy") else {
        return path;
    };
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    // A base path has no escapes: it is as long decoded as it is here.
    let base = decoded
        .trim_end_matches('/')
        .strip_suffix(proxy.trim_end_matches('/'))
        .and_then(|before| before.strip_suffix('/'));
    base.and_then(|base| path.strip_prefix(base))
        .unwrap_or(path)
}

/// The query once more: names and values come decoded, in no order.
fn query(event: &ApiGatewayProxyRequest) -> String {
    let parameters = if event.multi_value_query_string_parameters.is_empty() {
        &event.query_string_parameters
    } else {
        &event.multi_value_query_string_parameters
    };
    let encoded = |text| utf8_percent_encode(text, IN_QUERY).to_string();
    let mut pairs: Vec<(&str, &str)> = parameters.iter().collect();
    // Values of one name stay in their order.
    pairs.sort_by_key(|(name, _)| *name);
    let pairs = pairs.into_iter();
    let pairs: Vec<String> = pairs
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.join("&")
}

pub(crate) fn from_response(response: http::Response<Bytes>) -> ApiGatewayProxyResponse {
    let (parts, body) = response.into_parts();
    let mut answer = ApiGatewayProxyResponse::default();
    answer.status_code = i64::from(parts.status.as_u16());
    answer.multi_value_headers = visible(&parts.headers);
    (answer.body, answer.is_base64_encoded) = encode(body);
    answer
}

fn visible(headers: &HeaderMap) -> HeaderMap {
    let mut visible = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        if value.to_str().is_ok() {
            visible.append(name, value.clone());
        }
    }
    visible
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde_json::{Value, json};

    use super::*;

    /// An event as a REST API sends it, with these fields replaced.
    fn event(changes: &Value) -> ApiGatewayProxyRequest {
        let mut event = json!({
            "resource": "/{proxy+}",
            "path": "/v1/events",
            "httpMethod": "POST",
            "headers": {"Host": "abc.execute-api.us-east-1.amazonaws.com", "X-Twice": "two"},
            "multiValueHeaders": {
                "Host": ["abc.execute-api.us-east-1.amazonaws.com"], "X-Twice": ["one", "two"]
            },
            "queryStringParameters": null,
            "multiValueQueryStringParameters": null,
            "pathParameters": {"proxy": "v1/events"},
            "stageVariables": null,
            "requestContext": {
                "accountId": "111122223333", "apiId": "abc", "stage": "api",
                "domainName": "abc.execute-api.us-east-1.amazonaws.com",
                "httpMethod": "POST", "path": "/api/v1/events", "protocol": "HTTP/1.1",
                "resourcePath": "/{proxy+}", "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
                "requestTimeEpoch": 1_795_176_000_000_i64,
                "identity": {"sourceIp": "192.0.2.7", "userAgent": "curl/8.0"}
            },
            "body": null,
            "isBase64Encoded": false
        });
        for (name, value) in changes.as_object().unwrap() {
            event[name] = value.clone();
        }
        serde_json::from_value(event).unwrap()
    }

    fn request(changes: &Value) -> http::Request<Bytes> {
        into_request(event(changes), 100).unwrap()
    }

    #[test]
    fn method_headers_caller_and_both_paths_are_kept() {
        let request = request(&json!({}));
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri(), "/v1/events");
        let extensions = request.extensions();
        let sent = extensions.get::<SentPath>().unwrap();
        assert_eq!(sent.path, "/api/v1/events");
        assert_eq!(sent.or, None);
        let twice: Vec<_> = request.headers().get_all("x-twice").iter().collect();
        assert_eq!(twice, ["one", "two"]);
        assert_eq!(
            extensions.get::<Caller>(),
            Some(&Caller {
                source_ip: Some("192.0.2.7".parse().unwrap()),
                user_agent: Some("curl/8.0".to_owned()),
                request_id: Some("c6af9ac6-7b61-11e6-9a41-93e8deadbeef".to_owned()),
            })
        );
    }

    #[test]
    fn a_stage_and_a_base_path_are_signed_and_not_routed_by() {
        for (resource, path, proxy, sent, routed) in [
            (
                "/{proxy+}",
                "/v1/events",
                Some("v1/events"),
                "/api/v1/events",
                "/v1/events",
            ),
            // A custom domain with a base path: `path` has it too.
            (
                "/{proxy+}",
                "/log/v1/events",
                Some("v1/events"),
                "/log/v1/events",
                "/v1/events",
            ),
            (
                "/{proxy+}",
                "/a/b/v1/events",
                Some("v1/events"),
                "/a/b/v1/events",
                "/v1/events",
            ),
            // One without.
            (
                "/{proxy+}",
                "/v1/events",
                Some("v1/events"),
                "/v1/events",
                "/v1/events",
            ),
            (
                "/{proxy+}",
                "/v1/a%20b/logs",
                Some("v1/a b/logs"),
                "/api/v1/a%20b/logs",
                "/v1/a%20b/logs",
            ),
            (
                "/{proxy+}",
                "/v1/events/",
                Some("v1/events"),
                "/api/v1/events/",
                "/v1/events/",
            ),
            (
                "/v1/events",
                "/v1/events",
                None,
                "/api/v1/events",
                "/v1/events",
            ),
            (
                "/v1/events",
                "/log/v1/events",
                None,
                "/log/v1/events",
                "/v1/events",
            ),
            ("/", "/", None, "/api", "/"),
            ("/", "/", None, "/api/", "/"),
            ("/", "/log", None, "/log", "/"),
        ] {
            let parameters = proxy.map(|proxy| json!({"proxy": proxy}));
            let context = json!({"httpMethod": "POST", "path": sent});
            let request = request(&json!({
                "resource": resource, "path": path, "pathParameters": parameters, "requestContext": context
            }));
            assert_eq!(request.uri().path(), routed, "{sent}");
            let told = request.extensions().get::<SentPath>().unwrap();
            assert_eq!(told.path, sent);
            let or = (routed == "/").then(|| match sent.strip_suffix('/') {
                Some(without) => without.to_owned(),
                None => format!("{sent}/"),
            });
            assert_eq!(told.or, or);
        }
    }

    #[test]
    fn a_query_is_encoded_again_with_every_value() {
        let parameters =
            json!({"to": [""], "from": ["2026-11-20T00:00:00+03:00"], "q": ["a&b", "ü=c d"]});
        let request = request(&json!({"multiValueQueryStringParameters": parameters}));
        assert_eq!(
            request.uri().query(),
            Some("from=2026-11-20T00%3A00%3A00%2B03%3A00&q=a%26b&q=%C3%BC%3Dc%20d&to=")
        );
    }

    #[test]
    fn a_binary_body_is_decoded_within_the_cap() {
        let with = |cap| {
            let event = event(&json!({"body": "H4v/", "isBase64Encoded": true}));
            into_request(event, cap)
        };
        assert_eq!(with(3).unwrap().body().as_ref(), [0x1f, 0x8b, 0xff]);
        let error = with(2).unwrap_err().to_string();
        assert_eq!(error, "the request body is longer than 2 bytes");
    }

    #[test]
    fn a_response_has_each_value_of_its_headers() {
        let response = http::Response::builder()
            .status(207)
            .header("content-type", "application/json")
            .header("set-cookie", "a=1")
            .header("set-cookie", "b=2")
            .body(Bytes::from_static(b"{}"))
            .unwrap();
        let expected = json!({
            "statusCode": 207,
            "headers": {},
            "multiValueHeaders": {"content-type": ["application/json"], "set-cookie": ["a=1", "b=2"]},
            "body": "{}",
            "isBase64Encoded": false,
        });
        assert_eq!(
            serde_json::to_value(from_response(response)).unwrap(),
            expected
        );
        let binary = http::Response::new(Bytes::from_static(&[0x1f, 0x8b, 0xff]));
        let answer = serde_json::to_value(from_response(binary)).unwrap();
        assert_eq!(
            (&answer["body"], &answer["isBase64Encoded"]),
            (&json!("H4v/"), &json!(true))
        );
    }
}
