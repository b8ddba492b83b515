//! Batch writes of index entries, and the conditional write that commits a segment.

use std::collections::HashMap;
use std::time::Duration;

use activity_log_core::store::{Committed, IndexEntry, SegmentWriter, StoredSegment, WriteError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::DynamoStore;
use super::item::{self, Item};

/// Most items of one BatchWriteItem.
const MAX_BATCH: usize = 25;
/// Batches of one segment written at once.
const BATCHES_AT_ONCE: usize = 8;
/// First wait for unprocessed items; doubled each time.
const FIRST_WAIT: Duration = Duration::from_millis(25);
/// Waits before giving up: some 12 seconds in all, below the longest write a window allows.
const MAX_WAITS: u32 = 9;

/// BatchWriteItem left items unwritten although asked again and again.
#[derive(Debug, thiserror::Error)]
#[error("DynamoDB left {0} items of a batch unwritten")]
struct Unwritten(usize);

/// Exponential waits with full jitter.
pub(super) struct Backoff {
    waits: u32,
}

impl Backoff {
    pub(super) const fn new() -> Self {
        Self { waits: 0 }
    }

    /// Waits; false if it was asked too often.
    pub(super) async fn wait(&mut self) -> bool {
        if self.waits == MAX_WAITS {
            return false;
        }
        let longest = FIRST_WAIT * 2_u32.pow(self.waits);
        self.waits += 1;
        tokio::time::sleep(longest.mul_f64(rand::random())).await;
        true
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> WriteError {
    WriteError(Box::new(error))
}

impl DynamoStore {
    async fn write_batch(&self, items: Vec<Item>) -> Result<(), WriteError> {
        let put = |item| {
            let put = PutRequest::builder()
                .set_item(Some(item))
                .build()
                .map_err(failed)?;
            Ok(WriteRequest::builder().put_request(put).build())
        };
        let requests: Result<Vec<_>, WriteError> = items.into_iter().map(put).collect();
        let mut left = requests?;
        let mut backoff = Backoff::new();
        loop {
            let answer = self
                .client
                .batch_write_item()
                .set_request_items(Some(HashMap::from([(self.table.clone(), left)])))
                .send()
                .await
                .map_err(failed)?;
            left = answer
                .unprocessed_items
                .and_then(|mut tables| tables.remove(&self.table))
                .unwrap_or_default();
            if left.is_empty() {
                return Ok(());
            }
            if !backoff.wait().await {
                return Err(failed(Unwritten(left.len())));
            }
        }
    }
}

impl SegmentWriter for DynamoStore {
    async fn index(&self, entries: &[IndexEntry]) -> Result<(), WriteError> {
        let batches: Vec<Vec<Item>> = entries
            .chunks(MAX_BATCH)
            .map(|batch| batch.iter().map(item::entry_item).collect())
            .collect();
        stream::iter(batches)
            .map(|batch| self.write_batch(batch))
            .buffer_unordered(BATCHES_AT_ONCE)
            .try_collect()
            .await
    }

    async fn commit(&self, segment: &StoredSegment) -> Result<Committed, WriteError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item::segment_item(segment)))
            .condition_expression("attribute_not_exists(pk)")
            .send()
            .await;
        match put {
            Ok(_) => Ok(Committed::Stored),
            Err(error) if is_there(&error) => Ok(Committed::AlreadyThere),
            Err(error) => Err(failed(error)),
        }
    }
}

fn is_there<R>(error: &aws_sdk_dynamodb::error::SdkError<PutItemError, R>) -> bool {
    error
        .as_service_error()
        .is_some_and(PutItemError::is_conditional_check_failed_exception)
}
