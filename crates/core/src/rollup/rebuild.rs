//! Builds a block anew over the runs of several, from their columns.

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::known::directory;
use super::{RollupError, Task, begin};
use crate::account::AccountId;
use crate::columns::{Columns, decompressed};
use crate::index::{self, Block, Run, RunColumns};
use crate::ingest::Clock;
use crate::items::key::{self, RunId};
use crate::items::{Ask, Consistency, ItemReader, ItemWriter, Order};
use crate::pack::PART_ROWS;
use crate::slot::Slot;

/// Reads side by side.
const AT_ONCE: usize = 16;
/// Items written at once.
const ITEMS_AT_ONCE: usize = 200;

/// What several blocks became.
pub(super) struct Rebuilt {
    /// one block; `None` if all they had has expired
    pub block: Option<Block>,
    /// the last slot of runs that have expired, and are not in it
    pub expired: Option<Slot>,
}

/// Builds the block of several, oldest first, and writes its items. Runs that have expired, as may be where nothing was
/// merged for long, or where one of events long past lies beside others, are left out.
pub(super) async fn rebuilt<S: ItemReader + ItemWriter>(
    store: &S,
    task: Task,
    blocks: &[Block],
    tier: u8,
    clock: &impl Clock,
) -> Result<Rebuilt, RollupError> {
    let account = task.account;
    // Made before they are put in a stream: as closures there they are not known to be `Send`.
    let asked: Vec<_> = blocks
        .iter()
        .rev()
        .map(|block| runs(store, account, block))
        .collect();
    let listed: Vec<Vec<Run>> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    let now = clock.now();
    let (runs, over): (Vec<Run>, Vec<Run>) = listed
        .into_iter()
        .flatten()
        .partition(|run| run.expires > now);
    let expired = over.iter().map(|run| run.slots.1).max();
    let asked: Vec<_> = runs
        .iter()
        .map(|run| columns(store, account, run))
        .collect();
    let columns: Vec<Vec<Vec<u8>>> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    for (run, parts) in runs.iter().zip(&columns) {
        if parts.len() != run.rows.div_ceil(PART_ROWS) as usize {
            return Err(RollupError::Gone(run.id));
        }
    }
    if runs.is_empty() {
        return Ok(Rebuilt {
            block: None,
            expired,
        });
    }
    let (block, items) = build(account, tier, &runs, &columns)?;
    let bytes = columns.iter().flatten().map(|part| part.len() as u64).sum();
    for items in items.chunks(ITEMS_AT_ONCE) {
        begin(clock)?;
        store.put(items).await?;
    }
    Ok(Rebuilt {
        block: Some(Block { bytes, ..block }),
        expired,
    })
}

/// The runs of a block, newest first.
async fn runs<R: ItemReader>(
    store: &R,
    account: AccountId,
    block: &Block,
) -> Result<Vec<Run>, RollupError> {
    let mut listed: Vec<Run> = Vec::new();
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
            if listed.last().is_none_or(|last| last.id != run.id) {
                listed.push(run);
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
    Ok(listed)
}

/// The columns of a run's parts, decompressed.
async fn columns<R: ItemReader>(
    store: &R,
    account: AccountId,
    run: &Run,
) -> Result<Vec<Vec<u8>>, RollupError> {
    let mut parts = Vec::new();
    let last = run.rows.div_ceil(PART_ROWS);
    for first in (0..last).step_by(key::COLUMNS_TOGETHER as usize) {
        let key = key::columns(account, run.id, first);
        let mut ask = Ask {
            partition: key.partition,
            low: key.sort,
            high: key::LAST.to_string(),
            order: Order::Ascending,
            limit: None,
            consistency: Consistency::Strong,
        };
        loop {
            let slice = store.range(&ask).await?;
            for item in &slice.items {
                let name = || format!("{} {}", item.key.partition, item.key.sort);
                let plain = decompressed(&item.value);
                parts.push(plain.map_err(|damaged| RollupError::damaged(name(), damaged))?);
            }
            match slice.items.last() {
                Some(last) if slice.has_more => ask = ask.behind(&last.key.sort),
                _ => break,
            }
        }
    }
    Ok(parts)
}

fn build(
    account: AccountId,
    tier: u8,
    runs: &[Run],
    columns: &[Vec<Vec<u8>>],
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
    Ok(index::build(account, tier, &runs)?)
}

fn columns_of(run: RunId) -> String {
    format!("columns of run {run}")
}
