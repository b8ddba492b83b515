//! The queue of trails: one message for each, so that none waits for another.

use std::future::Future;
use std::time::Duration;

use activity_log_core::account::AccountId;
use activity_log_core::trail::name::TrailName;
use activity_log_lambda::sqs::{QueueError, SqsQueue};
use serde::{Deserialize, Serialize};

/// A message: deliver what this trail has to deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailMessage {
    /// whose trail
    pub account: AccountId,
    /// its name
    pub trail: TrailName,
}

/// Sends messages.
pub trait Queue: Send + Sync {
    /// Sends all of them, or says how many it could not.
    fn send(
        &self,
        messages: &[TrailMessage],
    ) -> impl Future<Output = Result<(), QueueError>> + Send;
}

impl Queue for SqsQueue {
    async fn send(&self, messages: &[TrailMessage]) -> Result<(), QueueError> {
        self.send_all(messages, Duration::ZERO).await
    }
}
