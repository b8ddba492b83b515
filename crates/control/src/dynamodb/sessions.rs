//! Sessions: a token, and an entry among the sessions by when they end.
//!
//! The entry is there from the start, as if the session ended by timeout. Closing a session deletes it; ending it
//! otherwise moves it. So whoever looks for sessions that have ended reads the first entries of one partition, and an
//! end that nobody has told the account's log of yet is never lost.
//!
//! How many a user has open, [`open_sessions`](super::open_sessions) counts.

use activity_log_core::instant::{DAY, Instant};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::change::{ATTEMPTS, Change, Outcome};
use super::item::{Item, Reader, number, text};
use super::schema::{ACCESS_KEY, CREATED, EXPIRES, HASH, Key, REASON, SESSIONS, TTL, USER};
use super::table::{Table, pause};
use crate::error::StoreError;
use crate::model::due::{Due, Position};
use crate::model::session::{EndReason, EndedSession};
use crate::model::token::TokenRecord;
use crate::ports::{Opening, Sessions, is_too_often};

/// The sessions on the control table. It needs `dynamodb:GetItem` and `BatchGetItem` on tokens, `Query` on sessions, and
/// `PutItem`, `UpdateItem` and `DeleteItem` on both.
#[derive(Clone, Debug)]
pub struct SessionTable {
    pub(super) table: Table,
}

impl SessionTable {
    /// On this table. Makes no request.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let name = table.into();
        Self {
            table: Table { client, name },
        }
    }
}

impl Sessions for SessionTable {
    async fn open_session(&self, token: &TokenRecord) -> Result<Opening, StoreError> {
        for attempt in 1..=ATTEMPTS {
            let Some(open) = self.open_sessions(token).await? else {
                return Ok(Opening::UserGone);
            };
            if open.too_many().iter().any(|one| is_too_often(one, token)) {
                return Ok(Opening::TooOften);
            }
            let mut changes = vec![make_token(token), open.with(token)?];
            changes.extend(EndedSession::by_timeout(token).map(|end| make_end(&end)));
            for oldest in open.too_many() {
                changes.extend(end(oldest, EndReason::TooMany, token.created));
            }
            let outcome = self.table.transact(changes).await?;
            match outcome {
                Outcome::Done => return Ok(Opening::Opened),
                Outcome::Refused(_) if outcome.refused_at(0) => {
                    return Err(StoreError::Exists {
                        item: Key::token(token.account, &token.id).to_string(),
                    });
                }
                // The user opened or closed another meanwhile, or is gone.
                Outcome::Refused(_) => pause(attempt).await,
            }
        }
        Err(StoreError::Contended {
            item: Key::token_holder(token.account, &token.user).to_string(),
            attempts: ATTEMPTS,
        })
    }

    async fn close_session(&self, token: &TokenRecord) -> Result<bool, StoreError> {
        let Some(end) = EndedSession::by_timeout(token) else {
            return Ok(false);
        };
        let as_opened = Some((REASON, text(&end.reason)));
        let changes = vec![
            Change::Delete(Key::token(token.account, &token.id), None),
            Change::Delete(Key::session_end(&end), as_opened),
        ];
        Ok(matches!(self.table.transact(changes).await?, Outcome::Done))
    }

    async fn ended_sessions(
        &self,
        now: Instant,
        after: Option<&Position>,
        most: usize,
    ) -> Result<Due<EndedSession>, StoreError> {
        // Keys of what ends in this very millisecond go on after the time, and are larger than it.
        let end = Key::end(now.plus_millis(1));
        let (items, next) = self.table.page(SESSIONS, &end, after, most).await?;
        let read = items
            .iter()
            .map(|(key, item)| Reader::new(key, item).ended_session());
        Ok(Due::of(read, next))
    }

    async fn forget_session(&self, session: &EndedSession) -> Result<(), StoreError> {
        let token = Key::token(session.account, &session.id);
        self.table.delete(&token).await?;
        self.table.delete(&Key::session_end(session)).await
    }
}

/// What stores a token; there must be none of its id. One that has expired stays a day, and a session's until its end
/// is told, so that its use shows in the log as what it is.
pub(super) fn make_token(token: &TokenRecord) -> Change {
    let hash = AttributeValue::B(Blob::new(token.hash.0));
    let mut item = Item::from([
        (USER.to_owned(), text(&token.user)),
        (HASH.to_owned(), hash),
        (CREATED.to_owned(), text(&token.created)),
        (EXPIRES.to_owned(), text(&token.expires)),
        (
            TTL.to_owned(),
            number(token.expires.plus_millis(DAY).seconds()),
        ),
    ]);
    if let Some(session) = &token.session {
        item.insert(ACCESS_KEY.to_owned(), text(&session.access_key_id));
    }
    Change::Make(Key::token(token.account, &token.id), item)
}

/// What enters a session's end.
pub(super) fn make_end(end: &EndedSession) -> Change {
    let item = Item::from([
        (USER.to_owned(), text(&end.user)),
        (ACCESS_KEY.to_owned(), text(&end.access_key_id)),
        (EXPIRES.to_owned(), text(&end.ended)),
        (REASON.to_owned(), text(&end.reason)),
    ]);
    Change::Put(Key::session_end(end), item)
}

/// What deletes the token; a session that has not ended by `now` ends then, for this reason.
pub(super) fn end(token: &TokenRecord, reason: EndReason, now: Instant) -> Vec<Change> {
    let mut changes = vec![Change::Delete(Key::token(token.account, &token.id), None)];
    if token.expires > now
        && let Some(end) = EndedSession::of(token, now, reason)
        && let Some(timeout) = EndedSession::by_timeout(token)
    {
        // Closed since it was read: then there is no end to tell, and no token either.
        let as_opened = Some((REASON, text(&timeout.reason)));
        changes.push(Change::Delete(Key::session_end(&timeout), as_opened));
        changes.push(make_end(&end));
    }
    changes
}
