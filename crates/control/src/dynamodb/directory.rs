//! What the functions read.

use std::collections::{BTreeMap, BTreeSet};

use activity_log_core::account::AccountId;
use activity_log_core::cursor::CursorKey;
use aws_sdk_dynamodb::Client;

use super::item::{Item, Reader};
use super::schema::{ACCOUNTS, Key, PROJECT};
use super::table::Table;
use crate::error::StoreError;
use crate::model::access_key::{AccessKeyId, Credential, SecretKey};
use crate::model::account::Account;
use crate::model::project::ProjectId;
use crate::model::token::{TokenCredential, TokenId};
use crate::ports::{
    AccessKeys, AccountList, Accounts, CursorKeys, Projects, Received, Sources, Tokens,
};
use crate::vault::{Purpose, Sealed, Unseal};

/// The reading ports over the control table and a vault. It needs `dynamodb:GetItem`,
/// `dynamodb:BatchGetItem` and `kms:Decrypt`, and can write nothing.
#[derive(Debug)]
pub struct Directory<V> {
    table: Table,
    vault: V,
}

impl<V: Unseal> Directory<V> {
    /// Over this table; `vault` opens the secrets in it.
    pub fn new(client: Client, table: impl Into<String>, vault: V) -> Self {
        let name = table.into();
        Self {
            table: Table { client, name },
            vault,
        }
    }

    async fn secret(
        &self,
        account: AccountId,
        id: &AccessKeyId,
        sealed: &Sealed,
    ) -> Result<SecretKey, StoreError> {
        let id = id.clone();
        let malformed = StoreError::Malformed {
            item: Key::access_key(&id).to_string(),
            attribute: "secret",
        };
        let secret = self
            .vault
            .unseal(&Purpose::AccessKey { account, id }, sealed)
            .await?;
        let text = String::from_utf8(secret).ok();
        text.and_then(|text| text.parse().ok()).ok_or(malformed)
    }
}

impl<V: Unseal> AccessKeys for Directory<V> {
    /// Two round trips: the key, then user and account together, while KMS opens the secret if it
    /// is not remembered. A key that does not exist costs the same two: how long the answer takes
    /// does not tell an inactive key from none.
    async fn access_key(&self, id: &AccessKeyId) -> Result<Option<Credential>, StoreError> {
        let at = Key::access_key(id);
        let Some(item) = self.table.get(&at).await? else {
            self.table.get_all(&Key::nobodys()).await?;
            return Ok(None);
        };
        let reader = Reader::new(&at, &item);
        let key = reader.access_key(id.clone())?;
        let sealed = reader.secret()?;

        let keys = [Key::user(key.account, &key.user), Key::account(key.account)];
        let (items, secret) = tokio::try_join!(
            self.table.get_all(&keys),
            self.secret(key.account, id, &sealed)
        )?;
        let [Some(user), Some(account)] = items.as_slice() else {
            // A key whose user or account is gone is no key.
            return Ok(None);
        };
        Ok(Some(Credential {
            user: Reader::new(&keys[0], user).user(key.account, key.user.clone())?,
            account: Reader::new(&keys[1], account).account(key.account)?,
            key,
            secret,
        }))
    }
}

impl<V: Unseal> Tokens for Directory<V> {
    /// Two round trips, whether there is such a token or not. A session is good while the key it was opened with is.
    async fn token(
        &self,
        account: AccountId,
        id: &TokenId,
    ) -> Result<Option<TokenCredential>, StoreError> {
        let at = Key::token(account, id);
        let Some(item) = self.table.get(&at).await? else {
            self.table.get_all(&Key::nobodys()).await?;
            return Ok(None);
        };
        let token = Reader::new(&at, &item).token(account, id.clone())?;
        let mut keys = vec![Key::user(account, &token.user), Key::account(account)];
        keys.extend(
            token
                .session
                .iter()
                .map(|session| Key::access_key(&session.access_key_id)),
        );
        let items = self.table.get_all(&keys).await?;
        let [Some(user), Some(found), opened_with @ ..] = items.as_slice() else {
            // A token whose user or account is gone is no token.
            return Ok(None);
        };
        if let (Some(session), [key]) = (&token.session, opened_with) {
            let id = &session.access_key_id;
            let key = key
                .as_ref()
                .map(|item| Reader::new(&keys[2], item).access_key(id.clone()));
            if !key
                .transpose()?
                .is_some_and(|key| key.opens_sessions_of(account, &token.user))
            {
                return Ok(None);
            }
        }
        Ok(Some(TokenCredential {
            user: Reader::new(&keys[0], user).user(account, token.user.clone())?,
            account: Reader::new(&keys[1], found).account(account)?,
            token,
        }))
    }
}

impl<V: Unseal> Projects for Directory<V> {
    async fn has_project(
        &self,
        account: AccountId,
        project: &ProjectId,
    ) -> Result<bool, StoreError> {
        self.table.has_project(account, project).await
    }

    async fn bucket_project(
        &self,
        bucket: &str,
    ) -> Result<Option<(AccountId, ProjectId)>, StoreError> {
        let key = Key::bucket(bucket);
        let Some(item) = self.table.get(&key).await? else {
            return Ok(None);
        };
        let reader = Reader::new(&key, &item);
        Ok(Some((reader.owner()?, reader.parsed(PROJECT)?)))
    }
}

impl<V: Unseal> Accounts for Directory<V> {
    async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.table.account(id).await
    }
}

impl<V: Unseal> AccountList for Directory<V> {
    async fn account_ids(&self) -> Result<Vec<AccountId>, StoreError> {
        let listed = self.table.sort_keys(ACCOUNTS).await?;
        let read = |sort: &String| {
            sort.parse().map_err(|_| StoreError::Malformed {
                item: format!("{ACCOUNTS}/{sort}"),
                attribute: "sk",
            })
        };
        listed.iter().map(read).collect()
    }
}

impl<V: Unseal> CursorKeys for Directory<V> {
    async fn cursor_key(&self, account: &Account) -> Result<CursorKey, StoreError> {
        let purpose = Purpose::Cursor {
            account: account.id,
        };
        let key = self.vault.unseal(&purpose, &account.cursor_key).await?;
        let key = key.try_into().map_err(|_| StoreError::Malformed {
            item: Key::account(account.id).to_string(),
            attribute: "cursor_key",
        })?;
        Ok(CursorKey::new(key))
    }
}

impl<V: Unseal> Sources for Directory<V> {
    /// Two round trips for up to fifty: accounts and links together, then the accounts linked to.
    async fn receivers(&self, aws_accounts: &[AccountId]) -> Result<Vec<Received>, StoreError> {
        let keys: Vec<Key> = aws_accounts
            .iter()
            .flat_map(|aws| [Key::account(*aws), Key::source(*aws)])
            .collect();
        let items = self.table.get_all(&keys).await?;
        let mut received: Vec<Received> = Vec::with_capacity(aws_accounts.len());
        let mut linked = Vec::new();
        for (at, aws) in aws_accounts.iter().enumerate() {
            let one = match (&items[2 * at], &items[2 * at + 1]) {
                (Some(account), _) => Reader::new(&keys[2 * at], account).account(*aws).map(Some),
                (None, Some(link)) => {
                    let owner = Reader::new(&keys[2 * at + 1], link).owner();
                    owner.map(|owner| {
                        linked.push((at, owner));
                        None
                    })
                }
                (None, None) => Ok(None),
            };
            received.push(one);
        }
        for (at, account) in self.owners(&linked).await? {
            received[at] = account;
        }
        Ok(received)
    }
}

impl<V: Unseal> Directory<V> {
    /// The accounts that others are linked to, each in the place it was asked for.
    async fn owners(
        &self,
        linked: &[(usize, AccountId)],
    ) -> Result<Vec<(usize, Received)>, StoreError> {
        // A batch names no key twice.
        let owners: BTreeSet<AccountId> = linked.iter().map(|(_, owner)| *owner).collect();
        let keys: Vec<Key> = owners.iter().map(|owner| Key::account(*owner)).collect();
        let items = self.table.get_all(&keys).await?;
        let found: BTreeMap<AccountId, (&Key, &Item)> = owners
            .into_iter()
            .zip(keys.iter().zip(&items))
            .filter_map(|(owner, (key, item))| Some((owner, (key, item.as_ref()?))))
            .collect();
        let read = |owner: &AccountId| {
            let found = found.get(owner);
            found
                .map(|(key, item)| Reader::new(key, item).account(*owner))
                .transpose()
        };
        Ok(linked
            .iter()
            .map(|(at, owner)| (*at, read(owner)))
            .collect())
    }
}
