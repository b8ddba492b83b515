//! Candidates without an index: all partitions of a day, merged; several days at once while they
//! turn out empty.

use std::collections::VecDeque;

use futures::future::try_join_all;

use super::budget::Budget;
use super::{Ahead, Search};
use crate::instant::{DAY, Instant};
use crate::reader::ReadError;
use crate::store::key::{SHARDS, SegmentPartition, SortRange};
use crate::store::{SegmentReader, StoredSegment};

/// Most days looked into at once.
const MAX_DAYS: i64 = 16;
/// Most segments asked for at once from a partition.
const MAX_LIMIT: usize = 64;

pub(super) struct ScanFeed<'r, R> {
    reader: &'r R,
    search_range: SortRange,
    partitions: Vec<SegmentPartition>,
    /// the next day to look into, and the last
    day: i64,
    last_day: i64,
    days_at_once: i64,
    streams: Vec<Stream>,
    first_limit: usize,
}

struct Stream {
    partition: SegmentPartition,
    ahead: VecDeque<StoredSegment>,
    /// what is still to be asked for
    range: Option<SortRange>,
    limit: usize,
}

impl<'r, R: SegmentReader> ScanFeed<'r, R> {
    pub(super) fn new(reader: &'r R, search: &Search<'_>, max_events: usize) -> Self {
        let partitions = search
            .classes
            .iter()
            .flat_map(|class| {
                (0..SHARDS).map(|shard| SegmentPartition {
                    account: search.account,
                    class: *class,
                    day: 0,
                    shard,
                })
            })
            .collect();
        Self {
            reader,
            search_range: SortRange::covering(search.oldest, search.newest),
            partitions,
            day: search.newest.day(),
            last_day: search.oldest.day(),
            days_at_once: 1,
            streams: Vec::new(),
            // Segments hold many events where they can: few are enough for a small page.
            first_limit: (max_events / 50).clamp(2, MAX_LIMIT),
        }
    }

    pub(super) async fn peek(&mut self, budget: &mut Budget) -> Result<Ahead, ReadError> {
        loop {
            self.fill(budget).await?;
            if let Some(newest) = self.streams.iter().filter_map(Stream::newest).max() {
                // There is something: further days are looked into one by one.
                self.days_at_once = 1;
                return Ok(Ahead::Segment(newest));
            }
            let newest = Instant::from_millis((self.day + 1) * DAY - 1);
            if self.day >= self.last_day && budget.stop_at(newest).is_some() {
                return Ok(Ahead::Spent(newest));
            }
            if !self.open_days() {
                return Ok(Ahead::End);
            }
        }
    }

    pub(super) fn take(&mut self) -> Option<StoredSegment> {
        self.streams
            .iter_mut()
            .max_by_key(|stream| stream.newest())
            .and_then(|stream| stream.ahead.pop_front())
    }

    /// Asks every stream that has nothing ahead, all at once.
    async fn fill(&mut self, budget: &mut Budget) -> Result<(), ReadError> {
        self.streams.retain(|stream| !stream.is_done());
        let reader = self.reader;
        try_join_all(
            self.streams
                .iter_mut()
                .filter(|stream| stream.ahead.is_empty())
                .map(|stream| stream.fill(reader)),
        )
        .await?;
        let empty = self.streams.iter().filter(|stream| stream.is_done());
        empty.for_each(|_| budget.slice());
        Ok(())
    }

    /// Goes on to older days; false if there are none.
    fn open_days(&mut self) -> bool {
        if self.day < self.last_day {
            return false;
        }
        let oldest = (self.day - self.days_at_once + 1).max(self.last_day);
        for day in oldest..=self.day {
            self.streams
                .extend(self.partitions.iter().map(|partition| Stream {
                    partition: SegmentPartition { day, ..*partition },
                    ahead: VecDeque::new(),
                    range: Some(self.search_range.clone()),
                    limit: self.first_limit,
                }));
        }
        self.day = oldest - 1;
        self.days_at_once = (self.days_at_once * 2).min(MAX_DAYS);
        true
    }
}

impl Stream {
    fn newest(&self) -> Option<Instant> {
        self.ahead.front().map(|segment| segment.key.newest)
    }

    fn is_done(&self) -> bool {
        self.ahead.is_empty() && self.range.is_none()
    }

    async fn fill<R: SegmentReader>(&mut self, reader: &R) -> Result<(), ReadError> {
        while self.ahead.is_empty()
            && let Some(range) = self.range.take()
        {
            let slice = reader.segments(self.partition, &range, self.limit).await?;
            self.range = slice.resume.map(|last| range.below(&last));
            self.ahead = slice.items.into();
            self.limit = (self.limit * 2).min(MAX_LIMIT);
        }
        Ok(())
    }
}
