//! Tokens, sessions, projects: what a caller is checked against beside access keys.

use activity_log_core::account::AccountId;
use activity_log_core::instant::{Instant, MINUTE};

use crate::error::StoreError;
use crate::model::due::{Due, Position};
use crate::model::project::ProjectId;
use crate::model::session::EndedSession;
use crate::model::token::{TokenCredential, TokenId, TokenRecord};

/// Finds what a token is checked against.
pub trait Tokens: Send + Sync {
    /// The token with its user and account, as they are now; `None` if there is no such token, or its user is gone.
    /// One that has expired may be found, and says so.
    fn token(
        &self,
        account: AccountId,
        id: &TokenId,
    ) -> impl Future<Output = Result<Option<TokenCredential>, StoreError>> + Send;
}

/// Knows the projects of accounts, and which of them a bucket is in.
pub trait Projects: Send + Sync {
    /// Whether the account has this project. It always has its default one.
    fn has_project(
        &self,
        account: AccountId,
        project: &ProjectId,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The account and the project that the operator put the bucket into; `None` if into none: then it counts as one
    /// of whichever account names it, in that account's default project.
    fn bucket_project(
        &self,
        bucket: &str,
    ) -> impl Future<Output = Result<Option<(AccountId, ProjectId)>, StoreError>> + Send;
}

/// Most open sessions of a user. One more, and the user's oldest ends: so nobody is kept out, by others least of all.
pub const MOST_SESSIONS: usize = 20;

/// In how many milliseconds a user may open [`MOST_SESSIONS`] that stay open. An end by itself is told by a tick, which
/// serves all accounts: who opens sessions without end would keep back what others are to be told.
pub const SESSIONS_MS: i64 = MINUTE;

/// Whether the oldest of [`MOST_SESSIONS`] is too young to end for `new`.
pub(crate) fn is_too_often(oldest: &TokenRecord, new: &TokenRecord) -> bool {
    oldest.created > new.created.plus_millis(-SESSIONS_MS)
}

/// What became of opening a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// it is open
    Opened,
    /// the user was deleted meanwhile
    UserGone,
    /// the user has opened [`MOST_SESSIONS`] within [`SESSIONS_MS`], and none of them has ended
    TooOften,
}

/// Opens sessions and ends them.
pub trait Sessions: Send + Sync {
    /// Stores the session's token, if its user is still there. Where the user has [`MOST_SESSIONS`] open, the oldest of
    /// them end, for [`TooMany`](crate::EndReason::TooMany).
    fn open_session(
        &self,
        token: &TokenRecord,
    ) -> impl Future<Output = Result<Opening, StoreError>> + Send;

    /// Ends the session, and with it its token; `false` if it has ended already.
    fn close_session(
        &self,
        token: &TokenRecord,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Sessions that ended by themselves until `now` and are not forgotten, the oldest first, `most` at most, from
    /// `after` on.
    fn ended_sessions(
        &self,
        now: Instant,
        after: Option<&Position>,
        most: usize,
    ) -> impl Future<Output = Result<Due<EndedSession>, StoreError>> + Send;

    /// Drops what is known of a session that ended; to be called when the account's log has it.
    fn forget_session(
        &self,
        session: &EndedSession,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}
