//! A store that is waited for no longer than there is time.

use std::time::Duration;

use activity_log_core::instant::Instant;
use activity_log_core::items::{
    Ask, Consistency, Created, Item, ItemReader, ItemWriter, Key, Slice, WriteError,
};
use activity_log_core::reader::ReadError;
use activity_log_core::slot::MAX_COMMIT_MS;
use tokio::time::{error::Elapsed, timeout_at};

const MAX_COMMIT: Duration = Duration::from_millis(MAX_COMMIT_MS.unsigned_abs());

/// The store, and when whoever waits for it is gone. A write that is given up then may be done all the same, like one
/// whose answer was lost: sent again, its events are duplicates, or copies of which readers see one.
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

impl<S: ItemReader> ItemReader for Hurried<'_, S> {
    async fn range(&self, ask: &Ask) -> Result<Slice, ReadError> {
        let read = self.store.range(ask);
        timeout_at(self.until, read).await.map_err(unread)?
    }

    async fn get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, ReadError> {
        let read = self.store.get(keys, consistency);
        timeout_at(self.until, read).await.map_err(unread)?
    }
}

impl<S: ItemWriter> ItemWriter for Hurried<'_, S> {
    async fn create(&self, item: &Item) -> Result<Created, WriteError> {
        // Later than that its slot may be sealed.
        let sealing = tokio::time::Instant::now() + MAX_COMMIT;
        let write = self.store.create(item);
        timeout_at(self.until.min(sealing), write)
            .await
            .map_err(unwritten)?
    }

    async fn put(&self, items: &[Item]) -> Result<(), WriteError> {
        let write = self.store.put(items);
        timeout_at(self.until, write).await.map_err(unwritten)?
    }

    async fn swap(&self, item: &Item) -> Result<bool, WriteError> {
        let write = self.store.swap(item);
        timeout_at(self.until, write).await.map_err(unwritten)?
    }
}
