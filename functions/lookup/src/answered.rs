//! A response, and what the log says of the request it answers.

use activity_log_cloudtrail::Served;
use activity_log_identity::Principal;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};

/// A cause, for the log only.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// An answered request.
#[derive(Debug)]
pub struct Answered {
    /// for the client
    pub response: Response<Bytes>,
    /// the operation, if one was named
    pub operation: Option<&'static str>,
    /// who asked, if that could be told
    pub principal: Option<Principal>,
    /// the error's code
    pub error_code: Option<&'static str>,
    /// what lies behind the error, or what failed without failing the request
    pub cause: Option<Cause>,
    /// whether the call could not be appended to the log of calls
    pub is_unrecorded: bool,
}

impl Answered {
    /// An error in the words of our own APIs, `{"error": {"code", "message"}}`.
    pub fn refusal(status: StatusCode, code: &'static str, message: &str) -> Self {
        let body = serde_json::json!({"error": {"code": code, "message": message}});
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self {
            response,
            operation: None,
            principal: None,
            error_code: Some(code),
            cause: None,
            is_unrecorded: false,
        }
    }
}

impl From<Served> for Answered {
    fn from(served: Served) -> Self {
        Self {
            response: served.response,
            operation: served.operation,
            principal: served.principal,
            error_code: served.error.as_ref().map(|error| error.code().name()),
            cause: served
                .error
                .and_then(activity_log_cloudtrail::ApiError::into_cause),
            is_unrecorded: false,
        }
    }
}

impl From<activity_log_rest::Served> for Answered {
    fn from(served: activity_log_rest::Served) -> Self {
        Self {
            response: served.response,
            operation: served.operation,
            principal: served.principal,
            error_code: served.error_code,
            cause: served.cause,
            is_unrecorded: false,
        }
    }
}
