//! The outbox in memory.

use std::ops::Bound;

use activity_log_core::instant::Instant;

use super::InMemory;
use crate::error::StoreError;
use crate::model::due::{Due, Position};
use crate::model::outbox::{OutboxEntry, OutboxKey, OutboxShard, OutboxState};
use crate::ports::Outbox;

impl Outbox for InMemory {
    async fn put_attempt(&self, entry: &OutboxEntry) -> Result<(), StoreError> {
        let place = entry.key.to_string();
        self.state().outbox.insert(place, entry.clone());
        Ok(())
    }

    async fn put_end(&self, key: OutboxKey, record: &str) -> Result<bool, StoreError> {
        let mut state = self.state();
        let Some(entry) = state.outbox.get_mut(&key.to_string()) else {
            return Ok(false);
        };
        entry.state = OutboxState::Ended;
        record.clone_into(&mut entry.record);
        Ok(true)
    }

    async fn due(
        &self,
        shard: OutboxShard,
        attempted_before: Instant,
        after: Option<&Position>,
        most: usize,
    ) -> Result<Due<OutboxEntry>, StoreError> {
        let state = self.state();
        let from = after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.0.clone()));
        let rest = state.outbox.range((from, Bound::Unbounded));
        let mut rest = rest.filter(|(_, entry)| entry.key.shard() == shard);
        let page: Vec<_> = rest.by_ref().take(most).collect();
        let next = page.last().filter(|_| rest.next().is_some());
        let next = next.map(|(place, _)| Position((*place).clone()));
        let due = page.into_iter().map(|(_, entry)| entry);
        let due = due.filter(|entry| entry.is_due(attempted_before));
        Ok(Due::of(due.cloned().map(Ok), next))
    }

    async fn forget(&self, key: OutboxKey) -> Result<(), StoreError> {
        self.state().outbox.remove(&key.to_string());
        Ok(())
    }
}
