//! Access keys. A user's item lists the user's keys, and apart from them the active ones, so that
//! the limit is a condition on one item.

use activity_log_core::account::AccountId;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::users::unknown_user;
use super::{Registrar, set_of, text};
use crate::dynamodb::change::{Alteration, Change, Outcome};
use crate::dynamodb::item::{Item, Reader};
use crate::dynamodb::schema::{ACCOUNT, ACTIVE_KEYS, CREATED, KEYS, Key, PK, SECRET, STATUS, USER};
use crate::error::RegistryError;
use crate::model::access_key::{AccessKey, AccessKeyId, KeyStatus, SecretKey};
use crate::model::user::UserName;
use crate::ports::Registry as _;
use crate::vault::{Purpose, Seal, Sealed};

impl<V: Seal> Registrar<V> {
    pub(super) async fn make_key(
        &self,
        key: &AccessKey,
        secret: &SecretKey,
    ) -> Result<(), RegistryError> {
        let purpose = Purpose::AccessKey {
            account: key.account,
            id: key.id.clone(),
        };
        let sealed = self
            .vault
            .seal(&purpose, secret.expose().as_bytes())
            .await?;
        let in_user = Alteration {
            update: "ADD #keys :one, #active_keys :one",
            condition: "attribute_exists(#pk) AND \
                        (attribute_not_exists(#active_keys) OR size(#active_keys) < :limit)",
            names: &[PK, KEYS, ACTIVE_KEYS],
            values: vec![(":one", set_of(&key.id)), (":limit", limit::<V>())],
        };
        let changes = vec![
            Change::Make(Key::access_key(&key.id), attributes(key, &sealed)),
            Change::Alter(Key::user(key.account, &key.user), in_user),
        ];
        let outcome = self.table.transact(changes).await?;
        match outcome {
            Outcome::Done => Ok(()),
            Outcome::Refused(_) if self.user_item(key.account, &key.user).await?.is_none() => {
                Err(unknown_user(key.account, &key.user))
            }
            Outcome::Refused(_) if outcome.refused_at(0) => {
                Err(RegistryError::AccessKeyExists(key.id.clone()))
            }
            Outcome::Refused(_) => Err(too_many_active_keys::<V>(key.account, &key.user)),
        }
    }

    pub(super) async fn set_status(
        &self,
        account: AccountId,
        user: &UserName,
        id: &AccessKeyId,
        status: KeyStatus,
    ) -> Result<(), RegistryError> {
        let in_key = Alteration {
            update: "SET #status = :status",
            condition: "#account = :account AND #user = :user",
            names: &[ACCOUNT, USER, STATUS],
            values: vec![
                (":account", text(&account)),
                (":user", text(&user)),
                (":status", text(&status)),
            ],
        };
        let in_user = match status {
            KeyStatus::Active => Alteration {
                update: "ADD #active_keys :one",
                condition: "attribute_exists(#pk) AND (attribute_not_exists(#active_keys) OR \
                            size(#active_keys) < :limit OR contains(#active_keys, :id))",
                names: &[PK, ACTIVE_KEYS],
                values: vec![
                    (":one", set_of(&id)),
                    (":id", text(&id)),
                    (":limit", limit::<V>()),
                ],
            },
            KeyStatus::Inactive => Alteration {
                update: "DELETE #active_keys :one",
                condition: "attribute_exists(#pk)",
                names: &[PK, ACTIVE_KEYS],
                values: vec![(":one", set_of(&id))],
            },
        };
        let changes = vec![
            Change::Alter(Key::access_key(id), in_key),
            Change::Alter(Key::user(account, user), in_user),
        ];
        let outcome = self.table.transact(changes).await?;
        match outcome {
            Outcome::Done => Ok(()),
            Outcome::Refused(_) if self.user_item(account, user).await?.is_none() => {
                Err(unknown_user(account, user))
            }
            Outcome::Refused(_) if outcome.refused_at(0) => Err(unknown_key(account, user, id)),
            Outcome::Refused(_) => Err(too_many_active_keys::<V>(account, user)),
        }
    }

    pub(super) async fn remove_key(
        &self,
        account: AccountId,
        user: &UserName,
        id: &AccessKeyId,
    ) -> Result<(), RegistryError> {
        let in_user = Alteration {
            update: "DELETE #keys :one, #active_keys :one",
            condition: "contains(#keys, :id)",
            names: &[KEYS, ACTIVE_KEYS],
            values: vec![(":one", set_of(id)), (":id", text(id))],
        };
        let changes = vec![
            Change::Alter(Key::user(account, user), in_user),
            Change::Delete(Key::access_key(id), None),
        ];
        match self.table.transact(changes).await? {
            Outcome::Done => Ok(()),
            Outcome::Refused(_) if self.user_item(account, user).await?.is_none() => {
                Err(unknown_user(account, user))
            }
            Outcome::Refused(_) => Err(unknown_key(account, user, id)),
        }
    }

    pub(super) async fn list_keys(
        &self,
        account: AccountId,
        user: &UserName,
    ) -> Result<Vec<AccessKey>, RegistryError> {
        let at = Key::user(account, user);
        let item = self.user_item(account, user).await?;
        let item = item.ok_or_else(|| unknown_user(account, user))?;
        let mut ids = Reader::new(&at, &item).key_ids()?;
        ids.sort();
        let keys: Vec<Key> = ids.iter().map(Key::access_key).collect();
        let items = self.table.get_all(&keys).await?;
        let mut found = Vec::with_capacity(ids.len());
        for ((id, key), item) in ids.into_iter().zip(&keys).zip(items) {
            let item = item.unwrap_or_default();
            found.push(Reader::new(key, &item).access_key(id)?);
        }
        Ok(found)
    }
}

fn attributes(key: &AccessKey, secret: &Sealed) -> Item {
    Item::from([
        (ACCOUNT.to_owned(), text(&key.account)),
        (USER.to_owned(), text(&key.user)),
        (STATUS.to_owned(), text(&key.status)),
        (CREATED.to_owned(), text(&key.created)),
        (
            SECRET.to_owned(),
            AttributeValue::B(Blob::new(secret.as_bytes())),
        ),
    ])
}

fn limit<V: Seal>() -> AttributeValue {
    AttributeValue::N(Registrar::<V>::MAX_ACTIVE_KEYS.to_string())
}

fn unknown_key(account: AccountId, user: &UserName, id: &AccessKeyId) -> RegistryError {
    RegistryError::UnknownAccessKey {
        account,
        user: user.clone(),
        key: id.clone(),
    }
}

fn too_many_active_keys<V: Seal>(account: AccountId, user: &UserName) -> RegistryError {
    RegistryError::TooManyActiveKeys {
        account,
        user: user.clone(),
        limit: Registrar::<V>::MAX_ACTIVE_KEYS,
    }
}
