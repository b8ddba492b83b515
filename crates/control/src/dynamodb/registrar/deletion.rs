//! An account's end.
//!
//! First one transaction: the account's item and its place on the list go, and an item that says so comes. From then on
//! every key and token of it is good for nothing, as none opens without the account, and nobody makes anything new in
//! it. Then all the rest goes, and at last the item says that nothing is left. Whatever is cut short in between, the same
//! command goes on. That item stays: an id is not given again, as events of the account may be stored for years.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::plugins::Plugin;
use activity_log_core::reports::Report;

use super::{Registrar, text};
use crate::dynamodb::TrailTable;
use crate::dynamodb::change::{Alteration, Change, Outcome};
use crate::dynamodb::item::{Item, Reader};
use crate::dynamodb::schema::{ACCOUNT, CREATED, Key, NAME, PK, STATUS};
use crate::error::{RegistryError, StoreError};
use crate::model::account::{Account, AccountName};
use crate::model::document::Document;
use crate::model::session::EndReason;
use crate::model::user::UserName;
use crate::ports::{Accounts as _, DeletedAccount, TrailReader as _, TrailWriter as _};
use crate::vault::Seal;

/// What the item that stays says while something is left, and afterwards.
const DELETING: &str = "deleting";
const DELETED: &str = "deleted";

impl<V: Seal> Registrar<V> {
    pub(super) async fn remove_account(
        &self,
        id: AccountId,
        even_if_logging: bool,
        now: Instant,
    ) -> Result<DeletedAccount, RegistryError> {
        let name = if let Some(account) = self.account(id).await? {
            self.begin_deletion(account, even_if_logging, now).await?
        } else {
            let begun = self.begun_deletion(id).await?;
            begun.ok_or(RegistryError::UnknownAccount(id))?
        };
        let deleted = self.clear(id, name, now).await?;
        let done = Alteration {
            update: "SET #status = :status",
            condition: "attribute_exists(#pk)",
            names: &[PK, STATUS],
            values: vec![(":status", text(&DELETED))],
        };
        self.table.change(&Key::deleted_account(id), &done).await?;
        Ok(deleted)
    }

    /// The account's name, if its deletion was begun and did not come to its end.
    pub(super) async fn begun_deletion(
        &self,
        id: AccountId,
    ) -> Result<Option<AccountName>, StoreError> {
        let key = Key::deleted_account(id);
        let item = self.table.get(&key).await?.unwrap_or_default();
        let read = Reader::new(&key, &item);
        if item.is_empty() || read.text(STATUS)? != DELETING {
            return Ok(None);
        }
        read.parsed(NAME).map(Some)
    }

    async fn begin_deletion(
        &self,
        account: Account,
        even_if_logging: bool,
        now: Instant,
    ) -> Result<AccountName, RegistryError> {
        let id = account.id;
        if !even_if_logging {
            let mut trails = self.trails().trails(id).await?;
            trails.retain(|trail| trail.logging.is_on());
            if !trails.is_empty() {
                return Err(RegistryError::TrailsLogging {
                    account: id,
                    trails: trails.into_iter().map(|trail| trail.name).collect(),
                });
            }
        }
        let stays = Item::from([
            (NAME.to_owned(), text(&account.name)),
            (CREATED.to_owned(), text(&now)),
            (STATUS.to_owned(), text(&DELETING)),
        ]);
        // The name is the same as it was read, or the whole of it is tried again by hand.
        let as_read = Some((NAME, text(&account.name)));
        let changes = vec![
            Change::Delete(Key::account(id), as_read),
            Change::Delete(Key::listed_account(id), None),
            Change::Make(Key::deleted_account(id), stays),
        ];
        match self.table.transact(changes).await? {
            Outcome::Done => Ok(account.name),
            Outcome::Refused(_) => Err(RegistryError::UnknownAccount(id)),
        }
    }

    /// Deletes all that is left of the account.
    async fn clear(
        &self,
        id: AccountId,
        name: AccountName,
        now: Instant,
    ) -> Result<DeletedAccount, RegistryError> {
        let access_keys = self.clear_keys(id).await?;
        let tokens = self.clear_tokens(id, now).await?;
        let trails = self.clear_trails(id).await?;
        let reports = self.clear_documents::<Report>(id).await?;
        let plugins = self.clear_documents::<Plugin>(id).await?;
        self.clear_names(id).await?;
        let users = self.clear_users(id).await?;
        // Who was let in before the account was gone may have opened a session until its user was.
        self.clear_tokens(id, now).await?;
        Ok(DeletedAccount {
            name,
            users,
            access_keys,
            tokens,
            trails,
            reports,
            plugins,
        })
    }

    async fn clear_keys(&self, id: AccountId) -> Result<usize, StoreError> {
        let (partition, prefix) = Key::users_of(id);
        let mut keys = Vec::new();
        for (at, item) in self.table.items(&partition, prefix).await? {
            let ids = Reader::new(&at, &item).key_ids()?;
            keys.extend(ids.iter().map(Key::access_key));
        }
        self.delete_each(&keys).await?;
        Ok(keys.len())
    }

    /// A session ends with its token. Nobody is told of it: there is no log.
    async fn clear_tokens(&self, id: AccountId, now: Instant) -> Result<usize, StoreError> {
        let tokens = self.list_tokens(id).await?;
        for token in &tokens {
            self.end(token, EndReason::UserDeleted, now).await?;
        }
        Ok(tokens.len())
    }

    /// As when each is deleted by itself: what the archiver keeps of them is left to its job.
    async fn clear_trails(&self, id: AccountId) -> Result<usize, StoreError> {
        let table = self.trails();
        let trails = table.trails(id).await?;
        for trail in &trails {
            table.delete_trail(trail).await?;
        }
        self.table.delete(&Key::trail_names(id)).await?;
        Ok(trails.len())
    }

    async fn clear_documents<D: Document>(&self, id: AccountId) -> Result<usize, StoreError> {
        let (partition, prefix) = Key::documents_of::<D>(id);
        let keys = self.keys_of(&partition).await?;
        self.delete_each(&keys).await?;
        let documents = keys.iter().filter(|key| key.sk.starts_with(&prefix));
        Ok(documents.count())
    }

    /// Projects, and what says of buckets and AWS accounts that they are this account's.
    async fn clear_names(&self, id: AccountId) -> Result<(), StoreError> {
        let (partition, buckets) = Key::buckets_of(id);
        let (_, sources) = Key::sources_of(id);
        let (_, projects) = Key::projects_of(id);
        for key in self.keys_of(&partition).await? {
            let named = if let Some(bucket) = key.sk.strip_prefix(buckets) {
                Key::bucket(bucket)
            } else if let Some(source) = key.sk.strip_prefix(sources) {
                let source = source.parse().map_err(|_| StoreError::Malformed {
                    item: key.to_string(),
                    attribute: "sk",
                })?;
                Key::source(source)
            } else {
                if key.sk.starts_with(projects) {
                    self.table.delete(&key).await?;
                }
                continue;
            };
            // Where it is gone already, or another's by now, only the mention goes.
            let only = Some((ACCOUNT, text(&id)));
            self.table
                .transact(vec![Change::Delete(named, only)])
                .await?;
            self.table.delete(&key).await?;
        }
        Ok(())
    }

    async fn clear_users(&self, id: AccountId) -> Result<usize, StoreError> {
        let (partition, prefix) = Key::users_of(id);
        let mut users = self.keys_of(&partition).await?;
        users.retain(|key| key.sk.starts_with(prefix));
        for key in &users {
            let name: UserName =
                key.sk[prefix.len()..]
                    .parse()
                    .map_err(|_| StoreError::Malformed {
                        item: key.to_string(),
                        attribute: "sk",
                    })?;
            let gone = vec![
                Change::Delete(key.clone(), None),
                Change::Delete(Key::token_holder(id, &name), None),
            ];
            self.table.transact(gone).await?;
        }
        Ok(users.len())
    }

    /// One by one: there are few, and so it takes no right that the operator has not.
    async fn delete_each(&self, keys: &[Key]) -> Result<(), StoreError> {
        for key in keys {
            self.table.delete(key).await?;
        }
        Ok(())
    }

    async fn keys_of(&self, partition: &str) -> Result<Vec<Key>, StoreError> {
        let sort_keys = self.table.sort_keys(partition).await?;
        let pk = partition.to_owned();
        Ok(sort_keys
            .into_iter()
            .map(|sk| Key { pk: pk.clone(), sk })
            .collect())
    }

    fn trails(&self) -> TrailTable {
        TrailTable::over(self.table.clone())
    }
}
