//! The ports: what one may do with the control table.

mod access;
mod outbox;
mod plugins;
mod rates;
mod reports;
mod trails;
mod unproven;
mod usage;

use activity_log_core::account::AccountId;
use activity_log_core::cursor::CursorKey;
use activity_log_core::instant::Instant;

use crate::error::{RegistryError, StoreError};
use crate::model::access_key::{AccessKey, AccessKeyId, Credential, KeyStatus, SecretKey};
use crate::model::account::{Account, AccountName};
use crate::model::grant::Grant;
use crate::model::limits::Limit;
use crate::model::project::{Project, ProjectId};
use crate::model::subscription::SubscriptionChange;
use crate::model::token::{TokenId, TokenRecord};
use crate::model::user::{User, UserName};

pub(crate) use access::is_too_often;
pub use access::{MOST_SESSIONS, Opening, Projects, SESSIONS_MS, Sessions, Tokens};
pub use outbox::Outbox;
pub use plugins::{NewPlugin, PluginChange, PluginReader, PluginWriter};
pub use rates::Rates;
pub use reports::{NewReport, ReportClaim, ReportLimits, ReportReader, ReportWork, ReportWriter};
pub use trails::{Claim, DeletedTrail, NewTrail, TrailArchive, TrailReader, TrailWriter};
pub use unproven::{Counted, UnprovenCalls};
pub use usage::{Usage, UsageReader};

/// Finds what a signed request is checked against.
pub trait AccessKeys: Send + Sync {
    /// The key with its secret, user and account, as they are now; `None` if there is no such key.
    /// An inactive key is found, and says so.
    fn access_key(
        &self,
        id: &AccessKeyId,
    ) -> impl Future<Output = Result<Option<Credential>, StoreError>> + Send;
}

/// Reads accounts.
pub trait Accounts: Send + Sync {
    /// The account's record; `None` if there is no such account.
    fn account(
        &self,
        id: AccountId,
    ) -> impl Future<Output = Result<Option<Account>, StoreError>> + Send;
}

/// Lists accounts.
pub trait AccountList: Send + Sync {
    /// The ids of all accounts, in order.
    fn account_ids(&self) -> impl Future<Output = Result<Vec<AccountId>, StoreError>> + Send;
}

/// Opens an account's key for cursors.
pub trait CursorKeys: Send + Sync {
    /// The key in this record. Reads no table: the record was read with the credential.
    fn cursor_key(
        &self,
        account: &Account,
    ) -> impl Future<Output = Result<CursorKey, StoreError>> + Send;
}

/// Says whose events those of an AWS account are.
pub trait Sources: Send + Sync {
    /// For each AWS account the account with this very id, else the account it is linked to, else `None`; in their
    /// order, and in a few round trips for all of them. A record that cannot be read concerns its own account alone.
    fn receivers(
        &self,
        aws_accounts: &[AccountId],
    ) -> impl Future<Output = Result<Vec<Received>, StoreError>> + Send;
}

/// Whose the events of one AWS account are.
pub type Received = Result<Option<Account>, StoreError>;

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

/// Makes and changes accounts, projects, users, keys, tokens, grants and links. Nothing is ever overwritten.
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

    /// Puts a bucket into a project, out of another of the account if need be.
    fn assign_bucket(
        &self,
        account: AccountId,
        project: &ProjectId,
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

    /// The user's keys, by id.
    fn access_keys(
        &self,
        account: AccountId,
        user: &UserName,
    ) -> impl Future<Output = Result<Vec<AccessKey>, RegistryError>> + Send;
}
