//! What a client hears when a call fails: `{"error":{"code","message"}}`, a stable code and what to do about it.
//!
//! The cause stays behind [`std::error::Error::source`], for the log.

use std::borrow::Cow;

use activity_log_core::reader::ReadError;
use http::StatusCode;
use serde_json::{Map, Value};

pub use activity_log_core::quoted::quoted;

/// What lies behind an error.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The code of an error, with the HTTP status it is sent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    name: &'static str,
    status: StatusCode,
}

impl Code {
    /// The body is not JSON, not an object, or a field has the wrong type.
    pub const UNREADABLE_BODY: Self = Self::new("UnreadableBody", StatusCode::BAD_REQUEST);
    /// A field, named in the message, breaks a rule, named too.
    pub const INVALID_PARAMETER: Self = Self::new("InvalidParameter", StatusCode::BAD_REQUEST);
    /// The body is no WebAssembly at all.
    pub const INVALID_COMPONENT: Self = Self::new("InvalidComponent", StatusCode::BAD_REQUEST);
    /// No such event is kept of this account.
    pub const EVENT_NOT_FOUND: Self = Self::new("EventNotFound", StatusCode::NOT_FOUND);
    /// No such report in this account.
    pub const REPORT_NOT_FOUND: Self = Self::new("ReportNotFound", StatusCode::NOT_FOUND);
    /// No such plugin version in this account.
    pub const PLUGIN_NOT_FOUND: Self = Self::new("PluginNotFound", StatusCode::NOT_FOUND);
    /// The path is served, but not so.
    pub const METHOD_NOT_ALLOWED: Self =
        Self::new("MethodNotAllowed", StatusCode::METHOD_NOT_ALLOWED);
    /// As many reports are queued or generating as there may be.
    pub const TOO_MANY_GENERATING: Self =
        Self::new("TooManyReportsGenerating", StatusCode::CONFLICT);
    /// There is no file to download.
    pub const REPORT_NOT_READY: Self = Self::new("ReportNotReady", StatusCode::CONFLICT);
    /// There was a file once.
    pub const REPORT_EXPIRED: Self = Self::new("ReportExpired", StatusCode::GONE);
    /// The plugin that a report names cannot be used.
    pub const PLUGIN_NOT_READY: Self = Self::new("PluginNotReady", StatusCode::CONFLICT);
    /// A report is being built with it.
    pub const PLUGIN_IN_USE: Self = Self::new("PluginInUse", StatusCode::CONFLICT);
    /// As many plugin versions are kept as there may be.
    pub const TOO_MANY_PLUGINS: Self = Self::new("TooManyPlugins", StatusCode::CONFLICT);
    /// Nothing was sent to the upload link.
    pub const NOT_UPLOADED: Self = Self::new("NotUploaded", StatusCode::CONFLICT);
    /// A session is asked for without an access key.
    pub const NEEDS_ACCESS_KEY: Self = Self::new("NeedsAccessKey", StatusCode::FORBIDDEN);
    /// A session is to be closed, and the request is of none.
    pub const NOT_A_SESSION: Self = Self::new("NotASession", StatusCode::CONFLICT);
    /// As many sessions were just opened as may be open.
    pub const TOO_MANY_SESSIONS: Self = Self::new("TooManySessions", StatusCode::TOO_MANY_REQUESTS);
    /// Others change the same thing all the time.
    pub const CONFLICT: Self = Self::new("Conflict", StatusCode::CONFLICT);
    /// A cap on what is sent, named in the message.
    pub const PAYLOAD_TOO_LARGE: Self = Self::new("PayloadTooLarge", StatusCode::PAYLOAD_TOO_LARGE);
    /// The body is of no type that is read here.
    pub const UNSUPPORTED_MEDIA_TYPE: Self =
        Self::new("UnsupportedMediaType", StatusCode::UNSUPPORTED_MEDIA_TYPE);
    /// The store of events asks us to slow down.
    pub const THROTTLING: Self = Self::new("ThrottlingException", StatusCode::TOO_MANY_REQUESTS);
    /// Something behind us did not answer; the same request may succeed later.
    pub const SERVICE_UNAVAILABLE: Self =
        Self::new("ServiceUnavailable", StatusCode::SERVICE_UNAVAILABLE);
    /// Our fault.
    pub const INTERNAL_FAILURE: Self =
        Self::new("InternalFailure", StatusCode::INTERNAL_SERVER_ERROR);

    /// A code with its status.
    pub const fn new(name: &'static str, status: StatusCode) -> Self {
        Self { name, status }
    }

    /// The text of `error.code`.
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
    event_data: Map<String, Value>,
}

impl ApiError {
    /// An error that is explained by its message.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            cause: None,
            event_data: Map::new(),
        }
    }

    /// A field that breaks a rule.
    pub fn field(field: impl std::fmt::Display, rule: impl std::fmt::Display) -> Self {
        Self::new(Code::INVALID_PARAMETER, format!("{field}: {rule}"))
    }

    /// Something that we stand on did not answer.
    pub fn unavailable(cause: impl Into<Cause>) -> Self {
        Self::new(
            Code::SERVICE_UNAVAILABLE,
            "The request could not be answered now. Try again",
        )
        .caused_by(cause)
    }

    /// Events could not be read.
    pub fn unread(error: ReadError) -> Self {
        match &error {
            ReadError::Throttled(_) => {
                Self::new(Code::THROTTLING, "Too many events are read now. Try again")
                    .caused_by(error)
            }
            ReadError::Store(_) | ReadError::Damaged { .. } => Self::unavailable(error),
        }
    }

    /// The same with its cause, which the client does not see.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Cause>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The same with something that the event of the call shall say besides: what was done before it failed.
    #[must_use]
    pub fn telling(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.event_data.insert(name.to_owned(), value.into());
        self
    }

    /// What the event of the call says besides.
    pub const fn event_data(&self) -> &Map<String, Value> {
        &self.event_data
    }

    /// The code.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// What the client reads.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What lies behind it, for the log. The message is not: it may quote the caller.
    pub fn into_cause(self) -> Option<Cause> {
        self.cause
    }
}
