//! Which arrivals are read: of what time, and how many.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::try_join_all;

use super::budget::Budget;
use super::fetch::{Fetch, damaged};
use super::fresh::{Remembered, behind};
use super::search::Search;
use crate::damaged::Damaged;
use crate::event::MAX_FUTURE_MS;
use crate::instant::{Instant, MINUTE};
use crate::items::key::{self, ArrivalKey, LAST, Lane};
use crate::items::{Ask, Consistency, Item, ItemReader, Order};
use crate::pack::ON_TIME_MS;
use crate::reader::ReadError;
use crate::slot::Slot;

/// Arrivals of slots that ended so long ago are read without asking for the very latest.
const SETTLED_MS: i64 = 2 * MINUTE;
/// Slices of arrivals that a report reads at most, of a megabyte each.
const REPORT_SLICES: usize = 128;
/// Slices of late arrivals of a partition that a page reads at most, of a megabyte each.
const LATE_SLICES: usize = 16;

/// How much of what is not rolled up is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// all, or nothing
    All,
    /// what the budget has room for, but something of it in any case
    Budget,
}

/// What was read of a range of arrivals, from its newest end.
pub(super) struct Sliced {
    lane: Lane,
    pub items: Vec<Item>,
    /// whether there is more
    has_more: bool,
}

impl Sliced {
    /// All rows of this time or newer that lie in the range and above the watermark were read; `None`: all were.
    pub(super) fn read_from(&self, watermark: Option<Slot>) -> Result<Option<Instant>, ReadError> {
        let Some(last) = self.items.last().filter(|_| self.has_more) else {
            return Ok(None);
        };
        let last = key_of(last)?;
        match self.lane {
            _ if Some(last.slot) <= watermark => Ok(None),
            // Of a late one its key tells nothing of how old it is.
            Lane::Late => Err(behind()),
            // Others of its slot are no newer, and none of a slot before is newer than that.
            Lane::OnTime => Ok(Some(last.newest.plus_millis(1).max(last.slot.start()))),
        }
    }
}

/// What the key of an arrival says.
pub(super) fn key_of(item: &Item) -> Result<ArrivalKey, ReadError> {
    let key = ArrivalKey::from_sort(&item.key.sort).ok_or(Damaged::Inconsistent("a key"));
    key.map_err(damaged(item))
}

/// Items of shards from `first` on, above the watermark.
pub(super) async fn read<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    (known, first): (Remembered, u8),
    extent: Extent,
) -> Result<Vec<Sliced>, ReadError> {
    let asks = Lane::ALL.into_iter().flat_map(|lane| {
        let ranges = ranges(search, known.watermark, lane);
        (first..known.shards).flat_map(move |shard| {
            let partition = key::arrivals(search.account, lane, shard);
            let ask = move |(low, high, consistency)| {
                let ask = Ask {
                    partition: partition.clone(),
                    low,
                    high,
                    order: Order::Descending,
                    limit: None,
                    consistency,
                };
                (lane, ask)
            };
            ranges.clone().into_iter().map(ask)
        })
    });
    let of_all = AtomicUsize::new(0);
    let slices = asks.map(async |(lane, ask)| {
        let is_enough = |budget: &Budget, slices| match (extent, lane) {
            (Extent::All, _) => of_all.fetch_add(1, Ordering::Relaxed) >= REPORT_SLICES,
            (Extent::Budget, Lane::OnTime) => budget.is_spent(),
            // They are of use only if all are read, whatever others took of the budget.
            (Extent::Budget, Lane::Late) => slices >= LATE_SLICES,
        };
        let (items, has_more) = fetch.range(ask, is_enough).await?;
        Ok(Sliced {
            lane,
            items,
            has_more,
        })
    });
    try_join_all(slices).await
}

/// The ranges of keys of a lane that may have rows of the time asked for: of slots that are not settled yet, and of earlier
/// ones.
fn ranges(
    search: &Search<'_>,
    watermark: Option<Slot>,
    lane: Lane,
) -> Vec<(String, String, Consistency)> {
    let earliest = match lane {
        Lane::OnTime => search.oldest,
        Lane::Late => search.oldest.plus_millis(-MAX_FUTURE_MS),
    };
    // One more: the clock that an event was checked by may have been read a little before that of its slot.
    let low = Slot::of(earliest).previous();
    let low = watermark.map_or(low, |watermark| low.max(watermark.next()));
    let high = match lane {
        // What is on time is at most so much older than its slot.
        Lane::OnTime => Slot::of(search.newest.plus_millis(ON_TIME_MS)),
        Lane::Late => Slot::of(Instant::from_millis(i64::MAX / 2)),
    };
    let settled = Slot::of(search.now.plus_millis(-SETTLED_MS)).previous();
    let range = |low: Slot, high: Slot, consistency| {
        let high = match lane {
            Lane::Late if high > settled => LAST.to_string(),
            Lane::OnTime | Lane::Late => format!("{}{LAST}", key::slot(high)),
        };
        (key::slot(low), high, consistency)
    };
    let mut ranges = Vec::new();
    let open = low.max(settled.next());
    if open <= high {
        ranges.push(range(open, high, Consistency::Strong));
    }
    if low <= high.min(settled) {
        ranges.push(range(low, high.min(settled), Consistency::Eventual));
    }
    ranges
}
