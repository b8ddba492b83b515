//! What the operator does to an account's subscription.

use activity_log_core::instant::Instant;
use activity_log_core::subscription::{Subscription, SubscriptionError};

/// A change of a subscription; it holds from the moment it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionChange {
    /// Switch it on, or if it is on set its end.
    Activate {
        /// when it ends by itself; `None` if it does not
        until: Option<Instant>,
    },
    /// Switch it off.
    Deactivate,
}

impl SubscriptionChange {
    /// The subscription after the change.
    pub(crate) fn of(
        self,
        before: &Subscription,
        now: Instant,
    ) -> Result<Subscription, SubscriptionError> {
        let mut after = before.clone();
        match self {
            Self::Activate { until } => after.activate(now, until)?,
            Self::Deactivate => after.deactivate(now),
        }
        Ok(after)
    }
}
