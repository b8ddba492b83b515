//! Items that never change, kept between reads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::items::{Ask, Item, Key};

/// What an item was found by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Name {
    /// its key
    Key(Key),
    /// a range of which it is the first
    First(Ask),
}

impl Name {
    fn bytes(&self) -> usize {
        match self {
            Self::Key(key) => key.partition.len() + key.sort.len(),
            Self::First(ask) => ask.partition.len() + ask.low.len() + ask.high.len(),
        }
    }
}

/// Bytes of an entry besides its texts and its value: pointers, counts, links.
const ENTRY_BYTES: usize = 200;

/// The least recently used items leave when there are too many bytes of them.
#[derive(Debug)]
pub(super) struct Cache {
    kept: Mutex<Kept>,
    max_bytes: usize,
}

#[derive(Debug)]
struct Kept {
    items: LruCache<Name, Arc<Item>>,
    bytes: usize,
}

impl Cache {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            kept: Mutex::new(Kept {
                items: LruCache::unbounded(),
                bytes: 0,
            }),
            max_bytes,
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, name: &Name) -> Option<Arc<Item>> {
        self.kept().items.get(name).map(Arc::clone)
    }

    pub(super) fn put(&self, name: Name, item: &Arc<Item>) {
        let added = size(&name, item);
        if added > self.max_bytes {
            return;
        }
        let mut kept = self.kept();
        kept.bytes += added;
        if let Some((name, old)) = kept.items.push(name, Arc::clone(item)) {
            kept.bytes -= size(&name, &old);
        }
        while kept.bytes > self.max_bytes
            && let Some((name, old)) = kept.items.pop_lru()
        {
            kept.bytes -= size(&name, &old);
        }
    }
}

fn size(name: &Name, item: &Item) -> usize {
    let key = item.key.partition.len() + item.key.sort.len();
    name.bytes() + key + item.value.len() + ENTRY_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instant::Instant;

    fn item(sort: &str, bytes: usize) -> Arc<Item> {
        Arc::new(Item {
            key: key(sort),
            value: vec![0; bytes],
            expires: Instant::from_millis(0),
            revision: 0,
        })
    }

    fn key(sort: &str) -> Key {
        Key {
            partition: "p".to_owned(),
            sort: sort.to_owned(),
        }
    }

    #[test]
    fn the_least_recently_used_leave_when_there_are_too_many_bytes() {
        let cache = Cache::new(3_000);
        for sort in ["a", "b", "a"] {
            cache.put(Name::Key(key(sort)), &item(sort, 1_000));
        }
        assert!(cache.get(&Name::Key(key("b"))).is_some());
        assert!(cache.get(&Name::Key(key("a"))).is_some());
        cache.put(Name::Key(key("c")), &item("c", 1_000));
        assert!(cache.get(&Name::Key(key("b"))).is_none());
        assert!(cache.get(&Name::Key(key("a"))).is_some());
        cache.put(Name::Key(key("d")), &item("d", 4_000));
        assert!(cache.get(&Name::Key(key("d"))).is_none());
        assert!(cache.get(&Name::Key(key("a"))).is_some());
        assert!(cache.kept().bytes <= 3_000);
    }
}
