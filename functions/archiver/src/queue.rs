//! The queue of trails: one message for each, so that none waits for another.

use std::future::Future;
use std::time::Duration;

use activity_log_control::BoxError;
use activity_log_core::account::AccountId;
use activity_log_core::trail::name::TrailName;
use activity_log_lambda::heartbeat::{Cause, Hide, SqsMessages};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use serde::{Deserialize, Serialize};

/// Most messages SQS takes at once.
const AT_ONCE: usize = 10;

/// A message: deliver what this trail has to deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailMessage {
    /// whose trail
    pub account: AccountId,
    /// its name
    pub trail: TrailName,
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
    /// Sends all of them, or says how many it could not.
    fn send(
        &self,
        messages: &[TrailMessage],
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
    async fn send_batch(&self, messages: &[TrailMessage]) -> Result<(), (usize, BoxError)> {
        let entries = messages.iter().enumerate().map(|(at, message)| {
            let body = serde_json::to_string(message)?;
            let entry = SendMessageBatchRequestEntry::builder().id(at.to_string());
            Ok::<_, BoxError>(entry.message_body(body).build()?)
        });
        let entries: Result<Vec<_>, BoxError> = entries.collect();
        let entries = entries.map_err(|error| (messages.len(), error))?;
        let sent = self
            .client
            .send_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .send()
            .await;
        let answer = sent.map_err(|error| (messages.len(), error.into()))?;
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
    async fn send(&self, messages: &[TrailMessage]) -> Result<(), QueueError> {
        let (mut unsent, mut cause) = (0, None);
        // A batch that fails keeps no other from being sent.
        for batch in messages.chunks(AT_ONCE) {
            if let Err((count, error)) = self.send_batch(batch).await {
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
