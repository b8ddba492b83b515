//! Ranges by Query, single items by BatchGetItem.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::time::Duration;

use activity_log_core::items::{Ask, Consistency, Item, ItemReader, Key, Order, Slice};
use activity_log_core::reader::ReadError;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures::future::try_join_all;

use super::DynamoStore;
use super::backoff::{Backoff, is_throttled};
use super::item::{Attributes, ForeignItem, primary_key, read_item};

/// Most keys of one BatchGetItem.
const MAX_BATCH: usize = 100;
/// How long a read goes on with a table that gives nothing: somebody waits for the answer, and may ask again.
const PATIENCE: Duration = Duration::from_secs(5);
/// Least sort key there is: an empty one is refused, also as the end of a range.
const LEAST: &str = "\0";

fn failed<E, R>(error: SdkError<E, R>) -> ReadError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    if is_throttled(&error) {
        ReadError::Throttled(Box::new(error))
    } else {
        ReadError::Store(Box::new(error))
    }
}

fn foreign(error: ForeignItem) -> ReadError {
    ReadError::Store(Box::new(error))
}

/// BatchGetItem left keys unread although asked again and again.
#[derive(Debug, thiserror::Error)]
#[error("DynamoDB left {0} keys of a batch unread")]
struct Unread(usize);

impl DynamoStore {
    fn query_of(&self, ask: &Ask) -> QueryFluentBuilder {
        let low = if ask.low.is_empty() { LEAST } else { &ask.low };
        self.client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :p AND sk BETWEEN :l AND :h")
            .expression_attribute_values(":p", AttributeValue::S(ask.partition.clone()))
            .expression_attribute_values(":l", AttributeValue::S(low.to_owned()))
            .expression_attribute_values(":h", AttributeValue::S(ask.high.clone()))
            .scan_index_forward(ask.order == Order::Ascending)
            .consistent_read(ask.consistency == Consistency::Strong)
            .set_limit(ask.limit.and_then(|limit| i32::try_from(limit).ok()))
    }

    async fn get_batch(
        &self,
        keys: &[&Key],
        consistency: Consistency,
    ) -> Result<Vec<Item>, ReadError> {
        let mut wanted: Vec<Attributes> = keys.iter().map(|key| primary_key(key)).collect();
        let mut found = Vec::with_capacity(keys.len());
        let mut backoff = Backoff::within(PATIENCE);
        while !wanted.is_empty() {
            let (items, left) = self.get_some(&wanted, consistency, &mut backoff).await?;
            // An answer of 16 MB is full, and the rest is unprocessed: that is no reason to wait.
            if !items.is_empty() {
                backoff = Backoff::within(PATIENCE);
            } else if !left.is_empty() && !backoff.wait().await {
                return Err(ReadError::Throttled(Box::new(Unread(left.len()))));
            }
            for item in items {
                found.push(read_item(item).map_err(foreign)?);
            }
            wanted = left;
        }
        Ok(found)
    }

    /// One answer: the items in it, and the keys it leaves.
    async fn get_some(
        &self,
        wanted: &[Attributes],
        consistency: Consistency,
        backoff: &mut Backoff,
    ) -> Result<(Vec<Attributes>, Vec<Attributes>), ReadError> {
        let request = KeysAndAttributes::builder()
            .set_keys(Some(wanted.to_vec()))
            .consistent_read(consistency == Consistency::Strong)
            .build()
            .map_err(|error| ReadError::Store(Box::new(error)))?;
        let answer = loop {
            let turn = self.turn().await;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.table, request.clone())
                .send()
                .await;
            drop(turn);
            match answer {
                Ok(answer) => break answer,
                Err(error) if is_throttled(&error) && backoff.wait().await => {}
                Err(error) => return Err(failed(error)),
            }
        };
        let items = answer.responses.into_iter().flat_map(HashMap::into_values);
        let left = answer
            .unprocessed_keys
            .and_then(|mut tables| tables.remove(&self.table))
            .map(|left| left.keys)
            .unwrap_or_default();
        Ok((items.flatten().collect(), left))
    }
}

impl ItemReader for DynamoStore {
    async fn range(&self, ask: &Ask) -> Result<Slice, ReadError> {
        // Both are errors for DynamoDB.
        if ask.low > ask.high || ask.high.is_empty() {
            return Ok(Slice::default());
        }
        if ask.limit == Some(0) {
            return Ok(Slice {
                items: Vec::new(),
                has_more: true,
            });
        }
        let mut backoff = Backoff::within(PATIENCE);
        let answer = loop {
            let turn = self.turn().await;
            let answer = self.query_of(ask).send().await;
            drop(turn);
            match answer {
                Ok(answer) => break answer,
                Err(error) if is_throttled(&error) && backoff.wait().await => {}
                Err(error) => return Err(failed(error)),
            }
        };
        let has_more = answer.last_evaluated_key.is_some();
        let items = answer.items.unwrap_or_default().into_iter().map(read_item);
        Ok(Slice {
            items: items.collect::<Result<_, _>>().map_err(foreign)?,
            has_more,
        })
    }

    async fn get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, ReadError> {
        // A batch that names a key twice is refused.
        let mut known = HashSet::with_capacity(keys.len());
        let once: Vec<&Key> = keys.iter().filter(|key| known.insert(*key)).collect();
        let batches = once
            .chunks(MAX_BATCH)
            .map(|batch| self.get_batch(batch, consistency));
        Ok(try_join_all(batches).await?.into_iter().flatten().collect())
    }
}
