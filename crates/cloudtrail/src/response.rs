//! Replies and errors as awsJson1.1 puts them on the wire.

use activity_log_core::instant::Instant;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE, HeaderValue};
use http::{Response, StatusCode};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::error::{ApiError, Code};
use crate::service::Context;

const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");
/// RFC 9110's IMF-fixdate. Clients correct their clocks by it.
const HTTP_DATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// A successful reply.
pub fn reply(json: Vec<u8>, context: Context<'_>) -> Response<Bytes> {
    response(StatusCode::OK, json, context)
}

/// An error. botocore reads the code from `__type`, the Rust SDK from the header. The message has two names: AWS's model
/// calls the member `Message`, and some SDKs read only that; others read only `message`.
pub fn refusal(error: &ApiError, context: Context<'_>) -> Response<Bytes> {
    let Code { name, status } = error.code();
    let body = Refusal {
        code: name,
        message: error.message(),
        model_message: error.message(),
    };
    // Texts always make JSON; an empty body would still carry the code in the header.
    let json = serde_json::to_vec(&body).unwrap_or_default();
    let mut response = response(status, json, context);
    response
        .headers_mut()
        .insert("x-amzn-errortype", HeaderValue::from_static(name));
    response
}

#[derive(Serialize)]
struct Refusal<'a> {
    #[serde(rename = "__type")]
    code: &'a str,
    message: &'a str,
    #[serde(rename = "Message")]
    model_message: &'a str,
}

fn response(status: StatusCode, json: Vec<u8>, context: Context<'_>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(json));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    if let Ok(id) = HeaderValue::try_from(context.request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    if let Some(date) = http_date(context.now) {
        headers.insert(DATE, date);
    }
    response
}

fn http_date(now: Instant) -> Option<HeaderValue> {
    let moment = OffsetDateTime::from_unix_timestamp(now.seconds()).ok()?;
    let text = moment.format(HTTP_DATE).ok()?;
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: Context<'_> = Context {
        now: Instant::from_seconds(1_795_176_000),
        request_id: "r-1",
    };

    #[test]
    fn an_error_carries_its_code_twice_and_its_cause_never() {
        let error = ApiError::new(Code::THROTTLING, "Rate exceeded").caused_by("table events");
        let response = refusal(&error, CONTEXT);
        assert_eq!(response.status(), 400);
        assert_eq!(
            response.headers()["x-amzn-errortype"],
            "ThrottlingException"
        );
        assert_eq!(response.headers()["x-amzn-requestid"], "r-1");
        assert_eq!(
            response.headers()["content-type"],
            "application/x-amz-json-1.1"
        );
        assert_eq!(response.headers()["date"], "Fri, 20 Nov 2026 12:00:00 GMT");
        assert_eq!(
            response.body(),
            r#"{"__type":"ThrottlingException","message":"Rate exceeded","Message":"Rate exceeded"}"#
        );
    }
}
