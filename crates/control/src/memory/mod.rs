//! The control table in memory: for tests, of this crate and of those that stand on it.
//!
//! Secrets of access keys and cursors are "sealed" by not being sealed at all; as a vault, the table gives out
//! handles that open only for their purpose.

mod access;
mod documents;
mod plugins;
mod rates;
mod reports;
mod trails;
mod usage;
mod vault;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use activity_log_core::account::AccountId;
use activity_log_core::cursor::CursorKey;
use activity_log_core::instant::Instant;
use activity_log_core::plugins::Plugin;
use activity_log_core::reports::Report;
use activity_log_core::subscription::Subscription;

use crate::error::{RegistryError, StoreError};
use crate::generate;
use crate::model::access_key::{AccessKey, AccessKeyId, Credential, KeyStatus, SecretKey};
use crate::model::account::Account;
use crate::model::grant::{Grant, Grants};
use crate::model::limits::{Limit, Limits};
use crate::model::project::{Project, ProjectId};
use crate::model::rate::Rate;
use crate::model::session::EndReason;
use crate::model::subscription::SubscriptionChange;
use crate::model::token::{TokenId, TokenRecord};
use crate::model::usage::{Day, UsageCount};
use crate::model::user::{User, UserName};
use crate::ports::{AccessKeys, Accounts, CursorKeys, NewAccount, Registry, Sources};
use crate::vault::{Purpose, Sealed};

/// All ports over shared memory; a clone sees the same.
#[derive(Clone, Debug, Default)]
pub struct InMemory(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    accounts: BTreeMap<AccountId, Account>,
    users: BTreeMap<(AccountId, UserName), User>,
    keys: BTreeMap<AccessKeyId, (AccessKey, SecretKey)>,
    sources: BTreeMap<AccountId, AccountId>,
    access: access::Access,
    trails: trails::Trails,
    reports: documents::Documents<Report>,
    plugins: documents::Documents<Plugin>,
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
    async fn resolve_source(&self, aws: AccountId) -> Result<Option<AccountId>, StoreError> {
        let state = self.state();
        if state.accounts.contains_key(&aws) {
            return Ok(Some(aws));
        }
        Ok(state.sources.get(&aws).copied())
    }
}

impl Registry for InMemory {
    async fn create_account(
        &self,
        new: NewAccount,
        now: Instant,
    ) -> Result<Account, RegistryError> {
        let mut state = self.state();
        if state.accounts.contains_key(&new.id) {
            return Err(RegistryError::AccountExists(new.id));
        }
        if let Some(&account) = state.sources.get(&new.id) {
            return Err(RegistryError::AccountIsSource {
                id: new.id,
                account,
            });
        }
        let account = Account {
            id: new.id,
            name: new.name,
            created: now,
            retention_override_days: new.retention_override_days,
            limits: Limits::default(),
            subscription: Subscription::from_the_start(),
            cursor_key: Sealed::new(generate::new_cursor_key().to_vec()),
        };
        state.accounts.insert(new.id, account.clone());
        let system = new_user(new.id, UserName::system(), now);
        state.users.insert((new.id, UserName::system()), system);
        Ok(account)
    }

    async fn accounts(&self) -> Result<Vec<Account>, RegistryError> {
        Ok(self.state().accounts.values().cloned().collect())
    }

    async fn set_limit(
        &self,
        id: AccountId,
        limit: Limit,
        value: Option<u32>,
    ) -> Result<Account, RegistryError> {
        let mut state = self.state();
        let account = state.accounts.get_mut(&id);
        let account = account.ok_or(RegistryError::UnknownAccount(id))?;
        account.limits.change(limit, value);
        Ok(account.clone())
    }

    async fn change_subscription(
        &self,
        id: AccountId,
        change: SubscriptionChange,
        now: Instant,
    ) -> Result<Account, RegistryError> {
        let mut state = self.state();
        let account = state.accounts.get_mut(&id);
        let account = account.ok_or(RegistryError::UnknownAccount(id))?;
        account.subscription = change.of(&account.subscription, now)?;
        Ok(account.clone())
    }

    async fn link_source(
        &self,
        account: AccountId,
        aws: AccountId,
        _now: Instant,
    ) -> Result<(), RegistryError> {
        let mut state = self.state();
        if !state.accounts.contains_key(&account) {
            return Err(RegistryError::UnknownAccount(account));
        }
        if state.accounts.contains_key(&aws) {
            return Err(RegistryError::SourceIsAccount(aws));
        }
        if let Some(&account) = state.sources.get(&aws) {
            return Err(RegistryError::SourceLinked {
                source_account: aws,
                account,
            });
        }
        state.sources.insert(aws, account);
        Ok(())
    }

    async fn create_user(
        &self,
        account: AccountId,
        name: &UserName,
        now: Instant,
    ) -> Result<User, RegistryError> {
        let mut state = self.state();
        if !state.accounts.contains_key(&account) {
            return Err(RegistryError::UnknownAccount(account));
        }
        if state.user(account, name).is_ok() {
            return Err(RegistryError::UserExists {
                account,
                user: name.clone(),
            });
        }
        let user = new_user(account, name.clone(), now);
        state.users.insert((account, name.clone()), user.clone());
        Ok(user)
    }

    async fn grant(
        &self,
        account: AccountId,
        user: &UserName,
        grant: &Grant,
    ) -> Result<User, RegistryError> {
        let mut state = self.state();
        if let Some(project) = grant.project() {
            state.expect_project(account, project)?;
        }
        let user = state.user(account, user)?;
        user.grants.insert(grant.clone());
        Ok(user.clone())
    }

    async fn revoke(
        &self,
        account: AccountId,
        user: &UserName,
        grant: &Grant,
    ) -> Result<User, RegistryError> {
        let mut state = self.state();
        let user = state.user(account, user)?;
        user.grants.remove(grant);
        Ok(user.clone())
    }

    async fn users(&self, account: AccountId) -> Result<Vec<User>, RegistryError> {
        let state = self.state();
        if !state.accounts.contains_key(&account) {
            return Err(RegistryError::UnknownAccount(account));
        }
        let users = state.users.values();
        Ok(users
            .filter(|user| user.account == account)
            .cloned()
            .collect())
    }

    async fn delete_user(
        &self,
        account: AccountId,
        user: &UserName,
        now: Instant,
    ) -> Result<(), RegistryError> {
        if user.is_system() {
            return Err(RegistryError::SystemUser {
                account,
                user: user.clone(),
            });
        }
        let mut state = self.state();
        state.user(account, user)?;
        for token in state.access.tokens_of(account) {
            if token.user == *user {
                state.access.end(&token, EndReason::UserDeleted, now);
            }
        }
        state
            .keys
            .retain(|_, (key, _)| key.account != account || key.user != *user);
        state.users.remove(&(account, user.clone()));
        Ok(())
    }

    async fn create_project(
        &self,
        account: AccountId,
        project: &ProjectId,
        now: Instant,
    ) -> Result<Project, RegistryError> {
        self.state().make_project(account, project, now)
    }

    async fn projects(&self, account: AccountId) -> Result<Vec<Project>, RegistryError> {
        self.state().list_projects(account)
    }

    async fn assign_bucket(
        &self,
        account: AccountId,
        project: &ProjectId,
        bucket: &str,
    ) -> Result<(), RegistryError> {
        let mut state = self.state();
        state.expect_project(account, project)?;
        state.access.put_bucket(account, project, bucket)
    }

    async fn create_token(&self, token: &TokenRecord) -> Result<(), RegistryError> {
        let mut state = self.state();
        state.user(token.account, &token.user)?;
        Ok(state.access.make_token(token)?)
    }

    async fn tokens(&self, account: AccountId) -> Result<Vec<TokenRecord>, RegistryError> {
        Ok(self.state().access.tokens_of(account))
    }

    async fn revoke_token(
        &self,
        account: AccountId,
        id: &TokenId,
        now: Instant,
    ) -> Result<(), RegistryError> {
        let mut state = self.state();
        let token = state.access.token(account, id);
        let token = token.ok_or_else(|| RegistryError::UnknownToken {
            account,
            token: id.clone(),
        })?;
        state.access.end(&token, EndReason::Revoked, now);
        Ok(())
    }

    async fn create_access_key(
        &self,
        account: AccountId,
        user: &UserName,
        id: &AccessKeyId,
        secret: &SecretKey,
        now: Instant,
    ) -> Result<AccessKey, RegistryError> {
        let mut state = self.state();
        state.user(account, user)?;
        if state.keys.contains_key(id) {
            return Err(RegistryError::AccessKeyExists(id.clone()));
        }
        state.one_more_active(account, user, id)?;
        let key = AccessKey {
            id: id.clone(),
            account,
            user: user.clone(),
            status: KeyStatus::Active,
            created: now,
        };
        state.keys.insert(id.clone(), (key.clone(), secret.clone()));
        Ok(key)
    }

    async fn set_access_key_status(
        &self,
        account: AccountId,
        user: &UserName,
        id: &AccessKeyId,
        status: KeyStatus,
    ) -> Result<(), RegistryError> {
        let mut state = self.state();
        state.user(account, user)?;
        if !state.keys_of(account, user).any(|key| key.id == *id) {
            return Err(RegistryError::UnknownAccessKey {
                account,
                user: user.clone(),
                key: id.clone(),
            });
        }
        if status == KeyStatus::Active {
            state.one_more_active(account, user, id)?;
        }
        if let Some((key, _)) = state.keys.get_mut(id) {
            key.status = status;
        }
        Ok(())
    }

    async fn access_keys(
        &self,
        account: AccountId,
        user: &UserName,
    ) -> Result<Vec<AccessKey>, RegistryError> {
        let mut state = self.state();
        state.user(account, user)?;
        Ok(state.keys_of(account, user).cloned().collect())
    }
}
