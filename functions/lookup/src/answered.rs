//! A response, and what the logs say of the request it answers.

use activity_log_calls::{Asked, Operation, Parameters, Source};
use activity_log_cloudtrail as cloudtrail;
use activity_log_identity::Principal;
use activity_log_rest as rest;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Map, Value};

/// A cause, for the log only.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// An answered request.
#[derive(Debug)]
pub struct Answered {
    /// for the client
    pub response: Response<Bytes>,
    /// the operation, if one was named
    pub operation: Option<Operation>,
    /// who asked, if that was shown
    pub principal: Option<Principal>,
    /// whom the caller claims to be, if that was not shown
    pub claimed: Option<Box<Principal>>,
    /// the project of the request, where it has one
    pub project: Option<String>,
    /// what was asked, as far as it was understood
    pub asked: Asked,
    /// what a call that changes something was answered
    pub answer: Parameters,
    /// the error's code and message
    pub error: Option<(&'static str, String)>,
    /// what else the event of the call says
    pub event_data: Map<String, Value>,
    /// what lies behind the error, or what failed without failing the request
    pub cause: Option<Cause>,
    /// why the call could not be appended to the log of calls
    pub unrecorded: Option<Cause>,
}

impl Answered {
    /// A response of which nothing else is known.
    pub fn new(response: Response<Bytes>) -> Self {
        Self {
            response,
            operation: None,
            principal: None,
            claimed: None,
            project: None,
            asked: Asked::default(),
            answer: Parameters::none(),
            error: None,
            event_data: Map::new(),
            cause: None,
            unrecorded: None,
        }
    }

    /// An error in the words of our own APIs, `{"error": {"code", "message"}}`.
    pub fn refusal(status: StatusCode, code: &'static str, message: &str) -> Self {
        let body = serde_json::json!({"error": {"code": code, "message": message}});
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut answered = Self::new(response);
        answered.error = Some((code, message.to_owned()));
        answered
    }

    /// The error's code.
    pub fn error_code(&self) -> Option<&'static str> {
        self.error.as_ref().map(|(code, _)| *code)
    }
}

/// What a call is called that somebody made whom we know, of an operation that CloudTrail's model has not.
const UNKNOWN: &str = "Unknown";

impl From<cloudtrail::Served> for Answered {
    fn from(served: cloudtrail::Served) -> Self {
        // Who looks for what there is does not go unseen.
        let unknown = || served.principal.as_ref().map(|_| UNKNOWN);
        let operation = served.operation.or_else(unknown).map(|name| Operation {
            name,
            source: Source::CloudTrail,
            // Of what is not served only the name is known, and AWS names what only reads by these.
            read_only: served.read_only.unwrap_or_else(|| {
                let reads = ["Get", "List", "Describe", "Lookup", "Search"];
                name == UNKNOWN || reads.iter().any(|verb| name.starts_with(verb))
            }),
        });
        let told = served.error.as_ref();
        let error = told.map(|error| (error.code().name(), error.message().to_owned()));
        Self {
            operation,
            principal: served.principal,
            claimed: served.claimed,
            asked: served.asked,
            answer: served.answer,
            error,
            cause: served.error.and_then(cloudtrail::ApiError::into_cause),
            ..Self::new(served.response)
        }
    }
}

impl From<rest::Served> for Answered {
    fn from(served: rest::Served) -> Self {
        let operation = served.operation.zip(served.read_only);
        let operation = operation.map(|(name, read_only)| Operation {
            name,
            source: Source::ActivityLog,
            read_only,
        });
        Self {
            operation,
            principal: served.principal,
            claimed: served.claimed,
            asked: served.asked,
            answer: served.answer,
            error: served.error,
            event_data: served.event_data,
            cause: served.cause,
            ..Self::new(served.response)
        }
    }
}
