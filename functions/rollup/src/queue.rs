//! The queue of accounts of which something is due.

use std::future::Future;
use std::time::Duration;

use activity_log_control::BoxError;
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_lambda::heartbeat::{Cause, Hide, SqsMessages};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use serde::{Deserialize, Serialize};

/// Most messages SQS takes at once.
const AT_ONCE: usize = 10;

/// A message: do what is due of this account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// whose
    pub account: AccountId,
    /// whether somebody archives: then it is to be decided about the last sealed window
    pub decide: bool,
    /// when the next tick has asked anew, and this message need not
    pub until: Instant,
}

/// Messages were not sent.
#[derive(Debug, thiserror::Error)]
#[error("{unsent} messages could not be sent to {queue}")]
pub struct QueueError {
    /// how many
    pub unsent: usize,
    /// the queue's URL
    pub queue: String,
    /// what lies behind it
    #[source]
    pub cause: BoxError,
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

/// The queue in SQS. It needs `sqs:SendMessage` and `sqs:ChangeMessageVisibility`.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: Client,
    url: String,
}

impl SqsQueue {
    /// This queue.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self {
            client,
            url: url.into(),
        }
    }

    /// Sends up to [`AT_ONCE`]; gives how many were not taken, and why.
    async fn send_batch(&self, jobs: &[Job], wait: Duration) -> Result<(), (usize, BoxError)> {
        let entries = jobs.iter().enumerate().map(|(at, job)| {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(at.to_string())
                .delay_seconds(i32::try_from(wait.as_secs())?)
                .message_body(serde_json::to_string(job)?);
            Ok::<_, BoxError>(entry.build()?)
        });
        let entries: Result<Vec<_>, BoxError> = entries.collect();
        let entries = entries.map_err(|error| (jobs.len(), error))?;
        let batch = self.client.send_message_batch().queue_url(&self.url);
        let answer = batch.set_entries(Some(entries)).send().await;
        let answer = answer.map_err(|error| (jobs.len(), error.into()))?;
        match answer.failed().first() {
            None => Ok(()),
            Some(failed) => Err((answer.failed().len(), failed.code().into())),
        }
    }
}

impl Hide for SqsQueue {
    async fn hide(&self, receipt: &str, time: Duration) -> Result<bool, Cause> {
        let messages = SqsMessages::new(self.client.clone(), &self.url);
        messages.hide(receipt, time).await
    }
}

impl Queue for SqsQueue {
    async fn send(&self, jobs: &[Job], wait: Duration) -> Result<(), QueueError> {
        let (mut unsent, mut cause) = (0, None);
        // A batch that fails keeps no other from being sent.
        for batch in jobs.chunks(AT_ONCE) {
            if let Err((count, error)) = self.send_batch(batch, wait).await {
                unsent += count;
                cause.get_or_insert(error);
            }
        }
        cause.map_or(Ok(()), |cause| {
            Err(QueueError {
                unsent,
                queue: self.url.clone(),
                cause,
            })
        })
    }
}
