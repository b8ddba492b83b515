//! The store in memory: for tests, and the yardstick for what DynamoDB's must do.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use activity_log_core::account::AccountId;
use activity_log_core::query::Attribute;
use activity_log_core::reader::ReadError;
use activity_log_core::store::key::{SegmentKey, SegmentPartition, SortRange};
use activity_log_core::store::{
    Committed, Identifiers, IndexEntry, Place, SegmentReader, SegmentWriter, Slice, StoredSegment,
    WindowReader, WriteError,
};
use activity_log_core::window::Window;

/// Fingerprints given at once: few, so that tests page.
const IDENTIFIERS_AT_ONCE: usize = 7;

/// Segments and index entries in ordered maps.
#[derive(Default)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
}

#[derive(Default)]
struct Tables {
    /// by partition and sort key
    segments: BTreeMap<(String, String), StoredSegment>,
    /// by account and place, and sort key
    entries: BTreeMap<(String, String), IndexEntry>,
}

impl MemoryStore {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn entries(
        &self,
        account: AccountId,
        place: &Place,
        range: &SortRange,
        limit: usize,
    ) -> Slice<IndexEntry> {
        slice(
            &self.tables().entries,
            &partition(account, place),
            range,
            limit,
        )
    }
}

fn partition(account: AccountId, place: &Place) -> String {
    format!("{account}{place:?}")
}

/// The greatest `limit` items of a partition within a range.
fn slice<T: Clone>(
    table: &BTreeMap<(String, String), T>,
    partition: &str,
    range: &SortRange,
    limit: usize,
) -> Slice<T> {
    if range.low > range.high {
        return Slice {
            items: Vec::new(),
            resume: None,
        };
    }
    let bounds =
        (partition.to_owned(), range.low.clone())..=(partition.to_owned(), range.high.clone());
    let mut found = table.range(bounds).rev();
    let taken: Vec<_> = found.by_ref().take(limit).collect();
    let resume = found
        .next()
        .and(taken.last())
        .map(|((_, sort), _)| sort.clone());
    Slice {
        items: taken.into_iter().map(|(_, item)| item.clone()).collect(),
        resume,
    }
}

impl MemoryStore {
    /// Deletes what has expired by `now`, in seconds since 1970, as DynamoDB's TTL does sooner or later.
    pub fn sweep(&self, now: i64) {
        let mut tables = self.tables();
        tables.segments.retain(|_, segment| segment.expires > now);
        tables.entries.retain(|_, entry| entry.expires > now);
    }
}

impl SegmentReader for MemoryStore {
    async fn segments(
        &self,
        partition: SegmentPartition,
        range: &SortRange,
        limit: usize,
    ) -> Result<Slice<StoredSegment>, ReadError> {
        Ok(slice(
            &self.tables().segments,
            &partition.key(),
            range,
            limit,
        ))
    }

    async fn postings(
        &self,
        account: AccountId,
        attribute: Attribute,
        value: &str,
        range: &SortRange,
        limit: usize,
    ) -> Result<Slice<SegmentKey>, ReadError> {
        let place = Place::Posting(attribute, value.to_owned());
        let found = self.entries(account, &place, range, limit);
        Ok(Slice {
            items: found.items.iter().map(|entry| entry.key).collect(),
            resume: found.resume,
        })
    }

    async fn identifiers(
        &self,
        account: AccountId,
        day: i64,
        range: &SortRange,
    ) -> Result<Slice<Identifiers>, ReadError> {
        let found = self.entries(
            account,
            &Place::Identifiers(day),
            range,
            IDENTIFIERS_AT_ONCE,
        );
        let items = found.items.into_iter();
        Ok(Slice {
            items: items
                .map(|entry| Identifiers {
                    key: entry.key,
                    fingerprints: entry.fingerprints,
                })
                .collect(),
            resume: found.resume,
        })
    }

    async fn fetch(&self, keys: &[SegmentKey]) -> Result<Vec<StoredSegment>, ReadError> {
        let tables = self.tables();
        let found = keys.iter().filter_map(|key| {
            tables
                .segments
                .get(&(key.partition().key(), key.sort()))
                .cloned()
        });
        Ok(found.collect())
    }
}

impl WindowReader for MemoryStore {
    async fn marks(
        &self,
        account: AccountId,
        window: Window,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Slice<SegmentKey>, ReadError> {
        let partition = partition(account, &Place::Mark(window));
        let above = (partition.clone(), after.unwrap_or_default().to_owned());
        let tables = self.tables();
        let mut marks = tables
            .entries
            .range((Bound::Excluded(above), Bound::Unbounded))
            .take_while(|((other, _), _)| *other == partition)
            .map(|(_, entry)| entry.key);
        let items: Vec<SegmentKey> = marks.by_ref().take(limit).collect();
        let resume = marks.next().and(items.last()).map(SegmentKey::sort);
        Ok(Slice { items, resume })
    }
}

impl SegmentWriter for MemoryStore {
    async fn index(&self, entries: &[IndexEntry]) -> Result<(), WriteError> {
        let mut tables = self.tables();
        for entry in entries {
            let at = (partition(entry.key.account, &entry.place), entry.key.sort());
            tables.entries.insert(at, entry.clone());
        }
        Ok(())
    }

    async fn commit(&self, segment: &StoredSegment) -> Result<Committed, WriteError> {
        use std::collections::btree_map::Entry;
        let at = (segment.key.partition().key(), segment.key.sort());
        match self.tables().segments.entry(at) {
            Entry::Occupied(_) => Ok(Committed::AlreadyThere),
            Entry::Vacant(vacant) => {
                vacant.insert(segment.clone());
                Ok(Committed::Stored)
            }
        }
    }
}
