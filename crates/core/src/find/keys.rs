//! Streams of segment keys from an index, greatest first, that can leap ahead.

use std::collections::VecDeque;

use futures::future::try_join_all;

use super::Search;
use super::budget::Budget;
use crate::instant::{DAY, Instant};
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

/// What a stream has at or below a bound.
pub(super) enum Seek {
    /// the greatest key that is left
    Found(String, SegmentKey),
    /// nothing more within the budget; what is left is at most this new
    Spent(Instant),
    /// nothing at all
    End,
}

impl Keys {
    /// Looks for the greatest key at or below `bound`; later bounds must not be greater.
    pub(super) async fn seek<R: SegmentReader>(
        &mut self,
        reader: &R,
        search: &Search<'_>,
        bound: &str,
        budget: &mut Budget,
    ) -> Result<Seek, ReadError> {
        loop {
            let ahead = match self {
                Self::Posting(posting) => &mut posting.ahead,
                Self::Identifier(identifier) => &mut identifier.ahead,
            };
            while ahead.front().is_some_and(|(sort, _)| sort.as_str() > bound) {
                ahead.pop_front();
            }
            if let Some((sort, key)) = ahead.front() {
                return Ok(Seek::Found(sort.clone(), *key));
            }
            let newest = match self {
                Self::Posting(_) => time_of(bound),
                Self::Identifier(identifier) => time_of(bound).min(identifier.newest()),
            };
            if budget.stop_at(newest).is_some() {
                return Ok(Seek::Spent(newest));
            }
            let more = match self {
                Self::Posting(posting) => posting.fill(reader, search, bound, budget).await?,
                Self::Identifier(identifier) => identifier.fill(reader, search, budget).await?,
            };
            if !more {
                return Ok(Seek::End);
            }
        }
    }
}

/// The time a sort key, or a bound made of one, begins with.
fn time_of(bound: &str) -> Instant {
    let millis = bound.get(..13).and_then(|digits| digits.parse().ok());
    Instant::from_millis(millis.unwrap_or(i64::MAX - 1))
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
        budget: &mut Budget,
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
        budget.slice();
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
    /// what is left of the day that was begun
    rest: Option<SortRange>,
    day: i64,
    days_at_once: i64,
}

/// A day's first slice: the segments that may hold the id, and what is left of the day.
type Looked = (Vec<SegmentKey>, Option<SortRange>);

impl Identifier {
    pub(super) fn new(id: &str, search: &Search<'_>, range: SortRange) -> Self {
        Self {
            fingerprint: fingerprint(id),
            ahead: VecDeque::new(),
            range,
            rest: None,
            day: search.newest.day(),
            days_at_once: 1,
        }
    }

    /// The newest that can be left.
    fn newest(&self) -> Instant {
        let of_day = Instant::from_millis((self.day + 1) * DAY - 1);
        let of_rest = self.rest.as_ref().map(|rest| time_of(&rest.high));
        of_rest.map_or(of_day, |rest| rest.min(of_day))
    }

    /// Reads a slice of each of the next days. What is behind a day that has more is read again after the rest of that
    /// day: seldom, and so the budget is asked after every slice.
    async fn fill<R: SegmentReader>(
        &mut self,
        reader: &R,
        search: &Search<'_>,
        budget: &mut Budget,
    ) -> Result<bool, ReadError> {
        let last_day = search.oldest.day();
        if self.day < last_day {
            return Ok(false);
        }
        let days_at_once = if self.rest.is_some() {
            1
        } else {
            self.days_at_once
        };
        let oldest = (self.day - days_at_once + 1).max(last_day);
        let range = self.rest.take().unwrap_or_else(|| self.range.clone());
        let days = (oldest..=self.day).rev();
        let found = days.map(|day| self.of_day(reader, search, day, &range));
        for (keys, rest) in try_join_all(found).await? {
            budget.slice();
            self.ahead
                .extend(keys.into_iter().map(|key| (key.sort(), key)));
            self.rest = rest;
            if self.rest.is_some() {
                return Ok(true);
            }
            self.day -= 1;
        }
        self.days_at_once = (self.days_at_once * 2).min(MAX_DAYS);
        Ok(true)
    }

    async fn of_day<R: SegmentReader>(
        &self,
        reader: &R,
        search: &Search<'_>,
        day: i64,
        range: &SortRange,
    ) -> Result<Looked, ReadError> {
        let slice = reader.identifiers(search.account, day, range).await?;
        let rest = slice.resume.map(|last| range.below(&last));
        let has = |prints: &[u8]| prints.as_chunks().0.contains(&self.fingerprint);
        let found = slice.items.iter().filter(|one| has(&one.fingerprints));
        Ok((found.map(|one| one.key).collect(), rest))
    }
}
