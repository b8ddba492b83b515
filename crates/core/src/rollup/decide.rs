//! Decides which rows of sealed arrivals are dropped, before they are rolled up: an archive is made of them sooner.
//!
//! The decision is written down only where it drops something. What is not written down is decided again by whoever
//! needs it, and comes out the same: arrivals of sealed slots do not change, and what may be gone of L1 by then could only
//! drop more, never less. What is written down, the roll-up honours.

use std::collections::HashMap;

use super::arrivals::{self, Span};
use super::known::known;
use super::order::{Row, Verdict, judge};
use super::rows::{Arrived, Slab, opened, plain_bytes};
use super::{RollupError, begin, head_and_decided};
use crate::account::AccountId;
use crate::event::MAX_FUTURE_MS;
use crate::head::{Decided, Drop, Head};
use crate::ingest::Clock;
use crate::instant::{Instant, MINUTE};
use crate::items::key::ArrivalKey;
use crate::items::{Consistency, ItemReader, ItemWriter, MAX_VALUE_BYTES};
use crate::pack::Arrival;
use crate::slot::Slot;

/// Most packed bytes of arrivals that are decided about; with more a roll-up is due anyway.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Most bytes of what is read of them: what says little packs a thousand to one. A roll-up takes that in slices, and is
/// due long before.
const MOST_PLAIN_BYTES: usize = 64 * 1024 * 1024;
/// Longest an event may lie before its arrival's slot in the future, in milliseconds: so far and a minute of clocks that
/// disagree.
const FUTURE_MS: i64 = MAX_FUTURE_MS + MINUTE;

/// What came of it.
#[derive(Debug)]
pub enum Decision {
    /// it is decided
    Settled(Box<Settled>),
    /// there is so much that it is to be rolled up first
    RollUpFirst,
    /// somebody else decided or rolled up meanwhile: begin anew
    Lost,
}

/// The slots that were asked for: those up to the head's watermark are in L1 as this head lists it, and the others are
/// here.
#[derive(Debug)]
pub struct Settled {
    /// the head when this was decided
    pub head: Head,
    /// arrivals above its watermark, of the slots asked for, in order of their keys
    pub arrivals: Vec<Arrival>,
    /// the rows of them that are dropped
    pub drops: Vec<Drop>,
}

/// Decides about the slots of `span`, all of which must be sealed.
///
/// It costs two rounds of reading where nothing arrived, and a write only where something is dropped.
///
/// # Errors
/// If the store does not answer, something stored is damaged, or a slot is not sealed.
pub async fn decide<S: ItemReader + ItemWriter>(
    store: &S,
    account: AccountId,
    span: Span,
    clock: &impl Clock,
) -> Result<Decision, RollupError> {
    if span.upto > Slot::last_sealed(clock.now()) {
        return Err(RollupError::NotSealed(span.upto));
    }
    let (head, decided) = head_and_decided(store, account).await?;
    let above = Span {
        after: span.after.max(head.watermark),
        upto: span.upto,
    };
    let mut left = MOST_PLAIN_BYTES;
    let Some(arrivals) = read(store, account, &head, above, &mut left).await? else {
        return Ok(Decision::RollUpFirst);
    };
    let Some(earlier) = earlier(store, account, &head, above, &arrivals, &mut left).await? else {
        return Ok(Decision::RollUpFirst);
    };
    let mut slab = Slab::default();
    for arrival in earlier.iter().chain(&arrivals) {
        slab.take(arrival, |_| true);
    }
    let rows = slab.read()?;
    let drops = drops(store, account, &head, &decided, &rows).await?;
    let drops: Vec<Drop> = drops
        .into_iter()
        .filter(|drop| above.after.is_none_or(|after| drop.arrival.slot > after))
        .collect();
    match written(store, account, &head, decided, &drops, span.upto, clock).await? {
        Written::Done => Ok(Decision::Settled(Box::new(Settled {
            head,
            arrivals,
            drops,
        }))),
        Written::TooMany => Ok(Decision::RollUpFirst),
        Written::Lost => Ok(Decision::Lost),
    }
}

/// The arrivals of these slots; `None` if there are too many. `left` is how many bytes may still be read of their records.
async fn read<R: ItemReader>(
    store: &R,
    account: AccountId,
    head: &Head,
    span: Span,
    left: &mut usize,
) -> Result<Option<Vec<Arrival>>, RollupError> {
    let (shards, strong) = (head.shards.read, Consistency::Strong);
    let found = arrivals::read(store, account, shards, span, MOST_BYTES, strong).await?;
    if found.upto < Some(span.upto) || found.bytes > MOST_BYTES {
        return Ok(None);
    }
    let mut arrivals = Vec::with_capacity(found.items.len());
    for (_, item) in &found.items {
        let arrival = opened(item)?;
        let Some(rest) = left.checked_sub(plain_bytes(&arrival)) else {
            return Ok(None);
        };
        *left = rest;
        arrivals.push(arrival);
    }
    Ok(Some(arrivals))
}

/// Arrivals above the watermark before these slots, as far back as one may have the same event as one of `arrivals`: no
/// event comes long before its time.
async fn earlier<R: ItemReader>(
    store: &R,
    account: AccountId,
    head: &Head,
    span: Span,
    arrivals: &[Arrival],
    left: &mut usize,
) -> Result<Option<Vec<Arrival>>, RollupError> {
    let mut oldest: Option<Instant> = None;
    for arrival in arrivals {
        // In read order: the last row is the oldest.
        let last = arrival.pack.rows().checked_sub(1);
        let time = last.and_then(|row| crate::event::time_of(arrival.pack.text(row)));
        let time =
            time.ok_or_else(|| RollupError::unreadable(&arrival.at, "a record of it has no time"))?;
        oldest = Some(oldest.map_or(time, |oldest| oldest.min(time)));
    }
    let (Some(oldest), Some(upto)) = (oldest, span.after) else {
        return Ok(Some(Vec::new()));
    };
    let first = Slot::of(oldest.plus_millis(-FUTURE_MS));
    let span = Span {
        after: head.watermark.max(Some(first.previous())),
        upto,
    };
    read(store, account, head, span, left).await
}

/// All rows that are dropped of these: those of which it is decided, and those of which it is not.
pub(super) async fn drops<R: ItemReader>(
    store: &R,
    account: AccountId,
    head: &Head,
    decided: &Decided,
    rows: &[Arrived<'_>],
) -> Result<Vec<Drop>, RollupError> {
    let judged: Vec<Row<'_>> = rows.iter().map(Arrived::row).collect();
    let stored = known(store, account, head, &judged).await?;
    let verdicts = judge(&stored, &judged);
    let decided: HashMap<(ArrivalKey, u32), bool> = decided
        .drops
        .iter()
        .map(|drop| ((drop.arrival, drop.row), drop.is_conflict))
        .collect();
    let dropped = |(row, verdict): (&Arrived<'_>, Verdict)| {
        let judged = match verdict {
            Verdict::Stays => None,
            Verdict::Copy => Some(false),
            Verdict::Conflict => Some(true),
        };
        let (arrival, row) = (row.key, row.place.row);
        let is_conflict = decided.get(&(arrival, row)).copied().or(judged)?;
        Some(Drop {
            arrival,
            row,
            is_conflict,
        })
    };
    Ok(rows.iter().zip(verdicts).filter_map(dropped).collect())
}

enum Written {
    Done,
    TooMany,
    Lost,
}

/// Writes down what is dropped and was not written down before.
async fn written<S: ItemReader + ItemWriter>(
    store: &S,
    account: AccountId,
    head: &Head,
    decided: Decided,
    drops: &[Drop],
    upto: Slot,
    clock: &impl Clock,
) -> Result<Written, RollupError> {
    let mut all: Vec<Drop> = decided.drops.clone();
    all.retain(|drop| head.watermark.is_none_or(|mark| drop.arrival.slot > mark));
    let is_known = |drop: &Drop| {
        all.iter()
            .any(|known| (known.arrival, known.row) == (drop.arrival, drop.row))
    };
    let fresh: Vec<Drop> = drops
        .iter()
        .filter(|drop| !is_known(drop))
        .copied()
        .collect();
    if fresh.is_empty() {
        return Ok(Written::Done);
    }
    begin(clock)?;
    all.extend(fresh);
    let item = Decided {
        revision: decided.revision,
        upto: decided.upto.max(Some(upto)),
        drops: all,
    }
    .item(account, clock.now())?;
    if item.value.len() > MAX_VALUE_BYTES {
        return Ok(Written::TooMany);
    }
    if store.swap(&item).await? {
        Ok(Written::Done)
    } else {
        Ok(Written::Lost)
    }
}
