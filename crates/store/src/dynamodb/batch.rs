//! Writes without conditions: BatchWriteItem, side by side, until all is written.

use std::collections::HashMap;
use std::error::Error;

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::DynamoStore;
use super::backoff::{Backoff, is_throttled};
use super::item::Attributes;

/// Most items of one BatchWriteItem.
const MAX_BATCH: usize = 25;
/// Batches of one call written at once.
const BATCHES_AT_ONCE: usize = 8;

/// BatchWriteItem left items unwritten although asked again and again.
#[derive(Debug, thiserror::Error)]
#[error("DynamoDB left {0} items of a batch unwritten")]
struct Unwritten(usize);

type Failure = Box<dyn Error + Send + Sync>;

impl DynamoStore {
    /// Writes items of different keys, all of them or an error.
    pub(super) async fn write_all(&self, items: Vec<Attributes>) -> Result<(), Failure> {
        let batches: Vec<Vec<Attributes>> = items.chunks(MAX_BATCH).map(<[_]>::to_vec).collect();
        stream::iter(batches)
            .map(|batch| self.write_batch(batch))
            .buffer_unordered(BATCHES_AT_ONCE)
            .try_collect()
            .await
    }

    async fn write_batch(&self, items: Vec<Attributes>) -> Result<(), Failure> {
        let put = |item| {
            let put = PutRequest::builder().set_item(Some(item)).build()?;
            Ok(WriteRequest::builder().put_request(put).build())
        };
        let requests: Result<Vec<_>, Failure> = items.into_iter().map(put).collect();
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
                        return Err(Unwritten(left.len()).into());
                    }
                }
                Err(error) if is_throttled(&error) && backoff.wait().await => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
