//! The port to the counters of rates.

use activity_log_core::account::AccountId;

use crate::error::StoreError;
use crate::model::rate::Rate;

/// Counts what accounts do, second by second, for all instances together.
pub trait Rates: Send + Sync {
    /// Adds `permits` to what the account spent of the rate in `second` (since 1970); gives the new sum. What
    /// was added is never taken back, and the counters of a second are forgotten some time after it.
    fn spend(
        &self,
        account: AccountId,
        rate: Rate,
        second: i64,
        permits: u32,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
}
