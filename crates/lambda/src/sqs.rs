//! A queue of work in SQS: messages are sent to it many at a time, and hidden while a run works on them.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata as _;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use serde::Serialize;

use crate::heartbeat::{Cause, Hide};

/// Most messages SQS takes at once.
const AT_ONCE: usize = 10;

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
    pub cause: Cause,
}

/// A queue in SQS. Hiding needs `sqs:ChangeMessageVisibility`, sending `sqs:SendMessage`.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: Client,
    url: String,
}

impl SqsQueue {
    /// This queue.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        let url = url.into();
        Self { client, url }
    }

    /// Sends all messages as JSON, to be received after `wait` at the earliest, or says how many it could not.
    pub async fn send_all<M: Serialize>(
        &self,
        messages: &[M],
        wait: Duration,
    ) -> Result<(), QueueError> {
        let (mut unsent, mut cause) = (0, None);
        // A batch that fails keeps no other from being sent.
        for batch in messages.chunks(AT_ONCE) {
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

    /// Sends up to [`AT_ONCE`]; gives how many were not taken, and why.
    async fn send_batch<M: Serialize>(
        &self,
        messages: &[M],
        wait: Duration,
    ) -> Result<(), (usize, Cause)> {
        let entries = messages.iter().enumerate().map(|(at, message)| {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(at.to_string())
                .delay_seconds(i32::try_from(wait.as_secs())?)
                .message_body(serde_json::to_string(message)?);
            Ok::<_, Cause>(entry.build()?)
        });
        let entries: Result<Vec<_>, Cause> = entries.collect();
        let entries = entries.map_err(|error| (messages.len(), error))?;
        let batch = self.client.send_message_batch().queue_url(&self.url);
        let answer = batch.set_entries(Some(entries)).send().await;
        let answer = answer.map_err(|error| (messages.len(), error.into()))?;
        match answer.failed().first() {
            None => Ok(()),
            Some(failed) => Err((answer.failed().len(), failed.code().into())),
        }
    }
}

impl Hide for SqsQueue {
    async fn hide(&self, receipt: &str, time: Duration) -> Result<bool, Cause> {
        let change = self
            .client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt)
            .visibility_timeout(i32::try_from(time.as_secs())?);
        let Err(error) = change.send().await else {
            return Ok(true);
        };
        // Of a message that is deleted, SQS says that the parameter's value is invalid; codes have a prefix or none.
        let code = error.code().and_then(|code| code.rsplit('.').next());
        match code {
            Some("ReceiptHandleIsInvalid" | "MessageNotInflight" | "InvalidParameterValue") => {
                Ok(false)
            }
            _ => Err(error.into()),
        }
    }
}
