//! Makes a run: its parts, their columns and frames, its name, and the block over it.

use sha2::{Digest as _, Sha256};

use super::rows::Arrived;
use super::{RollupError, Task, expires};
use crate::columns::{Columns, plain_bytes};
use crate::damaged::Damaged;
use crate::head::Drop;
use crate::index::{self, Block, Dropped, Run, RunColumns};
use crate::instant::Instant;
use crate::items::key::{self, ContentHash, RunId};
use crate::items::{Item, MAX_VALUE_BYTES};
use crate::pack::{FRAME_ROWS, PART_ROWS, PackEncoder, PackRow, encoder_version};
use crate::slot::Slot;

/// Version of how runs are cut.
const VERSION: u8 = 1;

/// What the runs of a step have in common.
pub(super) struct Making {
    pub task: Task,
    /// the slots of the step: behind the first, up to the second
    pub slots: (Option<Slot>, Slot),
    /// a mistake of the tests' own: the name says the slots alone
    pub is_named_by_slots: bool,
}

/// A run and the block over it, and all their items.
pub(super) struct Made {
    pub block: Block,
    pub items: Vec<Item>,
    /// how many rows it took
    pub rows: usize,
}

/// A part of a run, encoded.
struct Part {
    columns: Columns<'static>,
    compressed: Vec<u8>,
    frames: Vec<Vec<u8>>,
}

impl Making {
    /// Encodes a run of the first of these rows, given in read order; says in it what was dropped. It takes all rows
    /// unless they are so large that a part is cut short: only the last of a run may be.
    pub fn make(
        &self,
        encoder: &mut PackEncoder,
        rows: &[&Arrived<'_>],
        drops: &[Drop],
        dropped: Vec<Dropped>,
    ) -> Result<Made, RollupError> {
        let (parts, count) = parts(encoder, rows)?;
        let bytes = parts.iter().map(|part| plain_bytes(&part.compressed)).sum();
        let rows = &rows[..count];
        // Whoever counts what was dropped of a window finds it where slots of that window are.
        let told = dropped.iter().flat_map(|dropped| {
            let last = Slot::last_of(dropped.window).min(self.slots.1);
            [Slot::first_of(dropped.window), last]
        });
        let slots = rows.iter().map(|row| row.place.slot).chain(told);
        let slots = (
            slots.clone().min().unwrap_or(self.slots.1),
            slots.max().unwrap_or(self.slots.1),
        );
        let newest = rows
            .first()
            .map_or(Instant::from_millis(0), |row| row.event.time);
        let expires = expires(newest, slots.1, self.task.retention_days);
        let run = Run {
            id: self.name(&parts, drops, expires),
            rows: u32::try_from(rows.len()).unwrap_or(u32::MAX),
            slots,
            expires,
            dropped,
        };
        let account = self.task.account;
        let mut items = Vec::new();
        let mut columns = Vec::new();
        for (number, part) in (0..).zip(parts) {
            let mut item = |key, value| {
                items.push(Item {
                    key,
                    value,
                    expires,
                    revision: 0,
                });
            };
            item(key::columns(account, run.id, number), part.compressed);
            for (frame, value) in (0..).zip(part.frames) {
                item(key::frame(account, run.id, number, frame), value);
            }
            columns.push(part.columns);
        }
        let of_run = RunColumns {
            run: &run,
            parts: &columns,
        };
        let (block, of_block) = index::build(account, 0, &[of_run])?;
        let block = Block { bytes, ..block };
        items.extend(of_block);
        Ok(Made {
            block,
            items,
            rows: count,
        })
    }

    /// A hash of all that went in and of all that came out: whoever writes under this name writes the same.
    fn name(&self, parts: &[Part], drops: &[Drop], expires: Instant) -> RunId {
        let mut hash = Sha256::new();
        hash.update([VERSION]);
        hash.update(self.task.account.as_str());
        let number = |slot: Option<Slot>| slot.map_or(i64::MIN, Slot::number).to_be_bytes();
        hash.update(number(self.slots.0));
        if !self.is_named_by_slots {
            hash.update(number(Some(self.slots.1)));
            hash.update(encoder_version());
            // Somebody who knows another retention must not have ours deleted early.
            hash.update(expires.millis().to_be_bytes());
            for drop in drops {
                hash.update(drop.arrival.sort());
                hash.update(drop.row.to_be_bytes());
                hash.update([u8::from(drop.is_conflict)]);
            }
            let values = parts
                .iter()
                .flat_map(|part| [&part.compressed].into_iter().chain(&part.frames));
            for value in values {
                hash.update((value.len() as u64).to_be_bytes());
                hash.update(value);
            }
        }
        let mut id = [0; 12];
        id.copy_from_slice(&hash.finalize()[..12]);
        ContentHash(id)
    }
}

/// Cuts rows into parts of [`PART_ROWS`], up to one that has fewer, and how many rows they took.
fn parts(
    encoder: &mut PackEncoder,
    rows: &[&Arrived<'_>],
) -> Result<(Vec<Part>, usize), RollupError> {
    let mut parts = Vec::new();
    let mut taken = 0;
    while taken < rows.len() {
        let (part, count) = part(encoder, &rows[taken..])?;
        parts.push(part);
        taken += count;
        if count < PART_ROWS as usize {
            break;
        }
    }
    Ok((parts, taken))
}

/// The next part, and how many rows it took: fewer than [`PART_ROWS`] where an item would be too large.
fn part(encoder: &mut PackEncoder, rows: &[&Arrived<'_>]) -> Result<(Part, usize), RollupError> {
    let rows = &rows[..rows.len().min(PART_ROWS as usize)];
    let (mut frames, mut count) = frames(encoder, rows)?;
    loop {
        let of_part = &rows[..count];
        let events: Vec<_> = of_part.iter().map(|row| &row.event).collect();
        let slots: Vec<Slot> = of_part.iter().map(|row| row.place.slot).collect();
        let columns = Columns::of_run(&events, &slots);
        let compressed = columns.compressed()?;
        if compressed.len() <= MAX_VALUE_BYTES {
            let part = Part {
                columns,
                compressed,
                frames,
            };
            return Ok((part, count));
        }
        if frames.len() > 1 {
            frames.truncate(frames.len() / 2);
            count = frames.len() * FRAME_ROWS as usize;
        } else if count > 1 {
            count /= 2;
            frames = vec![frame(encoder, &rows[..count])?];
        } else {
            return Err(Damaged::Inconsistent("columns of one row are too large").into());
        }
    }
}

/// Frames of these rows as far as they go with full frames; or one with fewer rows, if the first is too large.
fn frames(
    encoder: &mut PackEncoder,
    rows: &[&Arrived<'_>],
) -> Result<(Vec<Vec<u8>>, usize), RollupError> {
    let mut frames = Vec::new();
    let mut count = 0;
    for some in rows.chunks(FRAME_ROWS as usize) {
        let frame = frame(encoder, some)?;
        if frame.len() > MAX_VALUE_BYTES {
            break;
        }
        frames.push(frame);
        count += some.len();
    }
    let mut fewer = rows.len().min(FRAME_ROWS as usize);
    while frames.is_empty() {
        fewer /= 2;
        if fewer == 0 {
            return Err(Damaged::Inconsistent("a frame of one row is too large").into());
        }
        let frame = frame(encoder, &rows[..fewer])?;
        if frame.len() <= MAX_VALUE_BYTES {
            frames.push(frame);
            count = fewer;
        }
    }
    Ok((frames, count))
}

fn frame(encoder: &mut PackEncoder, rows: &[&Arrived<'_>]) -> Result<Vec<u8>, RollupError> {
    let rows = rows.iter().map(|row| PackRow {
        text: &row.event.text,
        origin: &row.event.origin,
    });
    Ok(encoder.encode(rows)?)
}
