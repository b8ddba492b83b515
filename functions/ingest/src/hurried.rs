//! A store that is waited for no longer than there is time.

use std::time::Duration;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::query::Attribute;
use activity_log_core::reader::ReadError;
use activity_log_core::store::key::{SegmentKey, SegmentPartition, SortRange};
use activity_log_core::store::{
    Committed, Identifiers, IndexEntry, SegmentReader, SegmentWriter, Slice, StoredSegment,
    WriteError,
};
use activity_log_core::window::MAX_COMMIT_MS;
use tokio::time::{error::Elapsed, timeout_at};

const MAX_COMMIT: Duration = Duration::from_millis(MAX_COMMIT_MS.unsigned_abs());

/// The store, and when whoever waits for it is gone. A write that is given up then may be done all the same, like one
/// whose answer was lost: sent again, its events count as duplicates.
pub struct Hurried<'s, S> {
    store: &'s S,
    until: tokio::time::Instant,
}

impl<'s, S> Hurried<'s, S> {
    /// The store until `until`, where it is `now`.
    pub fn new(store: &'s S, now: Instant, until: Instant) -> Self {
        let left = u64::try_from(until.millis().saturating_sub(now.millis())).unwrap_or(0);
        // Half a century on tokio's clock is for ever; more overflows.
        let left = Duration::from_millis(left.min(u64::from(u32::MAX)));
        Self {
            store,
            until: tokio::time::Instant::now() + left,
        }
    }
}

fn unread(elapsed: Elapsed) -> ReadError {
    ReadError::Store(Box::new(elapsed))
}

fn unwritten(elapsed: Elapsed) -> WriteError {
    WriteError(Box::new(elapsed))
}

impl<S: SegmentReader> SegmentReader for Hurried<'_, S> {
    async fn segments(
        &self,
        partition: SegmentPartition,
        range: &SortRange,
        limit: usize,
    ) -> Result<Slice<StoredSegment>, ReadError> {
        let read = self.store.segments(partition, range, limit);
        timeout_at(self.until, read).await.map_err(unread)?
    }

    async fn postings(
        &self,
        account: AccountId,
        attribute: Attribute,
        value: &str,
        range: &SortRange,
        limit: usize,
    ) -> Result<Slice<SegmentKey>, ReadError> {
        let read = self.store.postings(account, attribute, value, range, limit);
        timeout_at(self.until, read).await.map_err(unread)?
    }

    async fn identifiers(
        &self,
        account: AccountId,
        day: i64,
        range: &SortRange,
    ) -> Result<Slice<Identifiers>, ReadError> {
        let read = self.store.identifiers(account, day, range);
        timeout_at(self.until, read).await.map_err(unread)?
    }

    async fn fetch(&self, keys: &[SegmentKey]) -> Result<Vec<StoredSegment>, ReadError> {
        let read = self.store.fetch(keys);
        timeout_at(self.until, read).await.map_err(unread)?
    }
}

impl<S: SegmentWriter> SegmentWriter for Hurried<'_, S> {
    async fn index(&self, entries: &[IndexEntry]) -> Result<(), WriteError> {
        let write = self.store.index(entries);
        timeout_at(self.until, write).await.map_err(unwritten)?
    }

    async fn commit(&self, segment: &StoredSegment) -> Result<Committed, WriteError> {
        let write = self.store.commit(segment);
        // Later than that its window may be sealed.
        let sealing = tokio::time::Instant::now() + MAX_COMMIT;
        timeout_at(self.until.min(sealing), write)
            .await
            .map_err(unwritten)?
    }
}
