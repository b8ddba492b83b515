//! Tokens, issued and revoked.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

use super::Registrar;
use super::users::unknown_user;
use crate::dynamodb::change::{Change, Outcome, Presence};
use crate::dynamodb::item::Reader;
use crate::dynamodb::schema::{ID, Key};
use crate::dynamodb::sessions::{end, make_token};
use crate::error::{RegistryError, StoreError};
use crate::model::session::EndReason;
use crate::model::token::{TokenId, TokenRecord};
use crate::vault::Seal;

impl<V: Seal> Registrar<V> {
    pub(super) async fn issue(&self, token: &TokenRecord) -> Result<(), RegistryError> {
        let changes = vec![
            make_token(token),
            Change::Expect(Key::user(token.account, &token.user), Presence::Present),
        ];
        let outcome = self.table.transact(changes).await?;
        match outcome {
            Outcome::Done => Ok(()),
            Outcome::Refused(_) if outcome.refused_at(1) => {
                Err(unknown_user(token.account, &token.user))
            }
            Outcome::Refused(_) => Err(RegistryError::Store(StoreError::Exists {
                item: Key::token(token.account, &token.id).to_string(),
            })),
        }
    }

    pub(super) async fn list_tokens(
        &self,
        account: AccountId,
    ) -> Result<Vec<TokenRecord>, StoreError> {
        let (partition, prefix) = Key::tokens_of(account);
        let items = self.table.items(&partition, prefix).await?;
        let read = |(key, item): &(Key, _)| {
            let reader = Reader::new(key, item);
            let id = key.sk.strip_prefix(prefix).and_then(|id| id.parse().ok());
            reader.token(account, id.ok_or_else(|| reader.malformed(ID))?)
        };
        items.iter().map(read).collect()
    }

    pub(super) async fn withdraw(
        &self,
        account: AccountId,
        id: &TokenId,
        now: Instant,
    ) -> Result<(), RegistryError> {
        let key = Key::token(account, id);
        let item = self.table.get(&key).await?;
        let item = item.ok_or_else(|| RegistryError::UnknownToken {
            account,
            token: id.clone(),
        })?;
        let token = Reader::new(&key, &item).token(account, id.clone())?;
        Ok(self.end(&token, EndReason::Revoked, now).await?)
    }

    /// Deletes the token; a session that has not ended yet ends now, for this reason.
    pub(super) async fn end(
        &self,
        token: &TokenRecord,
        reason: EndReason,
        now: Instant,
    ) -> Result<(), StoreError> {
        let changes = end(token, reason, now);
        self.table.transact(changes).await.map(|_| ())
    }
}
