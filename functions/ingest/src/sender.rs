//! Whose events a message or a file brings, and how long they are kept.

use activity_log_control::StoreError;
use activity_log_core::account::AccountId;

use crate::app::{App, Directory, EventStore};
use crate::files::ImportedFiles;

/// Whose events they become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receiver {
    /// the account
    pub account: AccountId,
    /// how long it keeps events, in days
    pub retention_days: u32,
}

/// Nobody receives them, for now or for good.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// no account of ours, and not linked to one
    #[error("{0} is neither an account nor linked to one")]
    Unknown(AccountId),
    /// the control table did not answer
    #[error("the account cannot be looked up now")]
    Directory(#[from] StoreError),
}

impl<S: EventStore, D: Directory, F: ImportedFiles> App<S, D, F> {
    /// The account with the sender's id, or the one it is linked to.
    pub async fn receiver(&self, sender: AccountId) -> Result<Receiver, SenderError> {
        let account = self.directory.resolve_source(sender).await?;
        let account = account.ok_or(SenderError::Unknown(sender))?;
        let found = self.directory.account(account).await?;
        let retention_days = found.map_or(self.retention_days, |found| self.retention_of(&found));
        Ok(Receiver {
            account,
            retention_days,
        })
    }
}
