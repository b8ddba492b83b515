//! Streams of segment keys from an index, greatest first, that can leap ahead.

use std::collections::VecDeque;

use futures::future::try_join_all;

use super::Search;
use crate::query::Filter;
use crate::reader::ReadError;
use crate::segment::fingerprint;
use crate::store::SegmentReader;
use crate::store::key::{SegmentKey, SortRange};

/// Postings asked for at once; they are small.
const LIMIT: usize = 500;
/// Most days of fingerprints read at once.
const MAX_DAYS: i64 = 16;

/// One stream.
pub(super) enum Keys {
    Posting(Posting),
    Identifier(Identifier),
}

impl Keys {
    /// The greatest key at or below `bound` that is left; later bounds must not be greater.
    pub(super) async fn seek<R: SegmentReader>(
        &mut self,
        reader: &R,
        search: &Search<'_>,
        bound: &str,
    ) -> Result<Option<(String, SegmentKey)>, ReadError> {
        loop {
            let ahead = match self {
                Self::Posting(posting) => &mut posting.ahead,
                Self::Identifier(identifier) => &mut identifier.ahead,
            };
            while ahead.front().is_some_and(|(sort, _)| sort.as_str() > bound) {
                ahead.pop_front();
            }
            if let Some(front) = ahead.front() {
                return Ok(Some(front.clone()));
            }
            let more = match self {
                Self::Posting(posting) => posting.fill(reader, search, bound).await?,
                Self::Identifier(identifier) => identifier.fill(reader, search).await?,
            };
            if !more {
                return Ok(None);
            }
        }
    }
}

/// Segments that hold a value.
pub(super) struct Posting {
    filter: Filter,
    ahead: VecDeque<(String, SegmentKey)>,
    range: Option<SortRange>,
}

impl Posting {
    pub(super) fn new(filter: &Filter, range: SortRange) -> Self {
        Self {
            filter: filter.clone(),
            ahead: VecDeque::new(),
            range: Some(range),
        }
    }

    async fn fill<R: SegmentReader>(
        &mut self,
        reader: &R,
        search: &Search<'_>,
        bound: &str,
    ) -> Result<bool, ReadError> {
        let Some(mut range) = self.range.take() else {
            return Ok(false);
        };
        if bound < range.high.as_str() {
            bound.clone_into(&mut range.high);
        }
        let Filter { attribute, value } = &self.filter;
        let slice = reader
            .postings(search.account, *attribute, value, &range, LIMIT)
            .await?;
        self.range = slice.resume.map(|last| range.below(&last));
        self.ahead = slice
            .items
            .into_iter()
            .map(|key| (key.sort(), key))
            .collect();
        Ok(true)
    }
}

/// Segments that may hold an event id, told by fingerprints.
pub(super) struct Identifier {
    fingerprint: [u8; 8],
    ahead: VecDeque<(String, SegmentKey)>,
    range: SortRange,
    day: i64,
    days_at_once: i64,
}

impl Identifier {
    pub(super) fn new(id: &str, search: &Search<'_>, range: SortRange) -> Self {
        Self {
            fingerprint: fingerprint(id),
            ahead: VecDeque::new(),
            range,
            day: search.newest.day(),
            days_at_once: 1,
        }
    }

    async fn fill<R: SegmentReader>(
        &mut self,
        reader: &R,
        search: &Search<'_>,
    ) -> Result<bool, ReadError> {
        let last_day = search.oldest.day();
        if self.day < last_day {
            return Ok(false);
        }
        let oldest = (self.day - self.days_at_once + 1).max(last_day);
        let days = (oldest..=self.day).rev();
        let found = try_join_all(days.map(|day| self.of_day(reader, search, day))).await?;
        self.ahead
            .extend(found.into_iter().flatten().map(|key| (key.sort(), key)));
        self.day = oldest - 1;
        self.days_at_once = (self.days_at_once * 2).min(MAX_DAYS);
        Ok(true)
    }

    async fn of_day<R: SegmentReader>(
        &self,
        reader: &R,
        search: &Search<'_>,
        day: i64,
    ) -> Result<Vec<SegmentKey>, ReadError> {
        let (mut found, mut range) = (Vec::new(), Some(self.range.clone()));
        while let Some(asked) = range.take() {
            let slice = reader.identifiers(search.account, day, &asked).await?;
            range = slice.resume.map(|last| asked.below(&last));
            found.extend(
                slice
                    .items
                    .iter()
                    .filter(|one| one.fingerprints.as_chunks().0.contains(&self.fingerprint))
                    .map(|one| one.key),
            );
        }
        Ok(found)
    }
}
