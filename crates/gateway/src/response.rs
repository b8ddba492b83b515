//! An HTTP response as the gateway wants it.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::encodings::Body;
use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue, SET_COOKIE};

/// The response in payload format 2.0: cookies apart, several headers of one name as one.
pub(crate) fn from_response(response: http::Response<Bytes>) -> ApiGatewayV2httpResponse {
    let (parts, body) = response.into_parts();
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = i64::from(parts.status.as_u16());
    answer.cookies = texts(&parts.headers, &SET_COOKIE)
        .map(str::to_owned)
        .collect();
    for name in parts.headers.keys().filter(|name| *name != SET_COOKIE) {
        let joined = texts(&parts.headers, name).collect::<Vec<_>>().join(", ");
        if let Ok(value) = HeaderValue::try_from(joined) {
            answer.headers.insert(name.clone(), value);
        }
    }
    (answer.body, answer.is_base64_encoded) = encode(body);
    answer
}

fn texts<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
}

pub(crate) fn encode(body: Bytes) -> (Option<Body>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    match String::from_utf8(body.into()) {
        Ok(text) => (Some(Body::Text(text)), false),
        Err(binary) => (Some(Body::Binary(binary.into_bytes())), true),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_stays_text_and_headers_are_joined() {
        let response = http::Response::builder()
            .status(207)
            .header("content-type", "application/json")
            .header("vary", "origin")
            .header("vary", "accept")
            .header("set-cookie", "a=1")
            .header("set-cookie", "b=2")
            .body(Bytes::from_static("{\"ü\":1}".as_bytes()))
            .unwrap();
        assert_eq!(
            serde_json::to_value(from_response(response)).unwrap(),
            json!({
                "statusCode": 207,
                "headers": {"content-type": "application/json", "vary": "origin, accept"},
                "multiValueHeaders": {},
                "body": "{\"ü\":1}",
                "isBase64Encoded": false,
                "cookies": ["a=1", "b=2"]
            })
        );
    }

    #[test]
    fn bytes_that_are_not_utf8_become_base64() {
        let response = http::Response::new(Bytes::from_static(&[0x1f, 0x8b, 0xff]));
        let answer = serde_json::to_value(from_response(response)).unwrap();
        assert_eq!(answer["body"], "H4v/");
        assert_eq!(answer["isBase64Encoded"], true);
    }

    #[test]
    fn an_empty_body_is_left_out() {
        let answer = from_response(http::Response::new(Bytes::new()));
        assert_eq!(answer.body, None);
        assert!(!answer.is_base64_encoded);
    }
}
