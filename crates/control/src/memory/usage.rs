//! The counters of usage in memory.

use activity_log_core::account::AccountId;

use super::InMemory;
use crate::error::StoreError;
use crate::model::usage::{Day, UsageCount};
use crate::ports::{Usage, UsageReader};

impl Usage for InMemory {
    async fn add(&self, account: AccountId, day: Day, count: UsageCount) -> Result<(), StoreError> {
        *self.state().usage.entry((account, day)).or_default() += count;
        Ok(())
    }
}

impl UsageReader for InMemory {
    async fn usage(
        &self,
        account: AccountId,
        today: Day,
        days: u32,
    ) -> Result<Vec<(Day, UsageCount)>, StoreError> {
        let state = self.state();
        let counted = |day| state.usage.get(&(account, day)).copied();
        let days = today.last(days);
        Ok(days
            .map(|day| (day, counted(day).unwrap_or_default()))
            .collect())
    }
}
