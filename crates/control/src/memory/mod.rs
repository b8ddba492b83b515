//! The control table in memory: for tests, of this crate and of those that stand on it.
//!
//! Secrets of access keys and cursors are "sealed" by not being sealed at all; as a vault, the table gives out
//! handles that open only for their purpose.

mod access;
mod deletion;
mod documents;
mod outbox;
mod plugins;
mod projects;
mod rates;
mod registry;
mod reports;
mod trails;
mod unproven;
mod usage;
mod vault;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use activity_log_core::account::AccountId;
use activity_log_core::cursor::CursorKey;
use activity_log_core::instant::Instant;
use activity_log_core::plugins::Plugin;
use activity_log_core::reports::Report;

use crate::error::{RegistryError, StoreError};
use crate::model::access_key::{AccessKey, AccessKeyId, Credential, KeyStatus, SecretKey};
use crate::model::account::Account;
use crate::model::grant::Grants;
use crate::model::outbox::OutboxEntry;
use crate::model::rate::Rate;
use crate::model::usage::{Day, UsageCount};
use crate::model::user::{User, UserName};
use crate::ports::{
    AccessKeys, AccountList, Accounts, CursorKeys, Received, Registry as _, Sources,
};
use crate::vault::Purpose;

/// All ports over shared memory; a clone sees the same.
#[derive(Clone, Debug, Default)]
pub struct InMemory(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    accounts: BTreeMap<AccountId, Account>,
    deleted: BTreeSet<AccountId>,
    users: BTreeMap<(AccountId, UserName), User>,
    keys: BTreeMap<AccessKeyId, (AccessKey, SecretKey)>,
    sources: BTreeMap<AccountId, AccountId>,
    access: access::Access,
    assigned: projects::Assigned,
    unproven: unproven::State,
    trails: trails::Trails,
    reports: documents::Documents<Report>,
    plugins: documents::Documents<Plugin>,
    /// by key, as text: in the order of time
    outbox: BTreeMap<String, OutboxEntry>,
    usage: BTreeMap<(AccountId, Day), UsageCount>,
    /// by account, rate and second
    rates: BTreeMap<(AccountId, Rate, i64), u64>,
    /// by handle
    sealed: BTreeMap<Vec<u8>, (Purpose, Vec<u8>)>,
}

impl InMemory {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new_user(account: AccountId, name: UserName, created: Instant) -> User {
    User {
        account,
        name,
        grants: Grants::new(),
        created,
    }
}

impl State {
    fn account(&mut self, id: AccountId) -> Result<&mut Account, RegistryError> {
        let account = self.accounts.get_mut(&id);
        account.ok_or(RegistryError::UnknownAccount(id))
    }

    fn user(&mut self, account: AccountId, name: &UserName) -> Result<&mut User, RegistryError> {
        self.users
            .get_mut(&(account, name.clone()))
            .ok_or_else(|| RegistryError::UnknownUser {
                account,
                user: name.clone(),
            })
    }

    fn keys_of(&self, account: AccountId, user: &UserName) -> impl Iterator<Item = &AccessKey> {
        self.keys
            .values()
            .map(|(key, _)| key)
            .filter(move |key| key.account == account && key.user == *user)
    }

    /// Refuses unless the key is the user's.
    fn expect_key(
        &mut self,
        account: AccountId,
        user: &UserName,
        id: &AccessKeyId,
    ) -> Result<(), RegistryError> {
        self.user(account, user)?;
        if self.keys_of(account, user).any(|key| key.id == *id) {
            return Ok(());
        }
        Err(RegistryError::UnknownAccessKey {
            account,
            user: user.clone(),
            key: id.clone(),
        })
    }

    /// Refuses one more active key, `but` not counted.
    fn one_more_active(
        &self,
        account: AccountId,
        user: &UserName,
        but: &AccessKeyId,
    ) -> Result<(), RegistryError> {
        let limit = InMemory::MAX_ACTIVE_KEYS;
        let active = self
            .keys_of(account, user)
            .filter(|key| key.status == KeyStatus::Active && key.id != *but)
            .count();
        if active < limit {
            return Ok(());
        }
        Err(RegistryError::TooManyActiveKeys {
            account,
            user: user.clone(),
            limit,
        })
    }
}

impl AccessKeys for InMemory {
    async fn access_key(&self, id: &AccessKeyId) -> Result<Option<Credential>, StoreError> {
        let state = self.state();
        Ok(state.keys.get(id).and_then(|(key, secret)| {
            Some(Credential {
                key: key.clone(),
                secret: secret.clone(),
                user: state.users.get(&(key.account, key.user.clone()))?.clone(),
                account: state.accounts.get(&key.account)?.clone(),
            })
        }))
    }
}

impl Accounts for InMemory {
    async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        Ok(self.state().accounts.get(&id).cloned())
    }
}

impl AccountList for InMemory {
    async fn account_ids(&self) -> Result<Vec<AccountId>, StoreError> {
        Ok(self.state().accounts.keys().copied().collect())
    }
}

impl CursorKeys for InMemory {
    async fn cursor_key(&self, account: &Account) -> Result<CursorKey, StoreError> {
        let key = account.cursor_key.as_bytes().try_into();
        key.map(CursorKey::new).map_err(|_| StoreError::Malformed {
            item: account.id.to_string(),
            attribute: "cursor_key",
        })
    }
}

impl Sources for InMemory {
    async fn receivers(&self, aws_accounts: &[AccountId]) -> Result<Vec<Received>, StoreError> {
        let state = self.state();
        let receiver = |aws: &AccountId| {
            let linked = || state.accounts.get(state.sources.get(aws)?);
            Ok(state.accounts.get(aws).or_else(linked).cloned())
        };
        Ok(aws_accounts.iter().map(receiver).collect())
    }
}
