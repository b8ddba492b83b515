//! The calls queue in SQS, to which only we may send: what `ingest` takes from it is known to be ours.

use std::time::Duration;

use activity_log_core::account::AccountId;
use activity_log_core::origin::Origin;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::MessageAttributeValue;

use crate::{BoxError, CallLog, CallLogError};

/// An answer waits no longer for its record to be taken, tries again included: without the record it is counted and an
/// alarm; without the answer the caller would have done something and never heard of it.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// One attempt: a connection that died leaves time for the next, which waits for no longer than a moment.
const ATTEMPT: Duration = Duration::from_millis(1_200);
const BACKOFF: Duration = Duration::from_millis(100);

/// The message attribute that names the account, as `ingest` reads it.
pub const ACCOUNT: &str = "accountId";
/// The message attribute that says how the event came, as `ingest` reads it: from this queue `service` or `operator`.
pub const ORIGIN: &str = "origin";

/// The calls queue. It needs `sqs:SendMessage`.
#[derive(Clone, Debug)]
pub struct SqsCallLog {
    client: Client,
    url: String,
}

impl SqsCallLog {
    /// This queue; the client's own patience does not matter. Makes no request.
    pub fn new(client: &Client, url: impl Into<String>) -> Self {
        let timeouts = client.config().timeout_config().cloned();
        let timeouts = timeouts.map_or_else(TimeoutConfig::builder, |set| set.to_builder());
        let timeouts = timeouts.operation_timeout(PATIENCE);
        let timeouts = timeouts.operation_attempt_timeout(ATTEMPT).build();
        let retries = client.config().retry_config().cloned();
        let retries = retries.unwrap_or_else(RetryConfig::standard);
        let config = client
            .config()
            .to_builder()
            .timeout_config(timeouts)
            .retry_config(retries.with_initial_backoff(BACKOFF))
            .build();
        Self {
            client: Client::from_conf(config),
            url: url.into(),
        }
    }

    async fn try_append(
        &self,
        account: AccountId,
        origin: &Origin,
        record: String,
    ) -> Result<(), BoxError> {
        let message = self.client.send_message().queue_url(&self.url);
        let message = message.message_attributes(ACCOUNT, attribute(account.as_str())?);
        let message = message.message_attributes(ORIGIN, attribute(origin.text())?);
        message.message_body(record).send().await?;
        Ok(())
    }
}

fn attribute(text: impl Into<String>) -> Result<MessageAttributeValue, BuildError> {
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(text)
        .build()
}

impl CallLog for SqsCallLog {
    async fn append(
        &self,
        account: AccountId,
        origin: Origin,
        record: String,
    ) -> Result<(), CallLogError> {
        let sent = self.try_append(account, &origin, record).await;
        sent.map_err(|cause| CallLogError {
            queue: self.url.clone(),
            cause,
        })
    }
}
