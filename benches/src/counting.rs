//! A store that counts what DynamoDB would charge, and how many rounds are waited for.
//!
//! A write costs a unit for each KB of its item, whether or not its condition holds; a read one for each 4 KB of what is
//! found (of a range, all of a slice together; at least one), half of that if it need not be consistent. Each call sleeps
//! for a millisecond of tokio's time: where that is paused, milliseconds that pass are rounds.

use std::collections::BTreeMap;
use std::ops::{Add, AddAssign};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use activity_log_core::items::{
    Ask, Consistency, Created, Item, ItemReader, ItemWriter, Key, Slice, WriteError,
};
use activity_log_core::reader::ReadError;
use activity_log_store::memory::charged_bytes;

/// Time that each call takes.
const ROUND: Duration = Duration::from_millis(1);

/// What was charged for items of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Charged {
    /// write units
    pub write: f64,
    /// read units
    pub read: f64,
    /// items written
    pub written: u64,
    /// items read
    pub found: u64,
}

impl Add for Charged {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            write: self.write + other.write,
            read: self.read + other.read,
            written: self.written + other.written,
            found: self.found + other.found,
        }
    }
}

/// What was charged, by the first letter of the partition: `L` arrivals, `F` frames, `C` columns, `I` indexes, `D`
/// directories, `H` heads, `V` what is decided for archives.
#[derive(Clone, Debug, Default)]
pub struct Bill(BTreeMap<char, Charged>);

impl Bill {
    /// What was charged for one kind.
    pub fn of(&self, kind: char) -> Charged {
        self.0.get(&kind).copied().unwrap_or_default()
    }

    /// What was charged in all.
    pub fn all(&self) -> Charged {
        self.0
            .values()
            .fold(Charged::default(), |sum, one| sum + *one)
    }

    /// By kind.
    pub fn kinds(&self) -> impl Iterator<Item = (char, Charged)> {
        self.0.iter().map(|(kind, charged)| (*kind, *charged))
    }

    fn charge(&mut self, partition: &str, charged: Charged) {
        let kind = partition.chars().next().unwrap_or('?');
        let sum = self.0.entry(kind).or_default();
        *sum = *sum + charged;
    }
}

impl AddAssign<&Bill> for Bill {
    fn add_assign(&mut self, other: &Bill) {
        for (kind, charged) in other.kinds() {
            let sum = self.0.entry(kind).or_default();
            *sum = *sum + charged;
        }
    }
}

/// Counts what is asked of a store. Clones share the store and the bill.
#[derive(Debug, Default)]
pub struct Counting<S> {
    store: Arc<S>,
    bill: Arc<Mutex<Bill>>,
}

impl<S> Clone for Counting<S> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            bill: Arc::clone(&self.bill),
        }
    }
}

impl<S> Counting<S> {
    /// Over this store, with nothing charged yet.
    pub fn new(store: S) -> Self {
        Self {
            store: Arc::new(store),
            bill: Arc::default(),
        }
    }

    /// The store itself: what is asked of it is not counted.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// What was charged since this was asked last.
    pub fn take(&self) -> Bill {
        std::mem::take(&mut *self.bill())
    }

    fn bill(&self) -> MutexGuard<'_, Bill> {
        self.bill.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn charge_write(&self, item: &Item) {
        let charged = Charged {
            write: units(charged_bytes(item), 1_024),
            written: 1,
            ..Charged::default()
        };
        self.bill().charge(&item.key.partition, charged);
    }

    fn charge_read(&self, partition: &str, bytes: usize, found: u64, consistency: Consistency) {
        let price = match consistency {
            Consistency::Strong => 1.0,
            Consistency::Eventual => 0.5,
        };
        let charged = Charged {
            read: price * units(bytes, 4_096),
            found,
            ..Charged::default()
        };
        self.bill().charge(partition, charged);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
fn units(bytes: usize, unit: usize) -> f64 {
    bytes.div_ceil(unit).max(1) as f64
}

impl<S: ItemReader> ItemReader for Counting<S> {
    async fn range(&self, ask: &Ask) -> Result<Slice, ReadError> {
        tokio::time::sleep(ROUND).await;
        let slice = self.store.range(ask).await?;
        let bytes = slice.items.iter().map(charged_bytes).sum();
        let found = slice.items.len() as u64;
        self.charge_read(&ask.partition, bytes, found, ask.consistency);
        Ok(slice)
    }

    async fn get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, ReadError> {
        tokio::time::sleep(ROUND).await;
        let items = self.store.get(keys, consistency).await?;
        let mut sizes: BTreeMap<&Key, usize> = keys.iter().map(|key| (key, 0)).collect();
        for item in &items {
            sizes.insert(&item.key, charged_bytes(item));
        }
        for (key, bytes) in sizes {
            let found = u64::from(bytes > 0);
            self.charge_read(&key.partition, bytes, found, consistency);
        }
        Ok(items)
    }
}

impl<S: ItemWriter> ItemWriter for Counting<S> {
    async fn create(&self, item: &Item) -> Result<Created, WriteError> {
        tokio::time::sleep(ROUND).await;
        self.charge_write(item);
        self.store.create(item).await
    }

    async fn put(&self, items: &[Item]) -> Result<(), WriteError> {
        tokio::time::sleep(ROUND).await;
        for item in items {
            self.charge_write(item);
        }
        self.store.put(items).await
    }

    async fn swap(&self, item: &Item) -> Result<bool, WriteError> {
        tokio::time::sleep(ROUND).await;
        self.charge_write(item);
        self.store.swap(item).await
    }
}

#[cfg(test)]
mod tests {
    use activity_log_core::instant::Instant;
    use activity_log_core::items::Order;
    use activity_log_store::memory::MemoryItems;
    use futures::future::join;

    use super::*;

    fn item(sort: &str, bytes: usize) -> Item {
        Item {
            key: Key {
                partition: "F#p".to_owned(),
                sort: sort.to_owned(),
            },
            value: vec![0; bytes],
            expires: Instant::from_seconds(1_800_000_000),
            revision: 0,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn units_are_those_of_dynamodb_and_what_is_asked_at_once_is_a_round() {
        let store = Counting::new(MemoryItems::default());
        let begun = tokio::time::Instant::now();
        let items = [item("a", 900), item("b", 1_100), item("c", 9_000)];
        store.put(&items).await.unwrap();
        store.create(&items[0]).await.unwrap();
        assert_eq!(begun.elapsed(), 2 * ROUND);
        let written = store.take();
        assert_eq!((written.of('F').write, written.of('F').written), (13.0, 4));
        let keys = ["a", "c", "absent"].map(|sort| item(sort, 0).key);
        let ask = |consistency| Ask {
            partition: "F#p".to_owned(),
            low: "a".to_owned(),
            high: "b".to_owned(),
            order: Order::Ascending,
            limit: None,
            consistency,
        };
        let (strong, eventual) = (ask(Consistency::Strong), ask(Consistency::Eventual));
        let begun = tokio::time::Instant::now();
        let (got, slice) = join(
            store.get(&keys, Consistency::Eventual),
            store.range(&strong),
        )
        .await;
        assert_eq!((got.unwrap().len(), slice.unwrap().items.len()), (2, 2));
        assert_eq!(begun.elapsed(), ROUND);
        // Half of 1, 3 and 1 for the keys; 1 for both items of the range together.
        assert_eq!(store.take().all().read.to_string(), "3.5");
        store.range(&eventual).await.unwrap();
        assert_eq!(store.take().all().read.to_string(), "0.5");
    }
}
