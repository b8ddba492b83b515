//! The counters of rates in memory.

use activity_log_core::account::AccountId;

use super::InMemory;
use crate::error::StoreError;
use crate::model::rate::Rate;
use crate::ports::Rates;

impl Rates for InMemory {
    async fn spend(
        &self,
        account: AccountId,
        rate: Rate,
        second: i64,
        permits: u32,
    ) -> Result<u64, StoreError> {
        let mut state = self.state();
        let spent = state.rates.entry((account, rate, second)).or_default();
        *spent += u64::from(permits);
        Ok(*spent)
    }
}
