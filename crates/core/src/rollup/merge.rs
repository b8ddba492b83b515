//! Merges blocks: the index of several becomes one, built anew from the columns of their runs. So a reader asks few
//! blocks, however often it was rolled up.
//!
//! A block of a step has tier 0; twelve of a tier become one of the next, twice; and all of a day that is past become the
//! day's. The runs stay where they are, and replaced blocks too until they expire: readers may still be at them.
//!
//! A block has at most [`MOST_ROWS`] rows: more are not merged, so that what this takes of memory has a bound. At 10⁹
//! events a month, 33 million a day, a day is 17 blocks rather than one, and a page of a rare value over a month asks some
//! five hundred: the price of that size.

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::known::directory;
use super::{RollupError, Task, begin, expires, head, replace};
use crate::account::AccountId;
use crate::head::Head;
use crate::index::{self, Block, Run, RunColumns};
use crate::ingest::Clock;
use crate::instant::Instant;
use crate::items::key::{self, RunId};
use crate::items::{Ask, Consistency, ItemReader, ItemWriter, Order};
use crate::segment::columns::{Columns, decompressed};

/// Blocks of a tier that become one of the next.
pub const FAN: usize = 12;
/// The highest tier that is reached by number.
const HIGHEST: u8 = 2;
/// The tier of a day.
pub const DAY_TIER: u8 = 9;
/// Most rows of a block that others are merged into.
pub const MOST_ROWS: u32 = 2_000_000;
/// Reads side by side.
const AT_ONCE: usize = 16;
/// Items written at once.
const ITEMS_AT_ONCE: usize = 200;

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
    let (head, _) = head(store, task.account).await?;
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
    let Some(plan) = plan(&head.blocks, now, MOST_ROWS) else {
        return Ok(Merged::Nothing);
    };
    let old = head.blocks[plan.from..plan.from + plan.count].to_vec();
    let block = rebuilt(store, task, &old, plan.tier, clock).await?;
    let with = |head: &Head| with(head, &old, &block);
    let is_done = replace(store, task.account, head, with, clock).await?;
    Ok(if is_done {
        Merged::Blocks(old.len())
    } else {
        Merged::Lost
    })
}

/// Whether all that a block has may be deleted.
fn is_over(block: &Block, task: Task, now: Instant) -> bool {
    expires(block.newest, block.slots.1, task.retention_days) <= now
}

/// What is to be merged next: first days that are past, then whole fans.
fn plan(blocks: &[Block], now: Instant, most_rows: u32) -> Option<Plan> {
    past_day(blocks, now, most_rows).or_else(|| fan(blocks, most_rows))
}

/// The day a block belongs to: that of its last slot.
fn day(block: &Block) -> i64 {
    block.slots.1.start().day()
}

/// Blocks of a past day, as many as may be one.
fn past_day(blocks: &[Block], now: Instant, most_rows: u32) -> Option<Plan> {
    let mut from = 0;
    for of_day in blocks.chunk_by(|a, b| day(a) == day(b)) {
        let start = from;
        from += of_day.len();
        if day(&of_day[0]) >= now.day() {
            continue;
        }
        let mut at = 0;
        while at < of_day.len() {
            let count = fitting(&of_day[at..], most_rows);
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
fn fan(blocks: &[Block], most_rows: u32) -> Option<Plan> {
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
            let count = fitting(&of_tier[at..at + FAN], most_rows);
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
fn fitting(blocks: &[Block], most_rows: u32) -> usize {
    let mut rows = 0_u32;
    let fits = |block: &&Block| {
        rows = rows.saturating_add(block.rows);
        rows <= most_rows
    };
    blocks.iter().take_while(fits).count().max(1)
}

/// Builds the block of several, oldest first, and writes its items.
async fn rebuilt<S: ItemReader + ItemWriter>(
    store: &S,
    task: Task,
    blocks: &[Block],
    tier: u8,
    clock: &impl Clock,
) -> Result<Block, RollupError> {
    let account = task.account;
    // Made before they are put in a stream: as closures there they are not known to be `Send`.
    let asked: Vec<_> = blocks
        .iter()
        .rev()
        .map(|block| runs(store, account, block))
        .collect();
    let runs: Vec<Vec<Run>> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    let runs: Vec<Run> = runs.into_iter().flatten().collect();
    let asked: Vec<_> = runs
        .iter()
        .map(|run| columns(store, account, run))
        .collect();
    let columns: Vec<Vec<Vec<u8>>> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    let expires = blocks
        .iter()
        .map(|block| expires(block.newest, block.slots.1, task.retention_days));
    let expires = expires.max().unwrap_or(clock.now());
    let (block, items) = build(account, tier, &runs, &columns, expires)?;
    for items in items.chunks(ITEMS_AT_ONCE) {
        begin(clock)?;
        store.put(items).await?;
    }
    Ok(block)
}

/// The runs of a block, newest first.
async fn runs<R: ItemReader>(
    store: &R,
    account: AccountId,
    block: &Block,
) -> Result<Vec<Run>, RollupError> {
    let mut runs: Vec<Run> = Vec::new();
    let mut row = 0;
    while row < block.rows {
        let ask = Ask {
            consistency: Consistency::Strong,
            ..index::directory_ask(account, block, row)
        };
        let item = store.range(&ask).await?.items.into_iter().next();
        let item = item.ok_or(RollupError::Gone(block.id))?;
        let piece = directory(&item, block)?;
        for (_, run) in piece.runs {
            if runs.last().is_none_or(|last| last.id != run.id) {
                runs.push(run);
            }
        }
        let behind = piece
            .frames
            .last()
            .map_or(0, |frame| frame.first + frame.rows);
        if behind <= row {
            return Err(RollupError::damaged(
                &item.key.partition,
                "a directory does not go on",
            ));
        }
        row = behind;
    }
    Ok(runs)
}

/// The columns of a run's parts, decompressed.
async fn columns<R: ItemReader>(
    store: &R,
    account: AccountId,
    run: &Run,
) -> Result<Vec<Vec<u8>>, RollupError> {
    let key = key::columns(account, run.id, 0);
    let mut ask = Ask {
        partition: key.partition,
        low: key.sort,
        high: key::LAST.to_string(),
        order: Order::Ascending,
        limit: None,
        consistency: Consistency::Strong,
    };
    let mut parts = Vec::new();
    loop {
        let slice = store.range(&ask).await?;
        for item in &slice.items {
            let name = || format!("{} {}", item.key.partition, item.key.sort);
            let plain = decompressed(&item.value);
            parts.push(plain.map_err(|damaged| RollupError::damaged(name(), damaged))?);
        }
        match slice.items.last() {
            Some(last) if slice.has_more => ask = ask.behind(&last.key.sort),
            _ => return Ok(parts),
        }
    }
}

fn build(
    account: AccountId,
    tier: u8,
    runs: &[Run],
    columns: &[Vec<Vec<u8>>],
    expires: Instant,
) -> Result<(Block, Vec<crate::items::Item>), RollupError> {
    let mut decoded: Vec<Vec<Columns<'_>>> = Vec::new();
    for (run, parts) in runs.iter().zip(columns) {
        let parts: Vec<Columns<'_>> = parts
            .iter()
            .map(|part| Columns::decode(part))
            .collect::<Result<_, _>>()
            .map_err(|damaged| RollupError::damaged(columns_of(run.id), damaged))?;
        let rows: usize = parts.iter().map(Columns::rows).sum();
        if rows != run.rows as usize {
            return Err(RollupError::Gone(run.id));
        }
        decoded.push(parts);
    }
    let runs: Vec<RunColumns<'_>> = runs
        .iter()
        .zip(&decoded)
        .map(|(run, parts)| RunColumns { run, parts })
        .collect();
    Ok(index::build(account, tier, &runs, expires)?)
}

fn columns_of(run: RunId) -> String {
    format!("columns of run {run}")
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

/// The head with one block in the place of several; `None` if it has them no more.
fn with(head: &Head, old: &[Block], block: &Block) -> Option<Head> {
    let is_there = |there: &[Block]| {
        there
            .iter()
            .zip(old)
            .all(|(a, b)| (a.id, a.tier) == (b.id, b.tier))
    };
    let from = head.blocks.windows(old.len()).position(is_there)?;
    let mut next = head.clone();
    next.blocks.splice(from..from + old.len(), [block.clone()]);
    Some(next)
}
