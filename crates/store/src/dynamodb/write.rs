//! Batch writes of index entries, and the conditional write that commits a segment.

use std::time::Duration;

use activity_log_core::store::{Committed, IndexEntry, SegmentWriter, StoredSegment, WriteError};

use super::DynamoStore;
use super::backoff::{Backoff, is_refused, is_throttled};
use super::item;

/// How long is gone on with a segment: what is left then of the time in which its window may not be sealed.
const COMMIT_PATIENCE: Duration = Duration::from_secs(3);

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> WriteError {
    WriteError(Box::new(error))
}

impl SegmentWriter for DynamoStore {
    async fn index(&self, entries: &[IndexEntry]) -> Result<(), WriteError> {
        let items = entries.iter().map(item::entry_item).collect();
        self.write_all(items).await.map_err(WriteError)
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
                Err(error) if is_refused(&error) => return Ok(Committed::AlreadyThere),
                Err(error) if is_throttled(&error) && backoff.wait().await => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }
}
