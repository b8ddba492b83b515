//! The ports: what one may do with the control table.

mod access;
mod outbox;
mod plugins;
mod rates;
mod registry;
mod reports;
mod trails;
mod unproven;
mod usage;

use activity_log_core::account::AccountId;
use activity_log_core::cursor::CursorKey;

use crate::error::StoreError;
use crate::model::access_key::{AccessKeyId, Credential};
use crate::model::account::Account;

pub(crate) use access::is_too_often;
pub use access::{MOST_SESSIONS, Opening, Projects, SESSIONS_MS, Sessions, Tokens};
pub use outbox::Outbox;
pub use plugins::{NewPlugin, PluginChange, PluginReader, PluginWriter};
pub use rates::Rates;
pub use registry::{DeletedAccount, NewAccount, Registry};
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
