//! Items in memory: for tests, and the yardstick for what DynamoDB must do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use activity_log_core::instant::Instant;
use activity_log_core::items::{
    Ask, Consistency, Created, Item, ItemReader, ItemWriter, Key, Order, Slice, WriteError,
};
use activity_log_core::reader::ReadError;

/// Most bytes of a slice (DynamoDB's page).
pub const PAGE_BYTES: usize = 1024 * 1024;

/// Items in an ordered map.
#[derive(Debug, Default)]
pub struct MemoryItems {
    items: Mutex<BTreeMap<Key, Item>>,
}

impl MemoryItems {
    fn items(&self) -> MutexGuard<'_, BTreeMap<Key, Item>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deletes what has expired, as the table does some time later.
    pub fn expire(&self, now: Instant) {
        self.retain(|item| item.expires > now);
    }

    /// Deletes what is not to be kept.
    pub fn retain(&self, is_kept: impl Fn(&Item) -> bool) {
        self.items().retain(|_, item| is_kept(item));
    }

    /// Everything, in order of keys.
    pub fn all(&self) -> Vec<Item> {
        self.items().values().cloned().collect()
    }
}

/// Bytes an item is charged for, as DynamoDB counts them: names and values of its attributes.
pub fn charged_bytes(item: &Item) -> usize {
    // pk, sk, v, ttl: names of 2 + 2 + 1 + 3 bytes, a number of 10 digits.
    let revision = if item.revision > 0 { 3 + 3 } else { 0 };
    item.key.partition.len() + item.key.sort.len() + item.value.len() + 8 + 6 + revision
}

impl ItemReader for MemoryItems {
    async fn range(&self, ask: &Ask) -> Result<Slice, ReadError> {
        if ask.low > ask.high {
            return Ok(Slice::default());
        }
        let key = |sort: &String| Key {
            partition: ask.partition.clone(),
            sort: sort.clone(),
        };
        let items = self.items();
        let range = items
            .range(key(&ask.low)..=key(&ask.high))
            .map(|(_, item)| item);
        let found: Box<dyn Iterator<Item = &Item>> = match ask.order {
            Order::Ascending => Box::new(range),
            Order::Descending => Box::new(range.rev()),
        };
        let mut slice = Slice::default();
        let mut bytes = 0;
        for item in found {
            if bytes > PAGE_BYTES || ask.limit == Some(slice.items.len()) {
                slice.has_more = true;
                break;
            }
            bytes += charged_bytes(item);
            slice.items.push(item.clone());
        }
        Ok(slice)
    }

    async fn get(&self, keys: &[Key], _: Consistency) -> Result<Vec<Item>, ReadError> {
        let items = self.items();
        let once: BTreeSet<&Key> = keys.iter().collect();
        Ok(once
            .into_iter()
            .filter_map(|key| items.get(key))
            .cloned()
            .collect())
    }
}

impl ItemWriter for MemoryItems {
    async fn create(&self, item: &Item) -> Result<Created, WriteError> {
        let mut items = self.items();
        if items.contains_key(&item.key) {
            return Ok(Created::AlreadyThere);
        }
        items.insert(item.key.clone(), item.clone());
        Ok(Created::New)
    }

    async fn put(&self, items: &[Item]) -> Result<(), WriteError> {
        let all = items.iter().map(|item| (item.key.clone(), item.clone()));
        self.items().extend(all);
        Ok(())
    }

    async fn swap(&self, item: &Item) -> Result<bool, WriteError> {
        let mut items = self.items();
        let known = items.get(&item.key).map_or(0, |known| known.revision);
        if known != item.revision {
            return Ok(false);
        }
        let next = Item {
            revision: known + 1,
            ..item.clone()
        };
        items.insert(item.key.clone(), next);
        Ok(true)
    }
}
