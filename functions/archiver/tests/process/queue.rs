//! A queue on the emulator, of which Lambda would hand messages to the function.

use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;

/// As in the template: just above the function's timeout.
const HIDDEN_SECONDS: u32 = 960;

pub struct Queue {
    client: aws_sdk_sqs::Client,
    pub url: String,
}

/// A message, as it was received.
pub struct Received {
    pub receipt: String,
    pub body: String,
}

impl Queue {
    pub async fn new(client: aws_sdk_sqs::Client, name: &str) -> Self {
        let made = client.create_queue().queue_name(name).attributes(
            QueueAttributeName::VisibilityTimeout,
            HIDDEN_SECONDS.to_string(),
        );
        let url = made.send().await.unwrap().queue_url.unwrap();
        Self { client, url }
    }

    pub async fn send(&self, body: impl Into<String>) {
        let sent = self.client.send_message().queue_url(&self.url);
        sent.message_body(body).send().await.unwrap();
    }

    /// A message that may be received now, if there is one.
    pub async fn receive(&self) -> Option<Received> {
        let received = self.client.receive_message().queue_url(&self.url);
        let received = received.send().await.unwrap().messages?;
        let message = received.into_iter().next()?;
        Some(Received {
            receipt: message.receipt_handle.unwrap(),
            body: message.body.unwrap(),
        })
    }

    /// The next message, as soon as it may be received.
    pub async fn wait(&self) -> Received {
        loop {
            if let Some(received) = self.receive().await {
                return received;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// As Lambda does when the function has answered.
    pub async fn delete(&self, received: &Received) {
        let delete = self.client.delete_message().queue_url(&self.url);
        let delete = delete.receipt_handle(&received.receipt).send().await;
        delete.unwrap();
    }
}
