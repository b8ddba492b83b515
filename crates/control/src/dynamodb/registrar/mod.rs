//! What the operator's tool writes.
//!
//! Each change is one request with conditions. When a condition fails, one more read finds out
//! which, for the message.

mod accounts;
mod deletion;
mod keys;
mod projects;
mod subscription;
mod tokens;
mod users;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use super::item::text;
use super::table::Table;
use crate::error::{RegistryError, StoreError};
use crate::model::access_key::{AccessKey, AccessKeyId, KeyStatus, SecretKey};
use crate::model::account::{Account, AccountName};
use crate::model::grant::Grant;
use crate::model::limits::Limit;
use crate::model::project::{Bucket, Project, ProjectId};
use crate::model::subscription::SubscriptionChange;
use crate::model::token::{TokenId, TokenRecord};
use crate::model::user::{User, UserName};
use crate::ports::{Accounts, DeletedAccount, NewAccount, Registry};
use crate::vault::Seal;

/// The registry on the control table and a vault. It needs `dynamodb:GetItem`, `BatchGetItem`,
/// `Query`, `PutItem`, `UpdateItem`, `DeleteItem` and `ConditionCheckItem`, and `kms:Encrypt`.
#[derive(Debug)]
pub struct Registrar<V> {
    table: Table,
    vault: V,
}

impl<V: Seal> Registrar<V> {
    /// On this table; `vault` seals the secrets in it.
    pub fn new(client: Client, table: impl Into<String>, vault: V) -> Self {
        let name = table.into();
        Self {
            table: Table { client, name },
            vault,
        }
    }
}

impl<V: Seal> Accounts for Registrar<V> {
    async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.table.account(id).await
    }
}

impl<V: Seal> Registry for Registrar<V> {
    async fn create_account(
        &self,
        new: NewAccount,
        now: Instant,
    ) -> Result<Account, RegistryError> {
        self.make_account(new, now).await
    }

    async fn accounts(&self) -> Result<Vec<Account>, RegistryError> {
        self.list_accounts().await
    }

    async fn rename_account(
        &self,
        account: AccountId,
        name: &AccountName,
    ) -> Result<Account, RegistryError> {
        self.change_name(account, name).await
    }

    async fn set_retention(
        &self,
        account: AccountId,
        days: Option<u32>,
    ) -> Result<Account, RegistryError> {
        self.change_retention(account, days).await
    }

    async fn delete_account(
        &self,
        account: AccountId,
        even_if_logging: bool,
        now: Instant,
    ) -> Result<DeletedAccount, RegistryError> {
        self.remove_account(account, even_if_logging, now).await
    }

    async fn half_deleted(&self, account: AccountId) -> Result<Option<AccountName>, RegistryError> {
        Ok(self.begun_deletion(account).await?)
    }

    async fn set_limit(
        &self,
        account: AccountId,
        limit: Limit,
        value: Option<u32>,
    ) -> Result<Account, RegistryError> {
        self.change_limit(account, limit, value).await
    }

    async fn change_subscription(
        &self,
        account: AccountId,
        change: SubscriptionChange,
        now: Instant,
    ) -> Result<Account, RegistryError> {
        self.alter_subscription(account, change, now).await
    }

    async fn link_source(
        &self,
        account: AccountId,
        aws: AccountId,
        now: Instant,
    ) -> Result<(), RegistryError> {
        self.make_link(account, aws, now).await
    }

    async fn create_user(
        &self,
        account: AccountId,
        name: &UserName,
        now: Instant,
    ) -> Result<User, RegistryError> {
        self.make_user(account, name, now).await
    }

    async fn grant(
        &self,
        account: AccountId,
        user: &UserName,
        grant: &Grant,
    ) -> Result<User, RegistryError> {
        self.give(account, user, grant).await
    }

    async fn revoke(
        &self,
        account: AccountId,
        user: &UserName,
        grant: &Grant,
    ) -> Result<User, RegistryError> {
        self.take(account, user, grant).await
    }

    async fn users(&self, account: AccountId) -> Result<Vec<User>, RegistryError> {
        self.list_users(account).await
    }

    async fn delete_user(
        &self,
        account: AccountId,
        user: &UserName,
        now: Instant,
    ) -> Result<(), RegistryError> {
        self.remove_user(account, user, now).await
    }

    async fn create_project(
        &self,
        account: AccountId,
        project: &ProjectId,
        now: Instant,
    ) -> Result<Project, RegistryError> {
        self.make_project(account, project, now).await
    }

    async fn projects(&self, account: AccountId) -> Result<Vec<Project>, RegistryError> {
        self.list_projects(account).await
    }

    async fn rename_project(
        &self,
        account: AccountId,
        from: &ProjectId,
        to: &ProjectId,
    ) -> Result<Project, RegistryError> {
        self.move_project(account, from, to).await
    }

    async fn delete_project(
        &self,
        account: AccountId,
        project: &ProjectId,
    ) -> Result<(), RegistryError> {
        self.remove_project(account, project).await
    }

    async fn assign_bucket(
        &self,
        account: AccountId,
        project: &ProjectId,
        bucket: &str,
    ) -> Result<(), RegistryError> {
        self.put_bucket(account, project, bucket).await
    }

    async fn buckets(&self, account: AccountId) -> Result<Vec<Bucket>, RegistryError> {
        self.list_buckets(account).await
    }

    async fn unassign_bucket(&self, account: AccountId, bucket: &str) -> Result<(), RegistryError> {
        self.take_bucket(account, bucket).await
    }

    async fn create_token(&self, token: &TokenRecord) -> Result<(), RegistryError> {
        self.issue(token).await
    }

    async fn tokens(&self, account: AccountId) -> Result<Vec<TokenRecord>, RegistryError> {
        Ok(self.list_tokens(account).await?)
    }

    async fn revoke_token(
        &self,
        account: AccountId,
        id: &TokenId,
        now: Instant,
    ) -> Result<(), RegistryError> {
        self.withdraw(account, id, now).await
    }

    async fn create_access_key(
        &self,
        account: AccountId,
        user: &UserName,
        id: &AccessKeyId,
        secret: &SecretKey,
        now: Instant,
    ) -> Result<AccessKey, RegistryError> {
        let key = AccessKey {
            id: id.clone(),
            account,
            user: user.clone(),
            status: KeyStatus::Active,
            created: now,
        };
        self.make_key(&key, secret).await?;
        Ok(key)
    }

    async fn set_access_key_status(
        &self,
        account: AccountId,
        user: &UserName,
        id: &AccessKeyId,
        status: KeyStatus,
    ) -> Result<(), RegistryError> {
        self.set_status(account, user, id, status).await
    }

    async fn delete_access_key(
        &self,
        account: AccountId,
        user: &UserName,
        id: &AccessKeyId,
    ) -> Result<(), RegistryError> {
        self.remove_key(account, user, id).await
    }

    async fn access_keys(
        &self,
        account: AccountId,
        user: &UserName,
    ) -> Result<Vec<AccessKey>, RegistryError> {
        self.list_keys(account, user).await
    }
}

/// A set of one word.
fn set_of(word: &impl ToString) -> AttributeValue {
    AttributeValue::Ss(vec![word.to_string()])
}
