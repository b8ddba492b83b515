//! A session: a token that a user was given for an access key, from then until it is closed or ends by itself.

use std::fmt;
use std::str::FromStr;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

use super::access_key::AccessKeyId;
use super::token::{TokenId, TokenRecord};
use super::user::UserName;

/// A session that ended by itself, of which the account's log is yet to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedSession {
    /// The session's id, which is its token's.
    pub id: TokenId,
    /// Its user's account.
    pub account: AccountId,
    /// Its user.
    pub user: UserName,
    /// What it was opened with.
    pub access_key_id: AccessKeyId,
    /// When it ended.
    pub ended: Instant,
    /// Why.
    pub reason: EndReason,
}

/// Why a session ended by itself. The first two are K2's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// its time was over
    Timeout,
    /// its user was deleted
    UserDeleted,
    /// the operator revoked its token
    Revoked,
    /// its user opened another, and had as many as a user may have
    TooMany,
}

impl EndReason {
    const ALL: [Self; 4] = [
        Self::Timeout,
        Self::UserDeleted,
        Self::Revoked,
        Self::TooMany,
    ];

    /// The reason's words, in the table and in the event.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::UserDeleted => "user deleted",
            Self::Revoked => "revoked",
            Self::TooMany => "too many sessions",
        }
    }
}

/// The words name no reason.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a session ends by timeout, or because it is revoked, its user deleted, or has too many")]
pub struct UnknownReason;

impl FromStr for EndReason {
    type Err = UnknownReason;

    fn from_str(words: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == words)
            .ok_or(UnknownReason)
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl EndedSession {
    /// How the session of this token ends at `ended`; `None` if it is the token of none.
    pub(crate) fn of(token: &TokenRecord, ended: Instant, reason: EndReason) -> Option<Self> {
        Some(Self {
            id: token.id.clone(),
            account: token.account,
            user: token.user.clone(),
            access_key_id: token.session.as_ref()?.access_key_id.clone(),
            ended,
            reason,
        })
    }

    /// How it ends if nothing happens.
    pub(crate) fn by_timeout(token: &TokenRecord) -> Option<Self> {
        Self::of(token, token.expires, EndReason::Timeout)
    }
}
