//! The queue of work: a report that needs another run is sent to it.

use std::future::Future;
use std::time::Duration;

use activity_log_control::BoxError;
use activity_log_core::reports::WorkMessage;
use activity_log_lambda::heartbeat::{Cause, Hide};
use activity_log_lambda::sqs;
use aws_sdk_sqs::Client;

/// A message was not sent.
#[derive(Debug, thiserror::Error)]
#[error("a message could not be sent to {queue}")]
pub struct QueueError {
    /// the queue's URL
    pub queue: String,
    /// what lies behind it
    #[source]
    pub cause: BoxError,
}

/// Sends messages.
pub trait Queue: Send + Sync {
    /// Sends one.
    fn send(&self, message: WorkMessage) -> impl Future<Output = Result<(), QueueError>> + Send;
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

    fn failed(&self, cause: impl Into<BoxError>) -> QueueError {
        QueueError {
            queue: self.url.clone(),
            cause: cause.into(),
        }
    }
}

impl Hide for SqsQueue {
    async fn hide(&self, receipt: &str, time: Duration) -> Result<bool, Cause> {
        let queue = sqs::SqsQueue::new(self.client.clone(), &self.url);
        queue.hide(receipt, time).await
    }
}

impl Queue for SqsQueue {
    async fn send(&self, message: WorkMessage) -> Result<(), QueueError> {
        let body = serde_json::to_string(&message).map_err(|error| self.failed(error))?;
        let message = self.client.send_message().queue_url(&self.url);
        let sent = message.message_body(body).send().await;
        sent.map_err(|error| self.failed(error))?;
        Ok(())
    }
}
