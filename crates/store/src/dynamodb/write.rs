//! `PutItem` with a condition for what is created or replaced, `BatchWriteItem` for the rest.

use std::collections::HashMap;
use std::time::Duration;

use activity_log_core::items::{
    Consistency, Created, Item, ItemReader as _, ItemWriter, WriteError,
};
use activity_log_core::slot::MAX_COMMIT_MS;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use tokio::time::{Instant, timeout_at};

use super::DynamoStore;
use super::backoff::{Backoff, is_refused, is_throttled};
use super::item::attributes;

/// How long attempts to create an item are begun. What is left until [`MAX_COMMIT_MS`] is for the last of them.
const CREATE_PATIENCE: Duration = Duration::from_secs(3);
const CREATE_ENDS: Duration = Duration::from_millis(MAX_COMMIT_MS.unsigned_abs());
/// How long attempts to replace an item are begun.
const SWAP_PATIENCE: Duration = Duration::from_secs(5);

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> WriteError {
    WriteError(Box::new(error))
}

/// The table did not answer in time; whether the item is there is not known.
#[derive(Debug, thiserror::Error)]
#[error("DynamoDB did not answer within {} ms", CREATE_ENDS.as_millis())]
struct TooLate;

impl DynamoStore {
    /// Puts an item on a condition, again while the table takes nothing; false if the condition does not hold.
    async fn put_if(
        &self,
        put: PutItemFluentBuilder,
        patience: Duration,
    ) -> Result<bool, WriteError> {
        let mut backoff = Backoff::within(patience);
        loop {
            let turn = self.turn().await;
            let answer = put.clone().send().await;
            drop(turn);
            match answer {
                Ok(_) => return Ok(true),
                Err(error) if is_refused(&error) => return Ok(false),
                Err(error) if is_throttled(&error) && backoff.wait().await => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }

    fn put_of(&self, item: &Item, revision: u64) -> PutItemFluentBuilder {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(attributes(item, revision)))
    }

    /// Whether the item is there with this value and revision: then the condition failed because an attempt before,
    /// whose answer was lost, had written it.
    async fn holds(&self, item: &Item, revision: u64) -> Result<bool, WriteError> {
        let there = self
            .get(std::slice::from_ref(&item.key), Consistency::Strong)
            .await
            .map_err(failed)?;
        Ok(there
            .iter()
            .any(|there| there.revision == revision && there.value == item.value))
    }
}

impl ItemWriter for DynamoStore {
    async fn create(&self, item: &Item) -> Result<Created, WriteError> {
        let put = self
            .put_of(item, item.revision)
            .condition_expression("attribute_not_exists(pk)");
        let is_new = timeout_at(
            Instant::now() + CREATE_ENDS,
            self.put_if(put, CREATE_PATIENCE),
        )
        .await
        .map_err(|_| failed(TooLate))??;
        Ok(if is_new {
            Created::New
        } else {
            Created::AlreadyThere
        })
    }

    async fn put(&self, items: &[Item]) -> Result<(), WriteError> {
        // A batch that names a key twice is refused; under one key there is one content.
        let once: HashMap<_, &Item> = items.iter().map(|item| (&item.key, item)).collect();
        let all = once
            .into_values()
            .map(|item| attributes(item, item.revision))
            .collect();
        self.write_all(all).await.map_err(WriteError)
    }

    async fn swap(&self, item: &Item) -> Result<bool, WriteError> {
        let next = item.revision + 1;
        let put = self.put_of(item, next);
        let put = if item.revision == 0 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            let revision = AttributeValue::N(item.revision.to_string());
            put.condition_expression("rev = :r")
                .expression_attribute_values(":r", revision)
        };
        if self.put_if(put, SWAP_PATIENCE).await? {
            return Ok(true);
        }
        self.holds(item, next).await
    }
}
