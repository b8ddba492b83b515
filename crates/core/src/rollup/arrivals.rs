//! Reads sealed arrivals of an account: both lanes, all shards, earliest slot first.

use futures::future::try_join_all;

use super::RollupError;
use crate::account::AccountId;
use crate::items::key::{self, ArrivalKey, Lane};
use crate::items::{Ask, Consistency, Item, ItemReader, Order};
use crate::slot::Slot;

/// Slots: those behind the first, up to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// the slot before the first; `None`: whatever there is
    pub after: Option<Slot>,
    /// the last
    pub upto: Slot,
}

impl Span {
    /// Whether there is no slot in it.
    pub fn is_empty(&self) -> bool {
        self.after.is_some_and(|after| after >= self.upto)
    }

    fn first(&self) -> Slot {
        self.after.map_or(Slot::from_number(0), Slot::next)
    }
}

/// Arrivals, packed as they are stored, in order of their keys; each key once.
#[derive(Debug, Default)]
pub struct Arrivals {
    /// the items
    pub items: Vec<(ArrivalKey, Item)>,
    /// bytes of their values
    pub bytes: usize,
    /// the slot up to which they are all there; the last that was asked for, unless there was too much
    pub upto: Option<Slot>,
}

/// The arrivals of these slots. Once `most_bytes` are read, no more slots are begun than those that have any of it.
///
/// Whoever moves the watermark past them, or makes an archive of them, reads strongly, however old they are: of what a
/// copy of the table that lags behind does not have, nobody would hear again.
///
/// # Errors
/// If the store does not answer, or a key is none of ours.
pub async fn read<R: ItemReader>(
    store: &R,
    account: AccountId,
    shards: u8,
    span: Span,
    most_bytes: usize,
    consistency: Consistency,
) -> Result<Arrivals, RollupError> {
    if span.is_empty() {
        return Ok(Arrivals {
            upto: Some(span.upto),
            ..Arrivals::default()
        });
    }
    let mut partitions: Vec<Partition> = Lane::ALL
        .iter()
        .flat_map(|lane| (0..shards.max(1)).map(|shard| (*lane, shard)))
        .map(|(lane, shard)| key::arrivals(account, lane, shard))
        .map(|partition| Partition::new(partition, span, consistency))
        .collect();
    // Whoever is behind reads on, so that they come to one slot together.
    while let Some(behind) = partitions
        .iter()
        .filter(|one| one.has_more())
        .map(|one| one.complete)
        .min()
    {
        let next = partitions
            .iter_mut()
            .filter(|one| one.has_more() && one.complete == behind);
        try_join_all(next.map(|one| one.read_on(store))).await?;
        if is_enough(&partitions, most_bytes) {
            break;
        }
    }
    Ok(gathered(partitions, span))
}

/// Arrivals of one lane and shard, while they are read.
struct Partition {
    /// what is left to be read
    ask: Option<Ask>,
    upto: Slot,
    /// all slots up to this one are read
    complete: Slot,
    items: Vec<(ArrivalKey, Item)>,
    bytes: usize,
}

impl Partition {
    fn new(partition: String, span: Span, consistency: Consistency) -> Self {
        let first = span.first();
        Self {
            ask: Some(Ask {
                partition,
                low: key::slot(first),
                high: format!("{}{}", key::slot(span.upto), key::LAST),
                order: Order::Ascending,
                limit: None,
                consistency,
            }),
            upto: span.upto,
            complete: first.previous(),
            items: Vec::new(),
            bytes: 0,
        }
    }

    const fn has_more(&self) -> bool {
        self.ask.is_some()
    }

    /// Reads one slice.
    async fn read_on<R: ItemReader>(&mut self, store: &R) -> Result<(), RollupError> {
        let Some(ask) = self.ask.take() else {
            return Ok(());
        };
        let slice = store.range(&ask).await?;
        self.complete = self.upto;
        if slice.has_more
            && let Some(item) = slice.items.last()
        {
            self.complete = named(item)?.slot.previous();
            self.ask = Some(ask.behind(&item.key.sort));
        }
        for item in slice.items {
            self.bytes += item.value.len();
            self.items.push((named(&item)?, item));
        }
        Ok(())
    }
}

fn named(item: &Item) -> Result<ArrivalKey, RollupError> {
    ArrivalKey::from_sort(&item.key.sort)
        .ok_or_else(|| RollupError::unreadable(&item.key, "an arrival's key is none of ours"))
}

/// Whether enough is read: so many bytes, and some slot that has any is whole.
fn is_enough(partitions: &[Partition], most_bytes: usize) -> bool {
    let bytes: usize = partitions.iter().map(|one| one.bytes).sum();
    let complete = partitions.iter().map(|one| one.complete).min();
    let first = partitions.iter().filter_map(|one| one.items.first());
    let first = first.map(|(key, _)| key.slot).min();
    bytes >= most_bytes && first.is_some_and(|first| Some(first) <= complete)
}

/// What lies in slots that are whole.
fn gathered(partitions: Vec<Partition>, span: Span) -> Arrivals {
    let complete = partitions.iter().map(|one| one.complete).min();
    let upto = complete.unwrap_or(span.upto);
    let mut items: Vec<(ArrivalKey, Item)> = partitions
        .into_iter()
        .flat_map(|one| one.items)
        .filter(|(key, _)| key.slot <= upto)
        .collect();
    // One batch that was sent twice within a slot, while the number of shards was raised, lies in two of them.
    items.sort_by(|(a, a_item), (b, b_item)| (a, &a_item.key).cmp(&(b, &b_item.key)));
    items.dedup_by_key(|(key, _)| *key);
    Arrivals {
        bytes: items.iter().map(|(_, item)| item.value.len()).sum(),
        items,
        upto: Some(upto),
    }
}
