//! The one who calls.

use activity_log_control::{AccessKeyId, Account, Permissions, UserName};
use activity_log_core::account::AccountId;

/// An authenticated user of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The account, with its settings, such as retention.
    pub account: Account,
    /// The user's name.
    pub user: UserName,
    /// What the user may do.
    pub permissions: Permissions,
    /// The access key the request was signed with.
    pub access_key_id: AccessKeyId,
}

impl Principal {
    /// The account's id: all that the principal may ever see is in it.
    pub fn account_id(&self) -> AccountId {
        self.account.id
    }

    /// The user's ARN, `arn:aws:iam::ACCOUNT:user/NAME`.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:user/{}", self.account.id, self.user)
    }
}
