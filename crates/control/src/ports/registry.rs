//! The port of the operator's tool.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

use crate::error::RegistryError;
use crate::model::access_key::{AccessKey, AccessKeyId, KeyStatus, SecretKey};
use crate::model::account::{Account, AccountName};
use crate::model::grant::Grant;
use crate::model::limits::Limit;
use crate::model::project::{Bucket, Project, ProjectId};
use crate::model::subscription::SubscriptionChange;
use crate::model::token::{TokenId, TokenRecord};
use crate::model::user::{User, UserName};

/// What an account is made from.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Twelve digits; see [`crate::new_account_id`].
    pub id: AccountId,
    /// What people call it.
    pub name: AccountName,
    /// Days to keep events; `None`: as many as the stack says.
    pub retention_override_days: Option<u32>,
}

/// What went with a deleted account: of a deletion that was cut short and goes on, what was left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedAccount {
    /// What people called it.
    pub name: AccountName,
    /// Its users, the system user among them.
    pub users: usize,
    /// Their access keys, of any status.
    pub access_keys: usize,
    /// Their tokens, those of sessions among them.
    pub tokens: usize,
    /// Its trails.
    pub trails: usize,
    /// Its reports, of any state.
    pub reports: usize,
    /// Its plugin versions, of any state.
    pub plugins: usize,
}

/// Makes, changes and deletes accounts, projects, users, keys, tokens, grants and links. Nothing is made over what is
/// there already.
pub trait Registry: Send + Sync {
    /// How many access keys of a user may be active: one in use, one to rotate to.
    const MAX_ACTIVE_KEYS: usize = 2;

    /// Makes an account, with a cursor key of its own and its system user.
    fn create_account(
        &self,
        account: NewAccount,
        now: Instant,
    ) -> impl Future<Output = Result<Account, RegistryError>> + Send;

    /// All accounts, by id.
    fn accounts(&self) -> impl Future<Output = Result<Vec<Account>, RegistryError>> + Send;

    /// Gives the account another name; gives it back.
    fn rename_account(
        &self,
        account: AccountId,
        name: &AccountName,
    ) -> impl Future<Output = Result<Account, RegistryError>> + Send;

    /// Says how many days the account's events are kept, or with `None` that it is as many as the stack says; gives the
    /// account back.
    fn set_retention(
        &self,
        account: AccountId,
        days: Option<u32>,
    ) -> impl Future<Output = Result<Account, RegistryError>> + Send;

    /// Deletes the account with all that is known of it: first the account itself, so that its keys and tokens are good
    /// for nothing from the next request on, then the rest. Its events expire by themselves, and its id is not given
    /// again. While trails of it are logging, only if `even_if_logging`. A deletion that was cut short goes on.
    fn delete_account(
        &self,
        account: AccountId,
        even_if_logging: bool,
        now: Instant,
    ) -> impl Future<Output = Result<DeletedAccount, RegistryError>> + Send;

    /// The name of an account of which the deletion was begun and did not come to its end.
    fn half_deleted(
        &self,
        account: AccountId,
    ) -> impl Future<Output = Result<Option<AccountName>, RegistryError>> + Send;

    /// Sets a limit of the account, or with `None` takes back what was set; gives the account back.
    fn set_limit(
        &self,
        account: AccountId,
        limit: Limit,
        value: Option<u32>,
    ) -> impl Future<Output = Result<Account, RegistryError>> + Send;

    /// Switches the account's subscription on or off from `now` on; gives the account back. Of changes at once
    /// each is made, one after the other. A change that changes nothing is no error.
    fn change_subscription(
        &self,
        account: AccountId,
        change: SubscriptionChange,
        now: Instant,
    ) -> impl Future<Output = Result<Account, RegistryError>> + Send;

    /// Makes the events of an AWS account those of `account`.
    fn link_source(
        &self,
        account: AccountId,
        aws_account: AccountId,
        now: Instant,
    ) -> impl Future<Output = Result<(), RegistryError>> + Send;

    /// Makes a user, who may do nothing yet.
    fn create_user(
        &self,
        account: AccountId,
        name: &UserName,
        now: Instant,
    ) -> impl Future<Output = Result<User, RegistryError>> + Send;

    /// The account's users, by name.
    fn users(
        &self,
        account: AccountId,
    ) -> impl Future<Output = Result<Vec<User>, RegistryError>> + Send;

    /// Deletes the user, with keys and tokens; sessions end with it. The system user stays.
    fn delete_user(
        &self,
        account: AccountId,
        user: &UserName,
        now: Instant,
    ) -> impl Future<Output = Result<(), RegistryError>> + Send;

    /// Gives the user something; what the user has already is no error. The project in it must exist.
    fn grant(
        &self,
        account: AccountId,
        user: &UserName,
        grant: &Grant,
    ) -> impl Future<Output = Result<User, RegistryError>> + Send;

    /// Takes something from the user; what the user has not is no error.
    fn revoke(
        &self,
        account: AccountId,
        user: &UserName,
        grant: &Grant,
    ) -> impl Future<Output = Result<User, RegistryError>> + Send;

    /// Makes a project.
    fn create_project(
        &self,
        account: AccountId,
        project: &ProjectId,
        now: Instant,
    ) -> impl Future<Output = Result<Project, RegistryError>> + Send;

    /// The account's projects, by id: the default one among them.
    fn projects(
        &self,
        account: AccountId,
    ) -> impl Future<Output = Result<Vec<Project>, RegistryError>> + Send;

    /// Gives a project another id, unless a bucket is in it or something was granted in it; gives it back. Events name
    /// projects by their ids, and go on naming the one they named.
    fn rename_project(
        &self,
        account: AccountId,
        from: &ProjectId,
        to: &ProjectId,
    ) -> impl Future<Output = Result<Project, RegistryError>> + Send;

    /// Deletes a project, unless a bucket is in it or something was granted in it. The default one stays.
    fn delete_project(
        &self,
        account: AccountId,
        project: &ProjectId,
    ) -> impl Future<Output = Result<(), RegistryError>> + Send;

    /// Puts a bucket into a project, out of another of the account if need be.
    fn assign_bucket(
        &self,
        account: AccountId,
        project: &ProjectId,
        bucket: &str,
    ) -> impl Future<Output = Result<(), RegistryError>> + Send;

    /// The buckets that were put into projects of the account, by name.
    fn buckets(
        &self,
        account: AccountId,
    ) -> impl Future<Output = Result<Vec<Bucket>, RegistryError>> + Send;

    /// Takes a bucket out of its project: it is in none then.
    fn unassign_bucket(
        &self,
        account: AccountId,
        bucket: &str,
    ) -> impl Future<Output = Result<(), RegistryError>> + Send;

    /// Stores a token that is no session's. Its user must exist.
    fn create_token(
        &self,
        token: &TokenRecord,
    ) -> impl Future<Output = Result<(), RegistryError>> + Send;

    /// The account's tokens, those of sessions among them, by id; also expired ones that are still there.
    fn tokens(
        &self,
        account: AccountId,
    ) -> impl Future<Output = Result<Vec<TokenRecord>, RegistryError>> + Send;

    /// Deletes a token; a session ends with it.
    fn revoke_token(
        &self,
        account: AccountId,
        id: &TokenId,
        now: Instant,
    ) -> impl Future<Output = Result<(), RegistryError>> + Send;

    /// Stores an active access key for the user, with the secret sealed.
    fn create_access_key(
        &self,
        account: AccountId,
        user: &UserName,
        id: &AccessKeyId,
        secret: &SecretKey,
        now: Instant,
    ) -> impl Future<Output = Result<AccessKey, RegistryError>> + Send;

    /// Switches one of the user's keys on or off; the status it has already is no error.
    fn set_access_key_status(
        &self,
        account: AccountId,
        user: &UserName,
        id: &AccessKeyId,
        status: KeyStatus,
    ) -> impl Future<Output = Result<(), RegistryError>> + Send;

    /// Deletes one of the user's keys, of any status. Sessions opened with it are good for nothing any more.
    fn delete_access_key(
        &self,
        account: AccountId,
        user: &UserName,
        id: &AccessKeyId,
    ) -> impl Future<Output = Result<(), RegistryError>> + Send;

    /// The user's keys, by id.
    fn access_keys(
        &self,
        account: AccountId,
        user: &UserName,
    ) -> impl Future<Output = Result<Vec<AccessKey>, RegistryError>> + Send;
}
