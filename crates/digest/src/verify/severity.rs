//! How bad findings are, and their kinds, for machines.

use super::chain::ChainFault;
use super::finding::Finding;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// good to know
    Note,
    /// nothing is proven wrong, but something could be
    Warning,
    /// something is missing, changed, or not as promised
    Problem,
}

impl Finding {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::NoDigests { .. }
            | Self::BadDigest { .. }
            | Self::MissingDigest { .. }
            | Self::ReplacedDigest { .. }
            | Self::BadWindows { .. }
            | Self::MissingArchive { .. }
            | Self::BadArchive { .. }
            | Self::Unreadable { .. }
            | Self::WrongCount { .. }
            | Self::ArchivedTwice { .. }
            | Self::UnlistedArchive { .. }
            | Self::NothingAfter { .. } => Severity::Problem,
            Self::BadChain { fault, .. } => match fault {
                ChainFault::Deleted => Severity::Warning,
                _ => Severity::Problem,
            },
            Self::Expired { .. } | Self::RetentionOver { .. } | Self::BetweenChains { .. } => {
                Severity::Warning
            }
            Self::ChainStarts { .. }
            | Self::ContinuesFrom { .. }
            | Self::NotDigested { .. }
            | Self::OlderThanDigests { .. }
            | Self::OtherTrails { .. }
            | Self::NoArchive { .. } => Severity::Note,
        }
    }

    /// Its kind, for machines.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NoDigests { .. } => "noDigests",
            Self::BadDigest { .. } => "badDigest",
            Self::MissingDigest { .. } => "missingDigest",
            Self::ReplacedDigest { .. } => "replacedDigest",
            Self::BadChain { .. } => "badChain",
            Self::BadWindows { .. } => "badWindows",
            Self::Expired { .. } => "expired",
            Self::RetentionOver { .. } => "retentionOver",
            Self::BetweenChains { .. } => "betweenChains",
            Self::MissingArchive { .. } => "missingArchive",
            Self::BadArchive { .. } => "badArchive",
            Self::Unreadable { .. } => "unreadable",
            Self::WrongCount { .. } => "wrongCount",
            Self::ArchivedTwice { .. } => "archivedTwice",
            Self::UnlistedArchive { .. } => "unlistedArchive",
            Self::NothingAfter { .. } => "nothingAfter",
            Self::ChainStarts { .. } => "chainStarts",
            Self::ContinuesFrom { .. } => "continuesFrom",
            Self::NotDigested { .. } => "notDigested",
            Self::OlderThanDigests { .. } => "olderThanDigests",
            Self::OtherTrails { .. } => "otherTrails",
            Self::NoArchive { .. } => "noArchive",
        }
    }
}

impl Severity {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}
