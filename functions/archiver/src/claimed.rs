//! A trail that a run has claimed.

use std::time::Duration;

use activity_log_control::{StoreError, TrailArchive};
use activity_log_core::instant::Instant;
use activity_log_core::trail::Trail;
use activity_log_lambda::heartbeat::{CLAIMED, Cause, Hold, after};

/// A claim, until it is released or runs out.
pub struct Claimed<T> {
    trails: T,
    trail: Trail,
    since: Instant,
    until: Instant,
}

impl<T: TrailArchive> Claimed<T> {
    /// One made at `since`, for [`CLAIMED`].
    pub fn new(trails: T, trail: Trail, since: Instant) -> Self {
        Self {
            trails,
            trail,
            since,
            until: after(since, CLAIMED),
        }
    }

    /// Lets others work on the trail. One that is another run's by now stays that.
    pub async fn release(&self) -> Result<(), StoreError> {
        self.trails.release(&self.trail, self.until).await
    }
}

impl<T: TrailArchive + 'static> Hold for Claimed<T> {
    const WHAT: &'static str = "claim";
    const LASTS: Duration = CLAIMED;

    async fn renew(&mut self, elapsed: Duration) -> Result<bool, Cause> {
        let until = after(self.since, elapsed + CLAIMED);
        let is_ours = self.trails.renew(&self.trail, self.until, until).await?;
        if is_ours {
            self.until = until;
        }
        Ok(is_ours)
    }
}
