//! Batch writes of index entries, and the conditional write that commits a segment.

use std::collections::HashMap;
use std::time::Duration;

use activity_log_core::store::{Committed, IndexEntry, SegmentWriter, StoredSegment, WriteError};
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio::time::Instant;

use super::DynamoStore;
use super::item::{self, Item};

/// Most items of one BatchWriteItem.
const MAX_BATCH: usize = 25;
/// Batches of one segment written at once.
const BATCHES_AT_ONCE: usize = 8;
/// First wait where the table takes no more for now; doubled each time, up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(25);
const LONGEST_WAIT: Duration = Duration::from_millis(1_600);
/// How long is gone on with index entries, and with keys that are read: below the longest write a window allows.
const PATIENCE: Duration = Duration::from_secs(12);
/// How long is gone on with a segment: what is left then of the time in which its window may not be sealed.
const COMMIT_PATIENCE: Duration = Duration::from_secs(3);

/// BatchWriteItem left items unwritten although asked again and again.
#[derive(Debug, thiserror::Error)]
#[error("DynamoDB left {0} items of a batch unwritten")]
struct Unwritten(usize);

/// Exponential waits with full jitter, until a deadline.
pub(super) struct Backoff {
    deadline: Instant,
    longest: Duration,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self::within(PATIENCE)
    }

    fn within(patience: Duration) -> Self {
        Self {
            deadline: Instant::now() + patience,
            longest: FIRST_WAIT,
        }
    }

    /// Waits; false if the time is over.
    pub(super) async fn wait(&mut self) -> bool {
        let wait = self.longest.mul_f64(rand::random());
        self.longest = (self.longest * 2).min(LONGEST_WAIT);
        let until = Instant::now() + wait;
        if until > self.deadline {
            return false;
        }
        tokio::time::sleep_until(until).await;
        true
    }
}

/// Whether the table takes no more for now. Where it takes some items of a batch, it leaves the others unprocessed; where
/// it takes none, it answers with one of these.
pub(super) fn is_throttled(error: &impl ProvideErrorMetadata) -> bool {
    matches!(
        error.code(),
        Some(
            "ProvisionedThroughputExceededException"
                | "ThrottlingException"
                | "RequestLimitExceeded"
        )
    )
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
            let turn = self.turn().await;
            let answer = self
                .client
                .batch_write_item()
                .set_request_items(Some(HashMap::from([(self.table.clone(), left.clone())])))
                .send()
                .await;
            drop(turn);
            match answer {
                Ok(answer) => {
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
                Err(error) if is_throttled(&error) && backoff.wait().await => {}
                Err(error) => return Err(failed(error)),
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
        let mut backoff = Backoff::within(COMMIT_PATIENCE);
        loop {
            let turn = self.turn().await;
            let put = self
                .client
                .put_item()
                .table_name(&self.table)
                .set_item(Some(item::segment_item(segment)))
                .condition_expression("attribute_not_exists(pk)")
                .send()
                .await;
            drop(turn);
            match put {
                Ok(_) => return Ok(Committed::Stored),
                Err(error) if is_there(&error) => return Ok(Committed::AlreadyThere),
                Err(error) if is_throttled(&error) && backoff.wait().await => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }
}

fn is_there<R>(error: &aws_sdk_dynamodb::error::SdkError<PutItemError, R>) -> bool {
    error
        .as_service_error()
        .is_some_and(PutItemError::is_conditional_check_failed_exception)
}
