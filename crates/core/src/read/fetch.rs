//! Items, by way of the cache and of what may still be read.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::try_join_all;

use super::budget::Budget;
use super::cache::{Cache, Name};
use crate::damaged::Damaged;
use crate::items::{Ask, Consistency, Item, ItemReader, Key};
use crate::reader::ReadError;

/// Reads items; those that never change are kept.
pub(super) struct Fetch<'a, R> {
    items: &'a R,
    cache: &'a Cache,
    pub budget: Budget,
    /// whether what is read is worth keeping
    keeps: bool,
}

impl<'a, R: ItemReader> Fetch<'a, R> {
    pub(super) const fn new(items: &'a R, cache: &'a Cache, budget: Budget, keeps: bool) -> Self {
        Self {
            items,
            cache,
            budget,
            keeps,
        }
    }

    /// The same within another budget.
    pub(super) const fn within(&self, budget: Budget) -> Self {
        Self {
            budget,
            items: self.items,
            cache: self.cache,
            keeps: self.keeps,
        }
    }

    /// An item that may change, as it is now.
    pub(super) async fn current(&self, key: Key) -> Result<Option<Item>, ReadError> {
        self.budget.requests(1);
        let item = self.items.get(&[key], Consistency::Strong).await?.pop();
        let bytes = item.as_ref().map_or(0, charged);
        self.budget.bytes(bytes, Consistency::Strong);
        Ok(item)
    }

    /// Items of a range, slice after slice: one in any case, and others until `is_enough` says so after so many. Says
    /// whether there are more.
    pub(super) async fn range(
        &self,
        mut ask: Ask,
        is_enough: impl Fn(&Budget, usize) -> bool,
    ) -> Result<(Vec<Item>, bool), ReadError> {
        let mut found: Vec<Item> = Vec::new();
        let mut slices = 0;
        loop {
            let slice = self.slice(&ask).await?;
            slices += 1;
            found.extend(slice.items);
            let Some(last) = found.last().filter(|_| slice.has_more) else {
                return Ok((found, false));
            };
            if is_enough(&self.budget, slices) {
                return Ok((found, true));
            }
            ask = ask.behind(&last.key.sort);
        }
    }

    /// A slice of a range.
    pub(super) async fn slice(&self, ask: &Ask) -> Result<crate::items::Slice, ReadError> {
        self.budget.requests(1);
        let slice = self.items.range(ask).await?;
        let bytes = slice.items.iter().map(charged).sum();
        self.budget.bytes(bytes, ask.consistency);
        Ok(slice)
    }

    /// The first items of ranges of items that never change, side by side. `is_right` says of the item that was found for
    /// the `nth` ask whether it is the one: else that was not visible yet, and is asked for consistently.
    pub(super) async fn firsts(
        &self,
        asks: &[Ask],
        is_right: impl Fn(usize, &Item) -> Result<bool, ReadError>,
    ) -> Result<Vec<Arc<Item>>, ReadError> {
        let mut known: HashMap<&Ask, Arc<Item>> = HashMap::new();
        let mut missing: Vec<(usize, &Ask)> = Vec::new();
        for (nth, ask) in asks.iter().enumerate() {
            match self.cache.get(&Name::First(ask.clone())) {
                Some(item) => drop(known.insert(ask, item)),
                None if missing.iter().any(|(_, other)| *other == ask) => {}
                None => missing.push((nth, ask)),
            }
        }
        let is_right = &is_right;
        let found = missing
            .into_iter()
            .map(|(nth, ask)| self.first(ask, move |item| is_right(nth, item)));
        known.extend(try_join_all(found).await?);
        Ok(asks.iter().map(|ask| Arc::clone(&known[ask])).collect())
    }

    async fn first<'k>(
        &self,
        name: &'k Ask,
        is_right: impl Fn(&Item) -> Result<bool, ReadError>,
    ) -> Result<(&'k Ask, Arc<Item>), ReadError> {
        let strong = Ask {
            consistency: Consistency::Strong,
            ..name.clone()
        };
        // The head that names it was written after it, and read consistently.
        for ask in [name, &strong] {
            if let Some(item) = self.slice(ask).await?.items.pop()
                && is_right(&item)?
            {
                let item = Arc::new(item);
                if self.keeps {
                    self.cache.put(Name::First(name.clone()), &item);
                }
                return Ok((name, item));
            }
        }
        Err(gone(&name.partition))
    }

    /// The items under these keys, which never change, in their order: one round, or two.
    pub(super) async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Arc<Item>>>, ReadError> {
        let mut known: HashMap<Key, Arc<Item>> = HashMap::new();
        let mut missing: Vec<Key> = Vec::new();
        for key in keys {
            match self.cache.get(&Name::Key(key.clone())) {
                Some(item) => drop(known.insert(key.clone(), item)),
                None => missing.push(key.clone()),
            }
        }
        missing.sort_unstable();
        missing.dedup();
        for consistency in [Consistency::Eventual, Consistency::Strong] {
            if missing.is_empty() {
                break;
            }
            self.budget.requests(missing.len());
            for item in self.items.get(&missing, consistency).await? {
                self.budget.bytes(charged(&item), consistency);
                let item = Arc::new(item);
                if self.keeps {
                    self.cache.put(Name::Key(item.key.clone()), &item);
                }
                known.insert(item.key.clone(), item);
            }
            missing.retain(|key| !known.contains_key(key));
        }
        Ok(keys.iter().map(|key| known.get(key).cloned()).collect())
    }

    /// The same where each must be there.
    pub(super) async fn get_all(&self, keys: &[Key]) -> Result<Vec<Arc<Item>>, ReadError> {
        let items = self.get(keys).await?;
        let items = keys.iter().zip(items);
        items
            .map(|(key, item)| item.ok_or_else(|| gone(&key.partition)))
            .collect()
    }
}

/// Bytes that `DynamoDB` charges for, about.
fn charged(item: &Item) -> usize {
    item.key.partition.len() + item.key.sort.len() + item.value.len() + 14
}

/// What the head names is not there.
pub(super) fn gone(name: &str) -> ReadError {
    ReadError::Damaged {
        key: name.to_owned(),
        source: Box::new(Damaged::Inconsistent("it is not there any more")),
    }
}

/// What lies there cannot be read.
pub(super) fn damaged<E>(item: &Item) -> impl Fn(E) -> ReadError
where
    E: std::error::Error + Send + Sync + 'static,
{
    let key = format!("{} {}", item.key.partition, item.key.sort);
    move |source| ReadError::Damaged {
        key: key.clone(),
        source: Box::new(source),
    }
}
