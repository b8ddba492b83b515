//! The operator's side.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::subscription::Subscription;

use super::{InMemory, new_user};
use crate::error::RegistryError;
use crate::generate;
use crate::model::access_key::{AccessKey, AccessKeyId, KeyStatus, SecretKey};
use crate::model::account::{Account, AccountName};
use crate::model::grant::Grant;
use crate::model::limits::{Limit, Limits};
use crate::model::project::{Bucket, Project, ProjectId};
use crate::model::session::EndReason;
use crate::model::subscription::SubscriptionChange;
use crate::model::token::{TokenId, TokenRecord};
use crate::model::user::{User, UserName};
use crate::ports::{DeletedAccount, NewAccount, Registry};
use crate::vault::Sealed;

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
        if state.deleted.contains(&new.id) {
            return Err(RegistryError::AccountDeleted(new.id));
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

    async fn rename_account(
        &self,
        id: AccountId,
        name: &AccountName,
    ) -> Result<Account, RegistryError> {
        let mut state = self.state();
        let account = state.account(id)?;
        account.name = name.clone();
        Ok(account.clone())
    }

    async fn set_retention(
        &self,
        id: AccountId,
        days: Option<u32>,
    ) -> Result<Account, RegistryError> {
        let mut state = self.state();
        let account = state.account(id)?;
        account.retention_override_days = days;
        Ok(account.clone())
    }

    async fn delete_account(
        &self,
        account: AccountId,
        even_if_logging: bool,
        now: Instant,
    ) -> Result<DeletedAccount, RegistryError> {
        self.state().delete_account(account, even_if_logging, now)
    }

    /// What is done at once is never cut short.
    async fn half_deleted(&self, _: AccountId) -> Result<Option<AccountName>, RegistryError> {
        Ok(None)
    }

    async fn set_limit(
        &self,
        id: AccountId,
        limit: Limit,
        value: Option<u32>,
    ) -> Result<Account, RegistryError> {
        let mut state = self.state();
        let account = state.account(id)?;
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
        let account = state.account(id)?;
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

    async fn rename_project(
        &self,
        account: AccountId,
        from: &ProjectId,
        to: &ProjectId,
    ) -> Result<Project, RegistryError> {
        self.state().rename_project(account, from, to)
    }

    async fn delete_project(
        &self,
        account: AccountId,
        project: &ProjectId,
    ) -> Result<(), RegistryError> {
        self.state().delete_project(account, project).map(|_| ())
    }

    async fn assign_bucket(
        &self,
        account: AccountId,
        project: &ProjectId,
        bucket: &str,
    ) -> Result<(), RegistryError> {
        let mut state = self.state();
        state.expect_project(account, project)?;
        state.assigned.put_bucket(account, project, bucket)
    }

    async fn buckets(&self, account: AccountId) -> Result<Vec<Bucket>, RegistryError> {
        let mut state = self.state();
        state.account(account)?;
        Ok(state.assigned.buckets_of(account))
    }

    async fn unassign_bucket(&self, account: AccountId, bucket: &str) -> Result<(), RegistryError> {
        let mut state = self.state();
        state.account(account)?;
        state.assigned.take_bucket(account, bucket)
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
        state.expect_key(account, user, id)?;
        if status == KeyStatus::Active {
            state.one_more_active(account, user, id)?;
        }
        if let Some((key, _)) = state.keys.get_mut(id) {
            key.status = status;
        }
        Ok(())
    }

    async fn delete_access_key(
        &self,
        account: AccountId,
        user: &UserName,
        id: &AccessKeyId,
    ) -> Result<(), RegistryError> {
        let mut state = self.state();
        state.expect_key(account, user, id)?;
        state.keys.remove(id);
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
