//! Candidates by index: the segments every filter's index names, found by leaping over keys that
//! one of them lacks.

use std::collections::VecDeque;

use super::budget::Budget;
use super::keys::{Identifier, Keys, Posting, Seek};
use super::{Ahead, Search};
use crate::query::Attribute;
use crate::reader::ReadError;
use crate::store::key::{SegmentKey, SortRange};
use crate::store::{POSTED, SegmentReader, StoredSegment};

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
                .filter(|filter| POSTED.contains(&filter.attribute))
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

    pub(super) async fn peek(&mut self, budget: &mut Budget) -> Result<Ahead, ReadError> {
        while self.ahead.is_empty() {
            let (keys, end) = self.next_keys(budget).await?;
            if keys.is_empty() {
                return Ok(end);
            }
            let mut segments = self.reader.fetch(&keys).await?;
            segments.sort_unstable_by_key(|segment| std::cmp::Reverse(segment.key.sort()));
            self.ahead = segments.into();
        }
        let newest = self.ahead.front().map(|segment| segment.key.newest);
        Ok(newest.map_or(Ahead::End, Ahead::Segment))
    }

    pub(super) fn take(&mut self) -> Option<StoredSegment> {
        self.ahead.pop_front()
    }

    /// Keys to fetch next; where there are none, why.
    async fn next_keys(
        &mut self,
        budget: &mut Budget,
    ) -> Result<(Vec<SegmentKey>, Ahead), ReadError> {
        let mut keys = Vec::new();
        let mut end = Ahead::End;
        while keys.len() < self.fetch {
            match self.agree(budget).await? {
                Seek::Found(sort, key) => {
                    let everything = SortRange {
                        low: String::new(),
                        high: sort.clone(),
                    };
                    self.bound = Some(everything.below(&sort).high);
                    if self.search.classes.contains(&key.class) {
                        keys.push(key);
                    }
                }
                Seek::Spent(newest) => {
                    end = Ahead::Spent(newest);
                    break;
                }
                Seek::End => break,
            }
        }
        self.fetch = (self.fetch * 2).min(MAX_FETCH);
        Ok((keys, end))
    }

    /// The greatest key at or below the bound that every stream has.
    async fn agree(&mut self, budget: &mut Budget) -> Result<Seek, ReadError> {
        let Some(mut bound) = self.bound.clone() else {
            return Ok(Seek::End);
        };
        let mut votes = 0;
        let count = self.streams.len();
        for turn in (0..count).cycle() {
            let stream = &mut self.streams[turn];
            let found = stream
                .seek(self.reader, &self.search, &bound, budget)
                .await?;
            match found {
                Seek::Found(sort, key) => {
                    votes = if sort == bound { votes + 1 } else { 1 };
                    if votes == count {
                        return Ok(Seek::Found(sort, key));
                    }
                    bound = sort;
                }
                Seek::Spent(newest) => return Ok(Seek::Spent(newest)),
                Seek::End => {
                    self.bound = None;
                    return Ok(Seek::End);
                }
            }
        }
        Ok(Seek::End)
    }
}
