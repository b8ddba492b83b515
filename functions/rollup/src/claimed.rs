//! An account that a run has claimed.

use std::time::Duration;

use activity_log_core::instant::Instant;
use activity_log_core::items::ItemWriter;
use activity_log_core::rollup::RollupError;
use activity_log_core::rollup::claim::Claim;
use activity_log_lambda::heartbeat::{CLAIMED, Cause, Hold, after};

/// How long a claim is held after a beat, in milliseconds.
pub const CLAIM_MS: i64 = CLAIMED.as_secs().cast_signed() * 1_000;

/// A claim, until it is released or runs out.
pub struct Claimed<S> {
    store: S,
    claim: Claim,
    since: Instant,
}

impl<S: ItemWriter> Claimed<S> {
    /// One taken at `since`, for [`CLAIM_MS`].
    pub const fn new(store: S, claim: Claim, since: Instant) -> Self {
        Self {
            store,
            claim,
            since,
        }
    }

    /// Lets others work on the account. One that is another run's by now stays that.
    pub async fn release(self, now: Instant) -> Result<(), RollupError> {
        self.claim.release(&self.store, now).await
    }
}

impl<S: ItemWriter + 'static> Hold for Claimed<S> {
    const WHAT: &'static str = "claim";
    const LASTS: Duration = CLAIMED;

    async fn renew(&mut self, elapsed: Duration) -> Result<bool, Cause> {
        let now = after(self.since, elapsed);
        Ok(self.claim.renew(&self.store, now, CLAIM_MS).await?)
    }
}
