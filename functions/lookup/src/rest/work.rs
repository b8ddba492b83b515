//! The reporter's queue in SQS.

use activity_log_control::BoxError;
use activity_log_core::reports::WorkMessage;
use activity_log_rest::ports::{Work, WorkError};
use aws_sdk_sqs::Client;

/// The queue is SQS's. It needs `sqs:SendMessage`.
#[derive(Clone, Debug)]
pub struct SqsWork {
    client: Client,
    url: String,
}

impl SqsWork {
    /// This queue. Makes no request.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self {
            client,
            url: url.into(),
        }
    }

    async fn try_send(&self, message: &WorkMessage) -> Result<(), BoxError> {
        let body = serde_json::to_string(message)?;
        let message = self.client.send_message().queue_url(&self.url);
        message.message_body(body).send().await?;
        Ok(())
    }
}

impl Work for SqsWork {
    async fn send(&self, message: &WorkMessage) -> Result<(), WorkError> {
        self.try_send(message).await.map_err(|source| WorkError {
            queue: self.url.clone(),
            source,
        })
    }
}
