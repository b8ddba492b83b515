//! How far a report is.

use serde::{Deserialize, Serialize};

use crate::instant::Instant;

/// The states of a report. A finished report's state never changes, but for expiring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum State {
    /// nobody has begun
    Queued,
    /// it is being built, or waits for its next run
    Generating,
    /// it can be downloaded
    #[serde(rename_all = "camelCase")]
    Ready {
        /// when it was done
        finished: Instant,
        /// until when it can be downloaded
        expires: Instant,
        /// of the file
        size_bytes: u64,
        /// XLSX: texts that were cut at 32,767 characters
        cut_cells: u64,
    },
    /// it cannot be built
    Failed {
        /// when that was found out
        finished: Instant,
        /// why
        error: Failure,
    },
    /// its maker wants it no more
    Cancelled {
        /// when
        finished: Instant,
    },
    /// it was ready once
    Expired {
        /// when
        expired: Instant,
    },
}

impl State {
    /// The word in answers.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Generating => "generating",
            Self::Ready { .. } => "ready",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
            Self::Expired { .. } => "expired",
        }
    }

    /// When it ended, if it did.
    pub const fn finished(&self) -> Option<Instant> {
        match self {
            Self::Queued | Self::Generating => None,
            Self::Ready { finished, .. }
            | Self::Failed { finished, .. }
            | Self::Cancelled { finished } => Some(*finished),
            Self::Expired { expired } => Some(*expired),
        }
    }
}

/// Why a report failed, in words for the customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// a stable word: `PluginFailed`, `TooLarge`, `Internal`…
    pub code: String,
    /// what happened and what to do
    pub message: String,
}

impl Failure {
    /// With this code and message.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
        }
    }

    /// Of a report that no run took any more.
    pub fn stalled() -> Self {
        Self::new(
            "Stalled",
            "The service did not get to this report in time. Nothing is wrong with the request: make it again.",
        )
    }
}
