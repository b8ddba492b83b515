//! Users and their permissions.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

use super::projects::{unknown_project, used};
use super::{Registrar, set_of, text};
use crate::dynamodb::change::{Alteration, Change, Outcome, Presence};
use crate::dynamodb::item::{Item, Reader};
use crate::dynamodb::schema::{CREATED, Key, PERMISSIONS, PK, USER};
use crate::error::{RegistryError, StoreError};
use crate::model::grant::{Grant, Grants};
use crate::model::session::EndReason;
use crate::model::user::{User, UserName};
use crate::vault::Seal;

impl<V: Seal> Registrar<V> {
    pub(super) async fn make_user(
        &self,
        account: AccountId,
        name: &UserName,
        now: Instant,
    ) -> Result<User, RegistryError> {
        let changes = vec![
            Change::Make(Key::user(account, name), attributes(now)),
            Change::Expect(Key::account(account), Presence::Present),
            Change::Put(Key::token_holder(account, name), Item::new()),
        ];
        let outcome = self.table.transact(changes).await?;
        match outcome {
            Outcome::Done => Ok(User {
                account,
                name: name.clone(),
                grants: Grants::new(),
                created: now,
            }),
            Outcome::Refused(_) if outcome.refused_at(1) => {
                Err(RegistryError::UnknownAccount(account))
            }
            Outcome::Refused(_) => Err(RegistryError::UserExists {
                account,
                user: name.clone(),
            }),
        }
    }

    /// In a project only while that is there: its revision rises, so that it is not deleted at the same time.
    pub(super) async fn give(
        &self,
        account: AccountId,
        name: &UserName,
        grant: &Grant,
    ) -> Result<User, RegistryError> {
        let given = changed_grants("ADD #permissions :grant", grant);
        let mut changes = vec![Change::Alter(Key::user(account, name), given)];
        if let Some(project) = grant.project() {
            self.expect_project(account, project).await?;
            changes.extend(used(account, project));
        }
        let outcome = self.table.transact(changes).await?;
        match (outcome, grant.project()) {
            (Outcome::Done, _) => self.user(account, name).await,
            (refused, Some(project)) if refused.refused_at(1) => {
                Err(unknown_project(account, project))
            }
            (Outcome::Refused(_), _) => Err(unknown_user(account, name)),
        }
    }

    pub(super) async fn take(
        &self,
        account: AccountId,
        name: &UserName,
        grant: &Grant,
    ) -> Result<User, RegistryError> {
        let key = Key::user(account, name);
        let taken = changed_grants("DELETE #permissions :grant", grant);
        let item = self.table.alter(&key, &taken).await?;
        let item = item.ok_or_else(|| unknown_user(account, name))?;
        Ok(Reader::new(&key, &item).user(account, name.clone())?)
    }

    async fn user(&self, account: AccountId, name: &UserName) -> Result<User, RegistryError> {
        let item = self.user_item(account, name).await?;
        let item = item.ok_or_else(|| unknown_user(account, name))?;
        let key = Key::user(account, name);
        Ok(Reader::new(&key, &item).user(account, name.clone())?)
    }

    pub(super) async fn list_users(&self, account: AccountId) -> Result<Vec<User>, RegistryError> {
        let (partition, prefix) = Key::users_of(account);
        let items = self.table.items(&partition, prefix).await?;
        if items.is_empty() {
            // The system user is never deleted.
            return Err(RegistryError::UnknownAccount(account));
        }
        let read = |(key, item): &(Key, Item)| {
            let reader = Reader::new(key, item);
            let name = key.sk.strip_prefix(prefix);
            let name = name.and_then(|name| name.parse().ok());
            Ok(reader.user(account, name.ok_or_else(|| reader.malformed(USER))?)?)
        };
        items.iter().map(read).collect()
    }

    /// Keys first, so that no session is opened any more; then the sessions, then the user, and what was opened in
    /// between: nobody who is made later under that name has anything of this one's. Whatever is cut short before the
    /// user is gone, the same command goes on.
    pub(super) async fn remove_user(
        &self,
        account: AccountId,
        name: &UserName,
        now: Instant,
    ) -> Result<(), RegistryError> {
        if name.is_system() {
            return Err(RegistryError::SystemUser {
                account,
                user: name.clone(),
            });
        }
        let at = Key::user(account, name);
        let item = self.user_item(account, name).await?;
        let item = item.ok_or_else(|| unknown_user(account, name))?;
        let keys = Reader::new(&at, &item).key_ids()?;
        for key in keys {
            self.table.delete(&Key::access_key(&key)).await?;
        }
        self.end_all(account, name, now).await?;
        let gone = vec![
            Change::Delete(at, None),
            Change::Delete(Key::token_holder(account, name), None),
        ];
        self.table.transact(gone).await?;
        self.end_all(account, name, now).await
    }

    async fn end_all(
        &self,
        account: AccountId,
        name: &UserName,
        now: Instant,
    ) -> Result<(), RegistryError> {
        for token in self.list_tokens(account).await? {
            if token.user == *name {
                self.end(&token, EndReason::UserDeleted, now).await?;
            }
        }
        Ok(())
    }

    /// The user's item.
    pub(super) async fn user_item(
        &self,
        account: AccountId,
        name: &UserName,
    ) -> Result<Option<Item>, StoreError> {
        self.table.get(&Key::user(account, name)).await
    }
}

fn changed_grants(update: &'static str, grant: &Grant) -> Alteration {
    Alteration {
        update,
        condition: "attribute_exists(#pk)",
        names: &[PK, PERMISSIONS],
        values: vec![(":grant", set_of(grant))],
    }
}

/// What a new user's item has.
pub(super) fn attributes(created: Instant) -> Item {
    Item::from([(CREATED.to_owned(), text(&created))])
}

pub(super) fn unknown_user(account: AccountId, name: &UserName) -> RegistryError {
    RegistryError::UnknownUser {
        account,
        user: name.clone(),
    }
}
