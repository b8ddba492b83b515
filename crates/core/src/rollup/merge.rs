//! Merges blocks: the index of several becomes one, built anew from the columns of their runs. So a reader asks few
//! blocks, however often it was rolled up.
//!
//! A block of a step has tier 0; twelve of a tier become one of the next, twice; and all of a day that is past become the
//! day's. The runs stay where they are, and replaced blocks too until they expire: readers may still be at them.
//!
//! A block has at most [`MOST_ROWS`] rows, whose columns have at most [`MOST_BYTES`]: more are not merged, so that what
//! this takes of memory has a bound. At 10⁹
//! events a month, 33 million a day, a day is 17 blocks rather than one, and a page of a rare value over a month asks some
//! five hundred: the price of that size.

use super::rebuild::{Rebuilt, rebuilt};
use super::{RollupError, Task, expires, head, replace};
use crate::head::Head;
use crate::index::Block;
use crate::ingest::Clock;
use crate::instant::Instant;
use crate::items::{ItemReader, ItemWriter};

/// Blocks of a tier that become one of the next.
pub const FAN: usize = 12;
/// The highest tier that is reached by number.
const HIGHEST: u8 = 2;
/// The tier of a day.
pub const DAY_TIER: u8 = 9;
/// Most rows of a block that others are merged into.
pub const MOST_ROWS: u32 = 2_000_000;
/// Most bytes of the columns of such a block, unpacked: all are in memory at once.
pub const MOST_BYTES: u64 = 512 * 1024 * 1024;

/// How much may become one block.
#[derive(Clone, Copy, Debug)]
struct Most {
    rows: u32,
    bytes: u64,
}

/// What a merge did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    /// so many blocks are one now
    Blocks(usize),
    /// so many blocks were taken off the head, as all they had is past its retention
    Expired(usize),
    /// there was nothing to merge
    Nothing,
    /// somebody else merged the same meanwhile: begin anew
    Lost,
}

/// Blocks to be merged: where they stand in the head, and the tier of what they become.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Plan {
    from: usize,
    count: usize,
    tier: u8,
}

/// Merges once, if there is something to merge.
///
/// # Errors
/// If the store fails, something stored is damaged or gone, or the clock ends.
pub async fn merge<S: ItemReader + ItemWriter>(
    store: &S,
    task: Task,
    clock: &impl Clock,
) -> Result<Merged, RollupError> {
    let head = head(store, task.account).await?;
    let now = clock.now();
    let is_over = |block: &&Block| is_over(block, task, now);
    let over: Vec<Block> = head.blocks.iter().filter(is_over).cloned().collect();
    if !over.is_empty() {
        let count = over.len();
        let without = |head: &Head| Some(without(head, &over));
        let is_done = replace(store, task.account, head, without, clock).await?;
        return Ok(if is_done {
            Merged::Expired(count)
        } else {
            Merged::Lost
        });
    }
    let most = Most {
        rows: MOST_ROWS,
        bytes: MOST_BYTES,
    };
    let Some(plan) = plan(&head.blocks, now, most) else {
        return Ok(Merged::Nothing);
    };
    let old = head.blocks[plan.from..plan.from + plan.count].to_vec();
    let rebuilt = rebuilt(store, task, &old, plan.tier, clock).await?;
    let with = |head: &Head| with(head, &old, &rebuilt);
    let is_done = replace(store, task.account, head, with, clock).await?;
    Ok(if is_done {
        Merged::Blocks(old.len())
    } else {
        Merged::Lost
    })
}

/// Whether all that a block has may be deleted: it was written to be by now, or the retention was lowered since.
fn is_over(block: &Block, task: Task, now: Instant) -> bool {
    let over = expires(block.newest, block.slots.1, task.retention_days);
    over.min(block.expires.1) <= now
}

/// What is to be merged next: first days that are past, then whole fans.
fn plan(blocks: &[Block], now: Instant, most: Most) -> Option<Plan> {
    past_day(blocks, now, most).or_else(|| fan(blocks, most))
}

/// The day a block belongs to: that of its last slot.
fn day(block: &Block) -> i64 {
    block.slots.1.start().day()
}

/// Blocks of a past day, as many as may be one.
fn past_day(blocks: &[Block], now: Instant, most: Most) -> Option<Plan> {
    let mut from = 0;
    for of_day in blocks.chunk_by(|a, b| day(a) == day(b)) {
        let start = from;
        from += of_day.len();
        if day(&of_day[0]) >= now.day() {
            continue;
        }
        let mut at = 0;
        while at < of_day.len() {
            let count = fitting(&of_day[at..], most);
            if count > 1 {
                return Some(Plan {
                    from: start + at,
                    count,
                    tier: DAY_TIER,
                });
            }
            at += count;
        }
    }
    None
}

/// The oldest fan of a tier, or as much of it as may be one.
fn fan(blocks: &[Block], most: Most) -> Option<Plan> {
    let mut from = 0;
    for of_tier in blocks.chunk_by(|a, b| a.tier == b.tier && day(a) == day(b)) {
        let start = from;
        from += of_tier.len();
        let tier = of_tier[0].tier;
        if tier >= HIGHEST {
            continue;
        }
        let mut at = 0;
        while of_tier.len() - at >= FAN {
            let count = fitting(&of_tier[at..at + FAN], most);
            if count > 1 {
                return Some(Plan {
                    from: start + at,
                    count,
                    tier: tier + 1,
                });
            }
            at += count;
        }
    }
    None
}

/// How many of the first blocks may be one; at least 1.
fn fitting(blocks: &[Block], most: Most) -> usize {
    let (mut rows, mut bytes) = (0_u32, 0_u64);
    let fits = |block: &&Block| {
        rows = rows.saturating_add(block.rows);
        bytes = bytes.saturating_add(block.bytes);
        rows <= most.rows && bytes <= most.bytes
    };
    blocks.iter().take_while(fits).count().max(1)
}

/// The head without these blocks.
fn without(head: &Head, gone: &[Block]) -> Head {
    let mut next = head.clone();
    next.blocks
        .retain(|block| !gone.iter().any(|one| one.id == block.id));
    let last = gone.iter().map(|block| block.slots.1).max();
    next.expired = next.expired.max(last);
    next
}

/// The head with what several blocks became in their place; `None` if it has them no more.
fn with(head: &Head, old: &[Block], rebuilt: &Rebuilt) -> Option<Head> {
    let is_there = |there: &[Block]| {
        there
            .iter()
            .zip(old)
            .all(|(a, b)| (a.id, a.tier) == (b.id, b.tier))
    };
    let from = head.blocks.windows(old.len()).position(is_there)?;
    let mut next = head.clone();
    let block = rebuilt.block.clone();
    next.blocks.splice(from..from + old.len(), block);
    next.expired = next.expired.max(rebuilt.expired);
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Layout;
    use crate::instant::DAY;
    use crate::items::key::ContentHash;
    use crate::slot::Slot;

    fn block(number: u8, rows: u32, bytes: u64) -> Block {
        let slot = Slot::from_number(number.into());
        Block {
            id: ContentHash([number; 12]),
            values: 1,
            tier: 0,
            rows,
            bytes,
            slots: (slot, slot),
            newest: slot.start(),
            oldest: slot.start(),
            least: slot.start(),
            expires: (slot.end(), slot.end()),
            layout: Layout::Single,
            hash_bits: 64,
            piece_rows: rows,
        }
    }

    #[test]
    fn blocks_are_merged_up_to_a_number_of_rows_and_of_bytes() {
        let most = Most {
            rows: 1_000,
            bytes: 1_000,
        };
        let (now, later) = (Instant::from_millis(0), Instant::from_millis(DAY));
        let same =
            |rows, bytes| -> Vec<Block> { (0..12).map(|at| block(at, rows, bytes)).collect() };
        let merged = |blocks: &[Block], now| {
            plan(blocks, now, most).map(|plan| (plan.from, plan.count, plan.tier))
        };
        assert_eq!(merged(&same(80, 80), now), Some((0, 12, 1)));
        assert_eq!(merged(&same(80, 80), later), Some((0, 12, DAY_TIER)));
        for (rows, bytes) in [(300, 1), (1, 300)] {
            assert_eq!(merged(&same(rows, bytes), now), Some((0, 3, 1)));
            assert_eq!(merged(&same(rows, bytes), later), Some((0, 3, DAY_TIER)));
        }
        for (rows, bytes) in [(501, 1), (1, 501), (1, 5_000)] {
            assert_eq!(merged(&same(rows, bytes), now), None);
            assert_eq!(merged(&same(rows, bytes), later), None);
        }
    }
}
