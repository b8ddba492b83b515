//! Records of changes, kept from before the change until the log has them.

use activity_log_core::instant::Instant;

use crate::error::StoreError;
use crate::model::due::{Due, Position};
use crate::model::outbox::{OutboxEntry, OutboxKey, OutboxShard};

/// Keeps records of changes until the log has them.
///
/// The life of a change: [`put_attempt`](Self::put_attempt) with the record of the attempt; where that fails nothing is
/// done. Then the change, [`put_end`](Self::put_end) with what became of it, the record into the log's queue, and
/// [`forget`](Self::forget). A tick does the last two for what [`due`](Self::due) gives: whose function died.
pub trait Outbox: Send + Sync {
    /// Keeps an entry. What is kept twice is kept once.
    fn put_attempt(
        &self,
        entry: &OutboxEntry,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Keeps how it ended; `false` if the entry is gone: then the tick has told the attempt, and nothing more is to be
    /// told.
    fn put_end(
        &self,
        key: OutboxKey,
        record: &str,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// What of a shard is to be told: ended changes, and those attempted before `attempted_before`; `most` are looked
    /// at, from `after` on.
    fn due(
        &self,
        shard: OutboxShard,
        attempted_before: Instant,
        after: Option<&Position>,
        most: usize,
    ) -> impl Future<Output = Result<Due<OutboxEntry>, StoreError>> + Send;

    /// Drops the entry, if it is there; to be called when the log's queue has the record.
    fn forget(&self, key: OutboxKey) -> impl Future<Output = Result<(), StoreError>> + Send;
}
