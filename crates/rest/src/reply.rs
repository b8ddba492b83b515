//! Answers on their way out.

use activity_log_calls::Resource;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::{ApiError, Cause, Code};
use crate::service::Context;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Answers hold what only their caller may see, and links.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A call that was answered.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    /// what failed without failing the call, for the log
    cause: Option<Cause>,
    /// what else the event of the call says
    event_data: Map<String, Value>,
    /// what the event of the call names besides
    resources: Vec<Resource>,
}

/// A reply on its way.
pub(crate) struct Sent {
    /// for the client
    pub response: Response<Bytes>,
    /// for the log
    pub cause: Option<Cause>,
    /// for the event of the call
    pub event_data: Map<String, Value>,
    /// what the event names
    pub resources: Vec<Resource>,
}

impl Reply {
    /// Without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            cause: None,
            event_data: Map::new(),
            resources: Vec::new(),
        }
    }

    /// With this text, which is JSON.
    pub fn text(status: StatusCode, json: impl Into<Bytes>) -> Self {
        let mut reply = Self::empty(status);
        reply.headers.insert(CONTENT_TYPE, JSON);
        reply.body = json.into();
        reply
    }

    /// With this body.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, ApiError> {
        let json = serde_json::to_vec(body).map_err(unwritable)?;
        Ok(Self::text(status, json))
    }

    /// With a header more.
    pub fn header(mut self, name: HeaderName, value: &str) -> Result<Self, ApiError> {
        let value = HeaderValue::try_from(value).map_err(unwritable)?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// With something for the log that the client need not know.
    #[must_use]
    pub fn caused_by(mut self, cause: Option<impl Into<Cause>>) -> Self {
        self.cause = cause.map(Into::into);
        self
    }

    /// With something that the event of the call shall say besides.
    #[must_use]
    pub fn telling(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.event_data.insert(name.to_owned(), value.into());
        self
    }

    /// With something that the event of the call shall name besides.
    #[must_use]
    pub fn naming(mut self, kind: &'static str, name: impl Into<String>) -> Self {
        self.resources.push(Resource::new(kind, name));
        self
    }

    /// As a response, and what is for the logs.
    pub(crate) fn into_response(self, context: Context<'_>) -> Sent {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        let headers = response.headers_mut();
        headers.entry(CACHE_CONTROL).or_insert(NO_STORE);
        if let Ok(id) = HeaderValue::try_from(context.request_id) {
            headers.insert("x-amzn-requestid", id);
        }
        Sent {
            response,
            cause: self.cause,
            event_data: self.event_data,
            resources: self.resources,
        }
    }
}

fn unwritable(error: impl Into<Cause>) -> ApiError {
    ApiError::new(Code::INTERNAL_FAILURE, "The answer could not be written").caused_by(error)
}

/// An error as an answer.
pub fn refusal(error: &ApiError) -> Reply {
    #[derive(Serialize)]
    struct Refusal<'a> {
        error: Reason<'a>,
    }
    #[derive(Serialize)]
    struct Reason<'a> {
        code: &'a str,
        message: &'a str,
    }
    let body = Refusal {
        error: Reason {
            code: error.code().name(),
            message: error.message(),
        },
    };
    // Two texts always make JSON.
    let json = serde_json::to_vec(&body).unwrap_or_default();
    let status = error.code().status();
    let mut reply = Reply::text(status, json);
    reply.event_data.clone_from(error.event_data());
    if status == StatusCode::TOO_MANY_REQUESTS {
        // Limits are by the second.
        let second = HeaderValue::from_static("1");
        reply.headers.insert(RETRY_AFTER, second);
    }
    reply
}
