//! Why the service did not do what it was asked.

use std::error::Error;

use serde::Deserialize;

use super::Call;

/// A call that failed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// in its own words
    #[error("{code}: {message}")]
    Refused {
        /// the HTTP status
        status: u16,
        /// a stable word
        code: String,
        /// what is wrong and what to do
        message: String,
    },
    /// in words that are not its own
    #[error("HTTP {status}, and not in our service's words: is the address (--url) right?")]
    Strange {
        /// the HTTP status
        status: u16,
    },
    /// not at all
    #[error("{place} does not answer")]
    Unanswered {
        /// where it was looked for
        place: String,
        /// what happened
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// it may have made something, and did not say so
    #[error(
        "the service did not say whether this was done; it may have been done all the same: \
         look with `alog {noun} list` before you try again"
    )]
    Unsure {
        /// report or plugin
        noun: &'static str,
        /// what happened
        #[source]
        cause: Box<ServiceError>,
    },
    /// it answered, but with something else
    #[error("the answer is not understood: is this `alog` older than the service?")]
    NotUnderstood(#[source] serde_json::Error),
}

#[derive(Deserialize)]
struct Reply {
    error: Words,
}

#[derive(Deserialize)]
struct Words {
    code: String,
    message: String,
}

impl ServiceError {
    /// From an answer that is an error.
    pub fn refused(status: u16, body: &[u8]) -> Self {
        match serde_json::from_slice(body) {
            Ok(Reply { error }) => Self::Refused {
                status,
                code: error.code,
                message: error.message,
            },
            Err(_) => Self::Strange { status },
        }
    }

    /// Whose credentials were refused, where they were.
    pub fn with_key(mut self, key_id: Option<&str>) -> Self {
        if let (
            Self::Refused {
                status: 401 | 403,
                message,
                ..
            },
            Some(key_id),
        ) = (&mut self, key_id)
        {
            message.push_str(" (access key ");
            message.push_str(key_id);
            message.push(')');
        }
        self
    }

    /// Whether there is no such thing.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// Whether the same request may get another answer; one that cannot be repeated only if it did nothing.
    pub const fn is_worth_another(&self, is_repeatable: bool) -> bool {
        match self {
            Self::Refused {
                status: 429 | 503, ..
            } => true,
            Self::Refused { status, .. } | Self::Strange { status } => {
                is_repeatable && matches!(status, 429 | 500..)
            }
            Self::Unanswered { .. } => is_repeatable,
            Self::Unsure { .. } | Self::NotUnderstood(_) => false,
        }
    }

    /// As the last word about this call.
    pub fn of(self, call: &Call) -> Self {
        let is_sure = match &self {
            Self::Refused { status, .. } => *status < 500 || *status == 503,
            Self::Strange { status } => *status < 500,
            Self::Unanswered { .. } | Self::NotUnderstood(_) => false,
            Self::Unsure { .. } => true,
        };
        if is_sure || call.is_repeatable {
            return self;
        }
        let noun = if call.path.starts_with("/v1/plugins") {
            "plugin"
        } else {
            "report"
        };
        Self::Unsure {
            noun,
            cause: Box::new(self),
        }
    }
}
