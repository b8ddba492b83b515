//! The port to the roll-up of one account.

use std::future::Future;

use activity_log_calls::Conflicting;
use activity_log_control::BoxError;
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::window::Window;

/// Whose events are rolled up, and how long they are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// whose
    pub account: AccountId,
    /// how long, in days
    pub retention_days: u32,
}

/// A step of a roll-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// the end of what is rolled up now
    pub upto: Instant,
    /// rows that were kept
    pub rows: u64,
    /// rows that were dropped: the same event was there
    pub copies: u64,
    /// rows that were dropped: another text was there, under the event's id and time
    pub conflicts: u64,
    /// the first of the conflicts
    pub first_conflicts: Vec<Conflicting>,
}

/// What was done of an account, also where it ended in an error.
#[derive(Debug, Default)]
pub struct Worked {
    /// steps of the roll-up
    pub steps: Vec<Step>,
    /// how often blocks of the index were merged
    pub merges: u64,
    /// whether another run is at it
    pub is_claimed: bool,
    /// what it ended in
    pub error: Option<BoxError>,
}

/// Rolls up. Whatever is done may be done by two at once or be left half done: only one write counts.
pub trait Rolls: Send + Sync {
    /// Since when something of the account waits to be rolled up; `None` if nothing does. Cheap: it is asked every minute.
    fn due(
        &self,
        account: AccountId,
        now: Instant,
    ) -> impl Future<Output = Result<Option<Instant>, BoxError>> + Send;

    /// Rolls up and merges what is due, until nothing is or the time is nearly over.
    fn work(&self, task: Task, end: Instant) -> impl Future<Output = Worked> + Send;

    /// Decides about a sealed window what is not rolled up of it, so that it can be archived; false if that must be rolled
    /// up first, or somebody else was faster: it is to be tried again.
    fn decide(
        &self,
        account: AccountId,
        window: Window,
    ) -> impl Future<Output = Result<bool, BoxError>> + Send;
}

/// Nothing is due: as long as nobody writes arrivals.
#[derive(Clone, Copy, Debug)]
pub struct Idle;

impl Rolls for Idle {
    async fn due(&self, _account: AccountId, _now: Instant) -> Result<Option<Instant>, BoxError> {
        Ok(None)
    }

    async fn work(&self, _task: Task, _end: Instant) -> Worked {
        Worked::default()
    }

    async fn decide(&self, _account: AccountId, _window: Window) -> Result<bool, BoxError> {
        Ok(true)
    }
}
