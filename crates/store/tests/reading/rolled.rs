//! Rolls up what the model says is kept: a plain way to make runs and blocks, for tests of those who read them.

use std::collections::BTreeMap;

use activity_log_core::columns::{Columns, decompressed};
use activity_log_core::event::Event;
use activity_log_core::head::Head;
use activity_log_core::index::{self, Run, RunColumns};
use activity_log_core::instant::{DAY, Instant};
use activity_log_core::items::key::{self, ContentHash};
use activity_log_core::items::{Consistency, Item, ItemReader as _, ItemWriter as _};
use activity_log_core::pack::{FRAME_ROWS, PART_ROWS, PackEncoder, PackRow};
use activity_log_core::slot::Slot;
use activity_log_store::memory::MemoryItems;

use crate::model::{Arrived, Model};
use crate::world::account;

pub async fn head(items: &MemoryItems) -> Head {
    let found = items
        .get(&[key::head(account())], Consistency::Strong)
        .await;
    Head::of(found.unwrap().first()).unwrap()
}

/// Makes a run of the rows of all slots above the watermark up to this one, and its block.
pub async fn roll_up(items: &MemoryItems, model: &Model, upto: Slot, now: Instant) {
    let mut head = head(items).await;
    if Some(upto) <= head.watermark {
        return;
    }
    let kept = model.kept();
    let is_new = |row: &&&Arrived| Some(row.slot) > head.watermark && row.slot <= upto;
    let mut rows: Vec<&Arrived> = kept.iter().filter(is_new).copied().collect();
    rows.sort_by(|a, b| a.position.cmp(&b.position).then(b.rank.cmp(&a.rank)));
    head.watermark = Some(upto);
    if !rows.is_empty() {
        let mut id = [7; 12];
        id[..8].copy_from_slice(&upto.number().to_be_bytes());
        let run = Run {
            id: ContentHash(id),
            rows: u32::try_from(rows.len()).unwrap(),
            slots: (
                rows.iter().map(|row| row.slot).min().unwrap(),
                rows.iter().map(|row| row.slot).max().unwrap(),
            ),
            expires: now.plus_millis(40 * DAY),
            dropped: vec![],
        };
        write_run(items, &run, &rows).await;
        let block = index_runs(items, 0, &[run]).await;
        head.blocks.push(block);
    }
    let item = head.item(account(), now).unwrap();
    assert!(items.swap(&item).await.unwrap());
}

async fn write_run(items: &MemoryItems, run: &Run, rows: &[&Arrived]) {
    let mut encoder = PackEncoder::new().unwrap();
    let item = |key, value| Item {
        key,
        value,
        expires: run.expires,
        revision: 0,
    };
    let mut made = Vec::new();
    for (part, rows) in (0..).zip(rows.chunks(PART_ROWS as usize)) {
        let events: Vec<Event<'_>> = rows.iter().map(|row| row.event()).collect();
        let events: Vec<&Event<'_>> = events.iter().collect();
        let slots: Vec<Slot> = rows.iter().map(|row| row.slot).collect();
        let columns = Columns::of_run(&events, &slots);
        made.push(item(
            key::columns(account(), run.id, part),
            columns.compressed().unwrap(),
        ));
        for (frame, rows) in (0..).zip(rows.chunks(FRAME_ROWS as usize)) {
            let rows = rows.iter().map(|row| PackRow {
                text: &row.text,
                origin: &row.origin,
            });
            let pack = encoder.encode(rows).unwrap();
            made.push(item(key::frame(account(), run.id, part, frame), pack));
        }
    }
    items.put(&made).await.unwrap();
}

/// Indexes runs, given newest first, from their columns.
async fn index_runs(items: &MemoryItems, tier: u8, runs: &[Run]) -> index::Block {
    let mut bytes: Vec<Vec<Vec<u8>>> = Vec::new();
    for run in runs {
        let parts = 0..run.rows.div_ceil(PART_ROWS);
        let mut of_run = Vec::new();
        for part in parts {
            let key = key::columns(account(), run.id, part);
            let found = items.get(&[key], Consistency::Strong).await.unwrap();
            of_run.push(decompressed(&found[0].value).unwrap());
        }
        bytes.push(of_run);
    }
    let columns: Vec<Vec<Columns<'_>>> = bytes
        .iter()
        .map(|parts| {
            parts
                .iter()
                .map(|part| Columns::decode(part).unwrap())
                .collect()
        })
        .collect();
    let columns: Vec<RunColumns<'_>> = runs
        .iter()
        .zip(&columns)
        .map(|(run, parts)| RunColumns { run, parts })
        .collect();
    let (block, made) = index::build(account(), tier, &columns).unwrap();
    items.put(&made).await.unwrap();
    block
}

/// Merges neighbouring blocks; which, the random numbers say.
pub async fn merge(items: &MemoryItems, (from, length): (f64, f64), now: Instant) {
    let count = head(items).await.blocks.len();
    if count >= 2 {
        let from = ((count - 1) as f64 * from) as usize;
        let upto = (from + 2 + (6.0 * length) as usize).min(count);
        merge_these(items, from, upto, now).await;
    }
}

/// Merges the last blocks.
pub async fn merge_last(items: &MemoryItems, count: usize, now: Instant) {
    let blocks = head(items).await.blocks.len();
    merge_these(items, blocks.saturating_sub(count), blocks, now).await;
}

async fn merge_these(items: &MemoryItems, from: usize, upto: usize, now: Instant) {
    let mut head = head(items).await;
    let mut runs: BTreeMap<Slot, Run> = BTreeMap::new();
    for block in &head.blocks[from..upto] {
        let mut row = 0;
        while row < block.rows {
            let ask = index::directory_ask(account(), block, row);
            let slice = items.range(&ask).await.unwrap();
            let piece = index::Directory::decode(&slice.items[0], block).unwrap();
            row = piece
                .frames
                .last()
                .map(|last| last.first + last.rows)
                .unwrap();
            runs.extend(piece.runs.into_iter().map(|(_, run)| (run.slots.1, run)));
        }
    }
    let runs: Vec<Run> = runs.into_values().rev().collect();
    let tier = head.blocks[from..upto].iter().map(|block| block.tier).max();
    let tier = tier.unwrap().saturating_add(1);
    let block = index_runs(items, tier, &runs).await;
    head.blocks.splice(from..upto, [block]);
    let item = head.item(account(), now).unwrap();
    assert!(items.swap(&item).await.unwrap());
}
