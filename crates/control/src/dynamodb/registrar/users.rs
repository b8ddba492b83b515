//! Users and their permissions.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

use super::{Registrar, set_of, text};
use crate::dynamodb::change::{Alteration, Change, Outcome, Presence};
use crate::dynamodb::item::{Item, Reader};
use crate::dynamodb::schema::{CREATED, Key, PERMISSIONS, PK};
use crate::error::{RegistryError, StoreError};
use crate::model::user::{Permission, Permissions, User, UserName};
use crate::vault::Seal;

impl<V: Seal> Registrar<V> {
    pub(super) async fn make_user(
        &self,
        account: AccountId,
        name: &UserName,
        now: Instant,
    ) -> Result<User, RegistryError> {
        let item = Item::from([(CREATED.to_owned(), text(&now))]);
        let changes = vec![
            Change::Make(Key::user(account, name), item),
            Change::Expect(Key::account(account), Presence::Present),
        ];
        let outcome = self.table.transact(changes).await?;
        match outcome {
            Outcome::Done => Ok(User {
                account,
                name: name.clone(),
                permissions: Permissions::new(),
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

    pub(super) async fn permit(
        &self,
        account: AccountId,
        name: &UserName,
        permission: Permission,
        update: &'static str,
    ) -> Result<User, RegistryError> {
        let key = Key::user(account, name);
        let alteration = Alteration {
            update,
            condition: "attribute_exists(#pk)",
            names: &[PK, PERMISSIONS],
            values: vec![(":permission", set_of(&permission))],
        };
        let item = self.table.alter(&key, &alteration).await?;
        let item = item.ok_or_else(|| unknown_user(account, name))?;
        Ok(Reader::new(&key, &item).user(account, name.clone())?)
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

pub(super) fn unknown_user(account: AccountId, name: &UserName) -> RegistryError {
    RegistryError::UnknownUser {
        account,
        user: name.clone(),
    }
}
