//! Queries and batch reads, each as long as it takes.

use std::collections::HashMap;
use std::error::Error;

use activity_log_core::account::AccountId;
use activity_log_core::query::Attribute;
use activity_log_core::reader::ReadError;
use activity_log_core::store::key::{SegmentKey, SegmentPartition, SortRange};
use activity_log_core::store::{Identifiers, SegmentReader, Slice, StoredSegment, WindowReader};
use activity_log_core::window::Window;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures::future::try_join_all;

use super::DynamoStore;
use super::backoff::{Backoff, is_throttled};
use super::item::{self, ForeignItem, Item};

/// Most keys of one BatchGetItem.
const MAX_BATCH: usize = 100;

pub(super) fn failed<E, R>(error: SdkError<E, R>) -> ReadError
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

pub(super) fn foreign(error: ForeignItem) -> ReadError {
    ReadError::Store(Box::new(error))
}

/// BatchGetItem left keys unread although asked again and again.
#[derive(Debug, thiserror::Error)]
#[error("DynamoDB left {0} keys of a batch unread")]
struct Unread(usize);

impl DynamoStore {
    /// Items of a partition, greatest sort key first: at most `limit`, or what one page holds.
    async fn query(
        &self,
        partition: String,
        range: &SortRange,
        limit: Option<usize>,
    ) -> Result<Slice<Item>, ReadError> {
        if range.low > range.high {
            return Ok(Slice {
                items: Vec::new(),
                resume: None,
            });
        }
        let turn = self.turn().await;
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :p AND sk BETWEEN :l AND :h")
            .expression_attribute_values(":p", AttributeValue::S(partition))
            .expression_attribute_values(":l", AttributeValue::S(range.low.clone()))
            .expression_attribute_values(":h", AttributeValue::S(range.high.clone()))
            .scan_index_forward(false)
            .consistent_read(self.consistent)
            .set_limit(limit.and_then(|limit| i32::try_from(limit).ok()))
            .send()
            .await
            .map_err(failed)?;
        drop(turn);
        Ok(slice(answer))
    }

    async fn keys(
        &self,
        account: AccountId,
        partition: String,
        range: &SortRange,
        limit: usize,
    ) -> Result<Slice<SegmentKey>, ReadError> {
        let slice = self.query(partition, range, Some(limit)).await?;
        convert(slice, |item| item::segment_key(account, &item))
    }

    async fn fetch_batch(&self, keys: &[SegmentKey]) -> Result<Vec<StoredSegment>, ReadError> {
        let Some(account) = keys.first().map(|key| key.account) else {
            return Ok(Vec::new());
        };
        let mut wanted: Vec<Item> = keys.iter().map(item::primary_key).collect();
        let mut found = Vec::with_capacity(keys.len());
        let mut backoff = Backoff::new();
        while !wanted.is_empty() {
            let before = found.len();
            let request = KeysAndAttributes::builder()
                .set_keys(Some(wanted))
                .consistent_read(self.consistent)
                .build()
                .map_err(|error| ReadError::Store(Box::new(error)))?;
            let turn = self.turn().await;
            let answer = self
                .client
                .batch_get_item()
                .set_request_items(Some(HashMap::from([(self.table.clone(), request)])))
                .send()
                .await
                .map_err(failed)?;
            drop(turn);
            for item in answer
                .responses
                .into_iter()
                .flat_map(HashMap::into_values)
                .flatten()
            {
                found.push(item::segment(account, item).map_err(foreign)?);
            }
            wanted = answer
                .unprocessed_keys
                .and_then(|mut tables| tables.remove(&self.table))
                .map(|left| left.keys)
                .unwrap_or_default();
            // An answer of 16 MB is full, and the rest is unprocessed: that is no reason to wait.
            if found.len() > before {
                backoff = Backoff::new();
            } else if !wanted.is_empty() && !backoff.wait().await {
                return Err(ReadError::Throttled(Box::new(Unread(wanted.len()))));
            }
        }
        Ok(found)
    }
}

/// The items of one page, and where the next begins.
fn slice(answer: QueryOutput) -> Slice<Item> {
    let last = answer
        .last_evaluated_key
        .as_ref()
        .and_then(|key| key.get("sk"));
    let resume = last.and_then(|sort| sort.as_s().ok()).cloned();
    Slice {
        items: answer.items.unwrap_or_default(),
        resume,
    }
}

fn convert<T>(
    slice: Slice<Item>,
    read: impl Fn(Item) -> Result<T, ForeignItem>,
) -> Result<Slice<T>, ReadError> {
    let items: Result<Vec<T>, ForeignItem> = slice.items.into_iter().map(read).collect();
    Ok(Slice {
        items: items.map_err(foreign)?,
        resume: slice.resume,
    })
}

impl SegmentReader for DynamoStore {
    async fn segments(
        &self,
        partition: SegmentPartition,
        range: &SortRange,
        limit: usize,
    ) -> Result<Slice<StoredSegment>, ReadError> {
        let slice = self.query(partition.key(), range, Some(limit)).await?;
        convert(slice, |item| item::segment(partition.account, item))
    }

    async fn postings(
        &self,
        account: AccountId,
        attribute: Attribute,
        value: &str,
        range: &SortRange,
        limit: usize,
    ) -> Result<Slice<SegmentKey>, ReadError> {
        self.keys(
            account,
            item::posting_key(account, attribute, value),
            range,
            limit,
        )
        .await
    }

    async fn identifiers(
        &self,
        account: AccountId,
        day: i64,
        range: &SortRange,
    ) -> Result<Slice<Identifiers>, ReadError> {
        let place = activity_log_core::store::Place::Identifiers(day);
        let slice = self
            .query(item::place_key(account, &place), range, None)
            .await?;
        convert(slice, |item| item::identifiers(account, item))
    }

    async fn fetch(&self, keys: &[SegmentKey]) -> Result<Vec<StoredSegment>, ReadError> {
        let batches = keys.chunks(MAX_BATCH).map(|batch| self.fetch_batch(batch));
        Ok(try_join_all(batches).await?.into_iter().flatten().collect())
    }
}

impl WindowReader for DynamoStore {
    async fn marks(
        &self,
        account: AccountId,
        window: Window,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Slice<SegmentKey>, ReadError> {
        let turn = self.turn().await;
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :p AND sk > :a")
            .expression_attribute_values(":p", AttributeValue::S(item::window_key(account, window)))
            .expression_attribute_values(":a", AttributeValue::S(after.unwrap_or("0").to_owned()))
            .consistent_read(self.consistent)
            .set_limit(i32::try_from(limit).ok())
            .send()
            .await
            .map_err(failed)?;
        drop(turn);
        convert(slice(answer), |item| item::segment_key(account, &item))
    }
}
