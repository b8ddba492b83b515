//! What a client hears when a call fails: a code its SDK knows, and what to do about it.
//!
//! The cause stays behind [`std::error::Error::source`], for the log.

use std::borrow::Cow;

use http::StatusCode;

pub use activity_log_core::quoted::quoted;

/// What lies behind an error.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The `__type` of an error, with the HTTP status AWS sends it with.
///
/// AWS's JSON services answer 400 for everything that is the caller's fault, access denied included;
/// SDKs choose by the code, and retry only the throttling ones and 5xx.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    pub(crate) name: &'static str,
    pub(crate) status: StatusCode,
}

impl Code {
    /// `EventCategory` is not one we know.
    pub const INVALID_EVENT_CATEGORY: Self = Self::client("InvalidEventCategoryException");
    /// `LookupAttributes` is malformed.
    pub const INVALID_LOOKUP_ATTRIBUTES: Self = Self::client("InvalidLookupAttributesException");
    /// `MaxResults` is out of range.
    pub const INVALID_MAX_RESULTS: Self = Self::client("InvalidMaxResultsException");
    /// `NextToken` is forged, expired, or used with other parameters.
    pub const INVALID_NEXT_TOKEN: Self = Self::client("InvalidNextTokenException");
    /// `StartTime` and `EndTime` make no range.
    pub const INVALID_TIME_RANGE: Self = Self::client("InvalidTimeRangeException");
    /// Somebody else is changing the same thing, or it cannot be changed now.
    pub const CONFLICT: Self = Self::client("ConflictException");
    /// A parameter has a value we do not take, and the model has no error of its own for it.
    pub const INVALID_PARAMETER: Self = Self::client("InvalidParameterException");
    /// The request is not JSON, or a field has the wrong type.
    pub const SERIALIZATION: Self = Self::client("SerializationException");
    /// Too many requests; SDKs retry.
    pub const THROTTLING: Self = Self::client("ThrottlingException");
    /// No operation of the model has this name.
    pub const UNKNOWN_OPERATION: Self = Self::client("UnknownOperationException");
    /// An operation of the model that is not served.
    pub const UNSUPPORTED_OPERATION: Self = Self::client("UnsupportedOperationException");
    /// The body exceeds [`crate::MAX_BODY_BYTES`].
    pub const REQUEST_TOO_LARGE: Self = Self {
        name: "RequestEntityTooLargeException",
        status: StatusCode::PAYLOAD_TOO_LARGE,
    };
    /// Nothing is served at this method and path.
    pub const NOT_FOUND: Self = Self {
        name: "UnknownOperationException",
        status: StatusCode::NOT_FOUND,
    };
    /// What must be there for a change is not; SDKs retry.
    pub const SERVICE_UNAVAILABLE: Self = Self {
        name: "ServiceUnavailable",
        status: StatusCode::SERVICE_UNAVAILABLE,
    };
    /// Our fault; SDKs retry.
    pub const INTERNAL_FAILURE: Self = Self {
        name: "InternalFailure",
        status: StatusCode::INTERNAL_SERVER_ERROR,
    };

    /// A code that is the caller's fault.
    pub const fn client(name: &'static str) -> Self {
        Self {
            name,
            status: StatusCode::BAD_REQUEST,
        }
    }

    /// The text of `__type`.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The HTTP status.
    pub const fn status(self) -> StatusCode {
        self.status
    }
}

/// A failed call: code and message for the client, cause for the log.
#[derive(Debug, thiserror::Error)]
#[error("{}: {message}", code.name())]
pub struct ApiError {
    code: Code,
    message: Cow<'static, str>,
    #[source]
    cause: Option<Cause>,
}

impl ApiError {
    /// An error that is explained by its message.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            cause: None,
        }
    }

    /// The same with its cause, which the client does not see.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Cause>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The code.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// What lies behind it, for the log. The message is not: it may quote the caller.
    pub fn into_cause(self) -> Option<Cause> {
        self.cause
    }

    /// What the client reads.
    pub fn message(&self) -> &str {
        &self.message
    }
}
