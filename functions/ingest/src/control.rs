//! What the function has of the control table: it knows accounts and counts what they send.

use activity_log_control::{
    Account, Accounts, Day, Received, Sources, StoreError, Usage, UsageCount,
};
use activity_log_core::account::AccountId;

/// A directory, which writes nothing, and the counters of usage, which do nothing else.
#[derive(Debug)]
pub struct Control<D, U> {
    /// who sends, and for whom
    pub directory: D,
    /// what accounts took in
    pub usage: U,
}

impl<D: Accounts, U: Usage> Accounts for Control<D, U> {
    async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.directory.account(id).await
    }
}

impl<D: Sources, U: Usage> Sources for Control<D, U> {
    async fn receivers(&self, aws_accounts: &[AccountId]) -> Result<Vec<Received>, StoreError> {
        self.directory.receivers(aws_accounts).await
    }
}

impl<D: Accounts, U: Usage> Usage for Control<D, U> {
    async fn add(&self, account: AccountId, day: Day, count: UsageCount) -> Result<(), StoreError> {
        self.usage.add(account, day, count).await
    }
}
