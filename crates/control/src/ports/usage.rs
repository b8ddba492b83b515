//! The ports to the counters of what accounts take in.

use activity_log_core::account::AccountId;

use crate::error::StoreError;
use crate::model::usage::{Day, UsageCount};

/// Counts what an account takes in.
pub trait Usage: Send + Sync {
    /// Adds to what the account took in on that day.
    fn add(
        &self,
        account: AccountId,
        day: Day,
        count: UsageCount,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Reads what was counted.
pub trait UsageReader: Send + Sync {
    /// The last `days` days until `today`, it included, oldest first, with what was counted on each; days before
    /// [`USAGE_DAYS`](crate::USAGE_DAYS) are left out.
    fn usage(
        &self,
        account: AccountId,
        today: Day,
        days: u32,
    ) -> impl Future<Output = Result<Vec<(Day, UsageCount)>, StoreError>> + Send;
}
