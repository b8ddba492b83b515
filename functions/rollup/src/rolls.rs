//! The port to the roll-up of one account.

use std::future::Future;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::rollup::tell::Tell;
use activity_log_core::rollup::work::Worked;
use activity_log_core::rollup::{RollupError, Task};

/// What was done of an account, also where it ended in an error.
#[derive(Debug, Default)]
pub struct Run {
    /// what was done
    pub worked: Worked,
    /// whether another run is at it
    pub is_claimed: bool,
    /// what it ended in
    pub error: Option<RollupError>,
}

/// Rolls up. Whatever is done may be done by two at once or be left half done: only one write counts.
pub trait Rolls: Send + Sync {
    /// Since when something of the account waits to be rolled up or told; `None` if nothing does. Cheap: it is asked every
    /// minute.
    fn due(
        &self,
        account: AccountId,
        now: Instant,
    ) -> impl Future<Output = Result<Option<Instant>, RollupError>> + Send;

    /// Tells, rolls up and merges what is due, until nothing is or the time is nearly over.
    fn work(&self, task: Task, tell: &impl Tell, end: Instant) -> impl Future<Output = Run> + Send;
}
