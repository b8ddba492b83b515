//! The queue of accounts of which something is due.

use std::future::Future;
use std::time::Duration;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_lambda::sqs::{QueueError, SqsQueue};
use serde::{Deserialize, Serialize};

/// A message: do what is due of this account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// whose
    pub account: AccountId,
    /// when the next tick has asked anew, and this message need not
    pub until: Instant,
}

/// Sends messages.
pub trait Queue: Send + Sync {
    /// Sends all of them, to be received after that time at the earliest, or says how many it could not.
    fn send(
        &self,
        jobs: &[Job],
        wait: Duration,
    ) -> impl Future<Output = Result<(), QueueError>> + Send;
}

impl Queue for SqsQueue {
    async fn send(&self, jobs: &[Job], wait: Duration) -> Result<(), QueueError> {
        self.send_all(jobs, wait).await
    }
}
