//! What a client hears when a call fails: `{"error": {"code", "title", "message"}}`, as OpenStack's services say it.
//!
//! VK's document shows no error. Its tokens, request ids and clients are OpenStack's, and so is this shape
//! (Keystone's). The cause stays behind [`std::error::Error::source`], for the log.

use std::borrow::Cow;

use activity_log_control::StoreError;
use activity_log_core::reader::ReadError;
use http::StatusCode;

use crate::marker::MarkerError;
use crate::parameters::ParameterError;

pub(crate) use activity_log_core::quoted::quoted;

/// What lies behind an error.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A failed call. What it displays is what the client reads.
///
/// ```
/// use activity_log_vk::Error;
/// let error = Error::Unauthenticated("The token has expired: get another one".into());
/// assert_eq!((error.status().as_u16(), error.name()), (401, "Unauthenticated"));
/// ```
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// nothing is served at this path
    #[error("Nothing is served at this path; an action log is at /v1/{{project_id}}/logs")]
    NotFound,
    /// the path is served, but not so
    #[error("Only GET is served at this path")]
    MethodNotAllowed,
    /// a parameter breaks a rule
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// the marker is not good here
    #[error(transparent)]
    Marker(#[from] MarkerError),
    /// for the embedder: nobody knows who calls
    #[error("{0}")]
    Unauthenticated(Cow<'static, str>),
    /// for the embedder: the caller may not
    #[error("{0}")]
    Forbidden(Cow<'static, str>),
    /// for the embedder: the account has no such project
    #[error("The account has no project with this id")]
    UnknownProject,
    /// what is behind us asked to slow down
    #[error("Too many requests at once. Try again in a second")]
    Throttled(#[source] Option<Cause>),
    /// what is behind us did not answer
    #[error("The log could not be read now. Try again")]
    Unavailable(#[source] Cause),
    /// our fault; the same request would fail again
    #[error("The log could not be read. Tell the service's operator the request id")]
    Internal(#[source] Cause),
}

impl Error {
    /// Our fault, whose cause only the log sees.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }

    /// The HTTP status.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Parameter(_) | Self::Marker(_) => StatusCode::BAD_REQUEST,
            Self::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound | Self::UnknownProject => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A name for the log, and for the event that the call becomes.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotFound => "NotFound",
            Self::MethodNotAllowed => "MethodNotAllowed",
            Self::Parameter(_) => "InvalidParameter",
            Self::Marker(error) => error.name(),
            Self::Unauthenticated(_) => "Unauthenticated",
            Self::Forbidden(_) => "Forbidden",
            Self::UnknownProject => "UnknownProject",
            Self::Throttled(_) => "Throttled",
            Self::Unavailable(_) => "Unavailable",
            Self::Internal(_) => "InternalFailure",
        }
    }

    /// What lies behind it, for the log. The message is not: it may quote the caller.
    pub fn into_cause(self) -> Option<Cause> {
        match self {
            Self::Throttled(cause) => cause,
            Self::Unavailable(cause) | Self::Internal(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Throttled(_) => Self::Throttled(Some(error.into())),
            ReadError::Store(_) => Self::Unavailable(error.into()),
            ReadError::Damaged { .. } => Self::internal(error),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Throttled { .. } => Self::Throttled(Some(error.into())),
            _ => Self::Unavailable(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_behind_us_say_whether_to_try_again() {
        let told = |error: Error| (error.status().as_u16(), error.into_cause().is_some());
        assert_eq!(told(ReadError::Throttled("x".into()).into()), (429, true));
        assert_eq!(told(ReadError::Store("x".into()).into()), (503, true));
        let damaged = ReadError::Damaged {
            key: "k".to_owned(),
            source: "x".into(),
        };
        assert_eq!(told(damaged.into()), (500, true));
        let throttled = StoreError::Throttled {
            table: "t".to_owned(),
            keys: 1,
            attempts: 2,
        };
        assert_eq!(told(throttled.into()), (429, true));
        let malformed = StoreError::Malformed {
            item: "i".to_owned(),
            attribute: "a",
        };
        assert_eq!(told(malformed.into()), (503, true));
    }
}
