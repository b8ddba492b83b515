//! Sessions: a token, and an entry among the sessions by when they end.
//!
//! The entry is there from the start, as if the session ended by timeout. Closing a session deletes it; ending it
//! otherwise moves it. So whoever looks for sessions that have ended reads the first entries of one partition, and an
//! end that nobody has told the account's log of yet is never lost.

use activity_log_core::account::AccountId;
use activity_log_core::instant::{DAY, Instant};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Select};

use super::change::{Change, Outcome, Presence};
use super::item::{Item, Reader, number, text};
use super::schema::{ACCESS_KEY, CREATED, EXPIRES, HASH, Key, PK, REASON, SESSIONS, SK, TTL, USER};
use super::table::Table;
use crate::error::StoreError;
use crate::model::session::EndedSession;
use crate::model::token::TokenRecord;
use crate::ports::{MOST_TOKENS, Opening, Sessions};

/// The sessions on the control table. It needs `dynamodb:Query`, `PutItem`, `DeleteItem` and
/// `ConditionCheckItem` on tokens and sessions.
#[derive(Clone, Debug)]
pub struct SessionTable {
    table: Table,
}

impl SessionTable {
    /// On this table. Makes no request.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let name = table.into();
        Self {
            table: Table { client, name },
        }
    }

    /// How many tokens the account has, those that have just expired included; counted to the cap only.
    async fn tokens(&self, account: AccountId) -> Result<usize, StoreError> {
        let (partition, prefix) = Key::tokens_of(account);
        let answer = self
            .table
            .client
            .query()
            .table_name(&self.table.name)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", AttributeValue::S(partition))
            .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
            .select(Select::Count)
            .limit(i32::try_from(MOST_TOKENS).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| self.table.failed("Query", error))?;
        Ok(usize::try_from(answer.count).unwrap_or(0))
    }
}

impl Sessions for SessionTable {
    async fn open_session(&self, token: &TokenRecord) -> Result<Opening, StoreError> {
        if self.tokens(token.account).await? >= MOST_TOKENS {
            return Ok(Opening::TooMany);
        }
        let mut changes = vec![
            make_token(token),
            Change::Expect(
                Key::token_holder(token.account, &token.user),
                Presence::Present,
            ),
        ];
        changes.extend(EndedSession::by_timeout(token).map(|end| make_end(&end)));
        let outcome = self.table.transact(changes).await?;
        match outcome {
            Outcome::Done => Ok(Opening::Opened),
            Outcome::Refused(_) if outcome.refused_at(1) => Ok(Opening::UserGone),
            Outcome::Refused(_) => Err(StoreError::Exists {
                item: Key::token(token.account, &token.id).to_string(),
            }),
        }
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
        most: usize,
    ) -> Result<Vec<EndedSession>, StoreError> {
        let answer = self
            .table
            .client
            .query()
            .table_name(&self.table.name)
            .key_condition_expression("#pk = :pk AND #sk < :sk")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", AttributeValue::S(SESSIONS.to_owned()))
            // Keys of what ends in this very millisecond go on after the time, and are larger than it.
            .expression_attribute_values(":sk", AttributeValue::S(Key::end(now.plus_millis(1))))
            .consistent_read(true)
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| self.table.failed("Query", error))?;
        let items = answer.items.unwrap_or_default();
        items.iter().map(ended).collect()
    }

    async fn forget_session(&self, session: &EndedSession) -> Result<(), StoreError> {
        let token = Key::token(session.account, &session.id);
        self.table.delete(&token).await?;
        self.table.delete(&Key::session_end(session)).await
    }
}

fn ended(item: &Item) -> Result<EndedSession, StoreError> {
    let sk = match item.get(SK) {
        Some(AttributeValue::S(sk)) => sk.clone(),
        _ => String::new(),
    };
    let pk = SESSIONS.to_owned();
    Reader::new(&Key { pk, sk }, item).ended_session()
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
