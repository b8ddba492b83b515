//! The changes by their names, and what is told of each: never a secret.

use activity_log_calls::{Asked, Parameters, Resource};
use activity_log_control::{
    AccessKey, AccessKeyId, Account, AccountName, Accounts, Bucket, DeletedAccount, Grant,
    KeyStatus, Limit, NewAccount, Outbox, Project, ProjectId, Registry, RegistryError, SecretKey,
    SubscriptionChange, TokenId, TokenRecord, User, UserName,
};
use activity_log_core::account::AccountId;
use activity_log_core::ingest::Clock;
use activity_log_core::instant::Instant;

use super::{Act, CREATE_ACCOUNT, DELETE_ACCOUNT, Recorded};
use crate::operator::who::Who;

/// Types of what is changed, as the events' resources have them.
mod kinds {
    pub const ACCOUNT: &str = "ActivityLog::Account";
    pub const USER: &str = "ActivityLog::User";
    pub const ACCESS_KEY: &str = "ActivityLog::AccessKey";
    pub const TOKEN: &str = "ActivityLog::Token";
    pub const PROJECT: &str = "ActivityLog::Project";
    pub const BUCKET: &str = "AWS::S3::Bucket";
}

impl Act {
    /// A change of an account that asks for nothing else yet.
    fn of(account: AccountId, name: &'static str) -> Self {
        Self {
            account,
            name,
            asked: Asked::default(),
        }
    }

    fn with(mut self, name: &str, value: &(impl ToString + ?Sized)) -> Self {
        let parameters = std::mem::take(&mut self.asked.parameters);
        self.asked.parameters = parameters.with(name, value.to_string());
        self
    }

    /// With something that it changes, which is a parameter too.
    fn on(self, kind: &'static str, name: &str, value: &(impl ToString + ?Sized)) -> Self {
        let mut act = self.with(name, value);
        act.asked
            .resources
            .push(Resource::new(kind, value.to_string()));
        act
    }

    fn of_user(account: AccountId, name: &'static str, user: &UserName) -> Self {
        Self::of(account, name).on(kinds::USER, "userName", user)
    }

    fn with_grant(self, grant: &Grant) -> Self {
        self.with("permission", grant)
    }
}

/// Nothing is answered but that it was done.
fn nothing<T>(_: &T) -> Parameters {
    Parameters::none()
}

fn or_default(number: Option<u32>) -> String {
    number.map_or("default".to_owned(), |number| number.to_string())
}

fn grants(user: &User) -> Parameters {
    let grants: Vec<String> = user.grants.iter().map(ToString::to_string).collect();
    Parameters::none().with("permissions", grants)
}

impl<R: Registry + Accounts, O: Outbox, W: Who, C: Clock + Send> Registry for Recorded<R, O, W, C> {
    async fn create_account(
        &self,
        account: NewAccount,
        now: Instant,
    ) -> Result<Account, RegistryError> {
        let mut act = Act::of(account.id, CREATE_ACCOUNT)
            .on(kinds::ACCOUNT, "accountId", &account.id)
            .with("name", &account.name);
        if let Some(days) = account.retention_override_days {
            act = act.with("retentionDays", &days);
        }
        let made = self.registry.create_account(account, now);
        self.change(act, made, |account| {
            Parameters::none().with("accountId", account.id.to_string())
        })
        .await
    }

    async fn accounts(&self) -> Result<Vec<Account>, RegistryError> {
        self.registry.accounts().await
    }

    async fn rename_account(
        &self,
        account: AccountId,
        name: &AccountName,
    ) -> Result<Account, RegistryError> {
        let act = Act::of(account, "RenameAccount")
            .on(kinds::ACCOUNT, "accountId", &account)
            .with("name", name);
        let made = self.registry.rename_account(account, name);
        self.change(act, made, nothing).await
    }

    async fn set_retention(
        &self,
        account: AccountId,
        days: Option<u32>,
    ) -> Result<Account, RegistryError> {
        let act = Act::of(account, "SetRetention")
            .on(kinds::ACCOUNT, "accountId", &account)
            .with("retentionDays", &or_default(days));
        let made = self.registry.set_retention(account, days);
        self.change(act, made, nothing).await
    }

    async fn delete_account(
        &self,
        account: AccountId,
        even_if_logging: bool,
        now: Instant,
    ) -> Result<DeletedAccount, RegistryError> {
        let act = Act::of(account, DELETE_ACCOUNT)
            .on(kinds::ACCOUNT, "accountId", &account)
            .with("evenIfLogging", &even_if_logging);
        let made = self.registry.delete_account(account, even_if_logging, now);
        self.change(act, made, |deleted| {
            Parameters::none().with("name", deleted.name.to_string())
        })
        .await
    }

    async fn half_deleted(&self, account: AccountId) -> Result<Option<AccountName>, RegistryError> {
        self.registry.half_deleted(account).await
    }

    async fn set_limit(
        &self,
        account: AccountId,
        limit: Limit,
        value: Option<u32>,
    ) -> Result<Account, RegistryError> {
        let act = Act::of(account, "SetLimit")
            .on(kinds::ACCOUNT, "accountId", &account)
            .with("limit", &limit)
            .with("value", &or_default(value));
        let made = self.registry.set_limit(account, limit, value);
        self.change(act, made, nothing).await
    }

    async fn change_subscription(
        &self,
        account: AccountId,
        change: SubscriptionChange,
        now: Instant,
    ) -> Result<Account, RegistryError> {
        let (name, until) = match change {
            SubscriptionChange::Activate { until } => ("ActivateSubscription", until),
            SubscriptionChange::Deactivate => ("DeactivateSubscription", None),
        };
        let mut act = Act::of(account, name).on(kinds::ACCOUNT, "accountId", &account);
        if let Some(until) = until {
            act = act.with("until", &until);
        }
        let made = self.registry.change_subscription(account, change, now);
        self.change(act, made, nothing).await
    }

    async fn link_source(
        &self,
        account: AccountId,
        aws_account: AccountId,
        now: Instant,
    ) -> Result<(), RegistryError> {
        let act =
            Act::of(account, "LinkAwsAccount").on(kinds::ACCOUNT, "awsAccountId", &aws_account);
        let made = self.registry.link_source(account, aws_account, now);
        self.change(act, made, nothing).await
    }

    async fn create_user(
        &self,
        account: AccountId,
        name: &UserName,
        now: Instant,
    ) -> Result<User, RegistryError> {
        let act = Act::of_user(account, "CreateUser", name);
        let made = self.registry.create_user(account, name, now);
        self.change(act, made, |user| {
            Parameters::none().with("userName", user.name.to_string())
        })
        .await
    }

    async fn users(&self, account: AccountId) -> Result<Vec<User>, RegistryError> {
        self.registry.users(account).await
    }

    async fn delete_user(
        &self,
        account: AccountId,
        user: &UserName,
        now: Instant,
    ) -> Result<(), RegistryError> {
        let act = Act::of_user(account, "DeleteUser", user);
        let made = self.registry.delete_user(account, user, now);
        self.change(act, made, nothing).await
    }

    async fn grant(
        &self,
        account: AccountId,
        user: &UserName,
        grant: &Grant,
    ) -> Result<User, RegistryError> {
        let act = Act::of_user(account, "GrantPermission", user).with_grant(grant);
        let made = self.registry.grant(account, user, grant);
        self.change(act, made, grants).await
    }

    async fn revoke(
        &self,
        account: AccountId,
        user: &UserName,
        grant: &Grant,
    ) -> Result<User, RegistryError> {
        let act = Act::of_user(account, "RevokePermission", user).with_grant(grant);
        let made = self.registry.revoke(account, user, grant);
        self.change(act, made, grants).await
    }

    async fn create_project(
        &self,
        account: AccountId,
        project: &ProjectId,
        now: Instant,
    ) -> Result<Project, RegistryError> {
        let act = Act::of(account, "CreateProject").on(kinds::PROJECT, "projectId", project);
        let made = self.registry.create_project(account, project, now);
        self.change(act, made, |project| {
            Parameters::none().with("projectId", project.id.to_string())
        })
        .await
    }

    async fn projects(&self, account: AccountId) -> Result<Vec<Project>, RegistryError> {
        self.registry.projects(account).await
    }

    async fn rename_project(
        &self,
        account: AccountId,
        from: &ProjectId,
        to: &ProjectId,
    ) -> Result<Project, RegistryError> {
        let act = Act::of(account, "RenameProject")
            .on(kinds::PROJECT, "projectId", from)
            .on(kinds::PROJECT, "newProjectId", to);
        let made = self.registry.rename_project(account, from, to);
        self.change(act, made, nothing).await
    }

    async fn delete_project(
        &self,
        account: AccountId,
        project: &ProjectId,
    ) -> Result<(), RegistryError> {
        let act = Act::of(account, "DeleteProject").on(kinds::PROJECT, "projectId", project);
        let made = self.registry.delete_project(account, project);
        self.change(act, made, nothing).await
    }

    async fn assign_bucket(
        &self,
        account: AccountId,
        project: &ProjectId,
        bucket: &str,
    ) -> Result<(), RegistryError> {
        let act = Act::of(account, "AssignBucket")
            .on(kinds::BUCKET, "bucketName", bucket)
            .on(kinds::PROJECT, "projectId", project);
        let made = self.registry.assign_bucket(account, project, bucket);
        self.change(act, made, nothing).await
    }

    async fn buckets(&self, account: AccountId) -> Result<Vec<Bucket>, RegistryError> {
        self.registry.buckets(account).await
    }

    async fn unassign_bucket(&self, account: AccountId, bucket: &str) -> Result<(), RegistryError> {
        let act = Act::of(account, "UnassignBucket").on(kinds::BUCKET, "bucketName", bucket);
        let made = self.registry.unassign_bucket(account, bucket);
        self.change(act, made, nothing).await
    }

    async fn create_token(&self, token: &TokenRecord) -> Result<(), RegistryError> {
        let act = Act::of_user(token.account, "CreateToken", &token.user)
            .on(kinds::TOKEN, "id", &token.id)
            .with("expires", &token.expires);
        let made = self.registry.create_token(token);
        self.change(act, made, |()| {
            Parameters::none().with("id", token.id.to_string())
        })
        .await
    }

    async fn tokens(&self, account: AccountId) -> Result<Vec<TokenRecord>, RegistryError> {
        self.registry.tokens(account).await
    }

    async fn revoke_token(
        &self,
        account: AccountId,
        id: &TokenId,
        now: Instant,
    ) -> Result<(), RegistryError> {
        let act = Act::of(account, "RevokeToken").on(kinds::TOKEN, "id", id);
        let made = self.registry.revoke_token(account, id, now);
        self.change(act, made, nothing).await
    }

    async fn create_access_key(
        &self,
        account: AccountId,
        user: &UserName,
        id: &AccessKeyId,
        secret: &SecretKey,
        now: Instant,
    ) -> Result<AccessKey, RegistryError> {
        let act =
            Act::of_user(account, "CreateAccessKey", user).on(kinds::ACCESS_KEY, "accessKeyId", id);
        let made = self
            .registry
            .create_access_key(account, user, id, secret, now);
        self.change(act, made, |key| {
            Parameters::none().with("accessKeyId", key.id.to_string())
        })
        .await
    }

    async fn set_access_key_status(
        &self,
        account: AccountId,
        user: &UserName,
        id: &AccessKeyId,
        status: KeyStatus,
    ) -> Result<(), RegistryError> {
        let act = Act::of_user(account, "UpdateAccessKey", user)
            .on(kinds::ACCESS_KEY, "accessKeyId", id)
            .with("status", &status);
        let made = self
            .registry
            .set_access_key_status(account, user, id, status);
        self.change(act, made, nothing).await
    }

    async fn delete_access_key(
        &self,
        account: AccountId,
        user: &UserName,
        id: &AccessKeyId,
    ) -> Result<(), RegistryError> {
        let act =
            Act::of_user(account, "DeleteAccessKey", user).on(kinds::ACCESS_KEY, "accessKeyId", id);
        let made = self.registry.delete_access_key(account, user, id);
        self.change(act, made, nothing).await
    }

    async fn access_keys(
        &self,
        account: AccountId,
        user: &UserName,
    ) -> Result<Vec<AccessKey>, RegistryError> {
        self.registry.access_keys(account, user).await
    }
}
