//! Reads events: pages, whole answers for reports, and counts.
//!
//! What is not rolled up (L0) is read as it is, and what is (L1) by the index. Both come from one head: L0 above its
//! watermark, L1 from its blocks. So each event is read once, however often is rolled up meanwhile.

mod again;
mod arrived;
mod ascending;
mod bound;
mod budget;
mod by_columns;
mod cache;
mod candidates;
mod counts;
mod expected;
mod feed;
mod fetch;
mod finder;
mod fresh;
mod held;
mod holds;
mod merge;
mod of_block;
mod opened;
mod page;
mod part;
mod pieces;
mod row;
mod search;
mod sets;
mod shares;
mod stream;
mod tally;
mod told;
mod values;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::account::AccountId;
use crate::items::ItemReader;
use crate::page::{Page, PageRequest};
use crate::query::Query;
use crate::reader::{EventReader, ReadError};
use cache::Cache;
use fresh::Remembered;

pub use budget::ReadLimits;
pub use counts::{Bucket, CountRequest, Counts, MAX_BUCKETS, MAX_TOP};
pub use part::{Part, Records};
pub use stream::{Batch, MAX_ROWS, Range, RowAt, Step, Stream};

/// Bytes of items that never change that a reader keeps, if it is not told otherwise.
pub const CACHE_BYTES: usize = 64 * 1024 * 1024;
/// Accounts whose last watermark is remembered, at most.
const MAX_ACCOUNTS: usize = 10_000;

/// The events of all accounts, as they are read. Clones share what they keep.
#[derive(Debug)]
pub struct Events<R> {
    items: Arc<R>,
    shared: Arc<Shared>,
    limits: ReadLimits,
    held_bytes: Option<usize>,
}

#[derive(Debug)]
struct Shared {
    cache: Cache,
    remembered: Mutex<HashMap<AccountId, Remembered>>,
}

impl<R> Clone for Events<R> {
    fn clone(&self) -> Self {
        Self {
            items: Arc::clone(&self.items),
            shared: Arc::clone(&self.shared),
            limits: self.limits,
            held_bytes: self.held_bytes,
        }
    }
}

impl<R: ItemReader> Events<R> {
    /// Read from these items, of which so many bytes are kept.
    pub fn new(items: R, cache_bytes: usize) -> Self {
        Self::shared(Arc::new(items), cache_bytes)
    }

    /// The same, of items that others use too.
    pub fn shared(items: Arc<R>, cache_bytes: usize) -> Self {
        Self {
            items,
            shared: Arc::new(Shared {
                cache: Cache::new(cache_bytes),
                remembered: Mutex::default(),
            }),
            limits: ReadLimits::default(),
            held_bytes: None,
        }
    }

    /// The same with limits of one's own on what a page may read.
    #[must_use]
    pub fn within(&self, limits: ReadLimits) -> Self {
        Self {
            limits,
            ..self.clone()
        }
    }

    /// The same that holds at most so many bytes of what is not rolled up, unpacked: for a page, for counts, or for a
    /// report.
    #[must_use]
    pub fn holding(&self, bytes: usize) -> Self {
        Self {
            held_bytes: Some(bytes),
            ..self.clone()
        }
    }

    fn held_bytes(&self, otherwise: usize) -> usize {
        self.held_bytes.unwrap_or(otherwise)
    }

    fn items(&self) -> &R {
        &self.items
    }

    fn cache(&self) -> &Cache {
        &self.shared.cache
    }

    const fn limits(&self) -> ReadLimits {
        self.limits
    }

    fn remembered(&self, account: AccountId) -> Option<Remembered> {
        let remembered = self.shared.remembered.lock();
        let remembered = remembered.unwrap_or_else(PoisonError::into_inner);
        remembered.get(&account).copied()
    }

    fn remember(&self, account: AccountId, head: Remembered) {
        let remembered = self.shared.remembered.lock();
        let mut remembered = remembered.unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MAX_ACCOUNTS && !remembered.contains_key(&account) {
            remembered.clear();
        }
        remembered.insert(account, head);
    }
}

impl<R: ItemReader> EventReader for Events<R> {
    async fn find(
        &self,
        account: AccountId,
        query: &Query,
        page: &PageRequest,
    ) -> Result<Page, ReadError> {
        page::find(self, self.limits, account, query, page).await
    }
}
