//! The port to the counters of attempts.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

use crate::error::StoreError;
use crate::model::due::{Due, Position};
use crate::model::unproven::{Minute, Place, UnprovenCall, Untold};

/// What of an account is counted by the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counted<'a> {
    /// attempts from a place
    From(Place),
    /// attempts with a key or token of this id
    With(&'a str),
    /// places that attempts with a key or token of this id came from, and were not told one by one
    PlacesOf(&'a str),
}

/// Counts attempts of callers who did not show who they are, minute by minute, for all instances together.
pub trait UnprovenCalls: Send + Sync {
    /// Adds one; gives the new sum. The counters of a minute are forgotten some time after it.
    fn count(
        &self,
        account: AccountId,
        minute: Minute,
        counted: Counted<'_>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Adds the attempt to those of its minute, key and place that are not told one by one. Where there are none yet,
    /// only if `anew`; `false`: it was not added.
    fn add_untold(
        &self,
        minute: Minute,
        attempt: UnprovenCall<'_>,
        anew: bool,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// What was not told one by one in minutes that were over before `over`; `most` are looked at, from `after` on. Those
    /// of one minute and key stand together, on one page where they fit.
    fn untold(
        &self,
        over: Instant,
        after: Option<&Position>,
        most: usize,
    ) -> impl Future<Output = Result<Due<Untold>, StoreError>> + Send;

    /// Drops it; to be called when it is told.
    fn forget_untold(&self, untold: &Untold)
    -> impl Future<Output = Result<(), StoreError>> + Send;
}
