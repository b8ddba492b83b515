//! Candidates by index: the segments every filter's index names, found by leaping over keys that
//! one of them lacks.

use std::collections::VecDeque;

use super::Search;
use super::keys::{Identifier, Keys, Posting};
use crate::instant::Instant;
use crate::query::Attribute;
use crate::reader::ReadError;
use crate::store::key::{SegmentKey, SortRange};
use crate::store::{SegmentReader, StoredSegment};

/// Most segments fetched at once.
const MAX_FETCH: usize = 32;

pub(super) struct IndexedFeed<'q, R>
where
    R: 'q,
{
    reader: &'q R,
    search: Search<'q>,
    streams: Vec<Keys>,
    /// keys above this were seen; `None` when the streams are at their end
    bound: Option<String>,
    ahead: VecDeque<StoredSegment>,
    fetch: usize,
}

impl<'q, R: SegmentReader> IndexedFeed<'q, R> {
    pub(super) fn new(reader: &'q R, search: Search<'q>) -> Self {
        let range = SortRange::covering(search.oldest, search.newest);
        let filters = &search.query.filters;
        let id = filters
            .iter()
            .find(|filter| filter.attribute == Attribute::EventId);
        let streams = match id {
            // An id names one segment, seldom more: no other index can narrow that.
            Some(id) => vec![Keys::Identifier(Identifier::new(
                &id.value,
                &search,
                range.clone(),
            ))],
            None => filters
                .iter()
                .filter(|filter| filter.attribute != Attribute::ReadOnly)
                .map(|filter| Keys::Posting(Posting::new(filter, range.clone())))
                .collect(),
        };
        Self {
            reader,
            search,
            streams,
            bound: Some(range.high),
            ahead: VecDeque::new(),
            fetch: 2,
        }
    }

    pub(super) async fn peek(&mut self) -> Result<Option<Instant>, ReadError> {
        while self.ahead.is_empty() {
            let keys = self.next_keys().await?;
            if keys.is_empty() {
                return Ok(None);
            }
            let mut segments = self.reader.fetch(&keys).await?;
            segments.sort_unstable_by_key(|segment| std::cmp::Reverse(segment.key.sort()));
            self.ahead = segments.into();
        }
        Ok(self.ahead.front().map(|segment| segment.key.newest))
    }

    pub(super) fn take(&mut self) -> Option<StoredSegment> {
        self.ahead.pop_front()
    }

    async fn next_keys(&mut self) -> Result<Vec<SegmentKey>, ReadError> {
        let mut keys = Vec::new();
        while keys.len() < self.fetch
            && let Some((sort, key)) = self.agree().await?
        {
            self.bound = Some(
                SortRange {
                    low: String::new(),
                    high: sort.clone(),
                }
                .below(&sort)
                .high,
            );
            if self.search.classes.contains(&key.class) {
                keys.push(key);
            }
        }
        self.fetch = (self.fetch * 2).min(MAX_FETCH);
        Ok(keys)
    }

    /// The greatest key at or below the bound that every stream has.
    async fn agree(&mut self) -> Result<Option<(String, SegmentKey)>, ReadError> {
        let Some(mut bound) = self.bound.clone() else {
            return Ok(None);
        };
        let mut agreed: Option<(String, SegmentKey)> = None;
        let mut votes = 0;
        let count = self.streams.len();
        for turn in (0..count).cycle() {
            let stream = &mut self.streams[turn];
            let Some(found) = stream.seek(self.reader, &self.search, &bound).await? else {
                self.bound = None;
                return Ok(None);
            };
            if agreed.as_ref().is_some_and(|(sort, _)| *sort == found.0) {
                votes += 1;
            } else {
                votes = 1;
                bound.clone_from(&found.0);
                agreed = Some(found);
            }
            if votes == count {
                return Ok(agreed);
            }
        }
        Ok(None)
    }
}
