//! `NextToken`: a position in one account's answer to one query, sealed for one operation.

use activity_log_control::{Account, CursorKeys};
use activity_log_core::cursor::{self, CursorKey, InvalidCursor};
use activity_log_core::instant::Instant;
use activity_log_core::page::Position;
use activity_log_core::query::Query;

use crate::denial;
use crate::error::{ApiError, Code};

/// Seals and opens an operation's tokens for one call. The account's key is opened only if there is
/// a token to seal or open.
#[derive(Debug)]
pub struct Tokens<'a, K> {
    /// opens the account's key
    pub keys: &'a K,
    /// whose tokens
    pub account: &'a Account,
    /// the operation: no other's token opens here
    pub scope: &'static str,
    /// the time of the request
    pub now: Instant,
}

impl<K: CursorKeys> Tokens<'_, K> {
    /// The token that goes on after `position`.
    pub async fn seal(&self, query: &Query, position: &Position) -> Result<String, ApiError> {
        let key = self.key().await?;
        Ok(cursor::seal(
            &key,
            self.scope,
            self.account.id,
            query,
            position,
            self.now,
        ))
    }

    /// The position in a token that was given for the same query.
    pub async fn open(&self, query: &Query, token: &str) -> Result<Position, ApiError> {
        let key = self.key().await?;
        cursor::open(&key, self.scope, self.account.id, query, token, self.now).map_err(refusal)
    }

    async fn key(&self) -> Result<CursorKey, ApiError> {
        self.keys
            .cursor_key(self.account)
            .await
            .map_err(denial::unavailable)
    }
}

/// What the client hears of a bad token.
pub fn refusal(reason: InvalidCursor) -> ApiError {
    let message = match reason {
        InvalidCursor::Forged => {
            "NextToken is not valid: it must be sent as it was given, with the same parameters as before"
        }
        InvalidCursor::Expired => {
            "NextToken has expired: a token lives for 1 hour; start again without it"
        }
    };
    ApiError::new(Code::INVALID_NEXT_TOKEN, message)
}

/// Refuses a `NextToken` where the model reserves it for the future: there is never a second page.
pub fn refuse_reserved(token: Option<&str>) -> Result<(), ApiError> {
    token.map_or(Ok(()), |_| {
        Err(ApiError::new(
            Code::client("InvalidTokenException"),
            "NextToken is not valid: the answer is complete without one",
        ))
    })
}
