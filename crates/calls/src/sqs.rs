//! The queue of events in SQS: `ingest` takes a call's record from it as it takes any producer's.

use activity_log_core::account::AccountId;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::MessageAttributeValue;

use crate::{BoxError, CallLog, CallLogError};

/// The message attribute that names the account, as `ingest` reads it.
pub const ACCOUNT: &str = "accountId";

/// The queue of events. It needs `sqs:SendMessage`.
#[derive(Clone, Debug)]
pub struct SqsCallLog {
    client: Client,
    url: String,
}

impl SqsCallLog {
    /// This queue. Makes no request.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self {
            client,
            url: url.into(),
        }
    }

    async fn try_append(&self, account: AccountId, record: String) -> Result<(), BoxError> {
        let message = self.client.send_message().queue_url(&self.url);
        let message = message.message_attributes(ACCOUNT, attribute(account)?);
        message.message_body(record).send().await?;
        Ok(())
    }
}

/// The value of the message attribute [`ACCOUNT`].
pub fn attribute(account: AccountId) -> Result<MessageAttributeValue, BuildError> {
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(account.as_str())
        .build()
}

impl CallLog for SqsCallLog {
    async fn append(&self, account: AccountId, record: String) -> Result<(), CallLogError> {
        let sent = self.try_append(account, record).await;
        sent.map_err(|cause| CallLogError {
            queue: self.url.clone(),
            cause,
        })
    }
}
