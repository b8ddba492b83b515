//! Which parts of L1 may have rows of a window, and how many rows of it were dropped.

use std::collections::{BTreeMap, HashSet};

use activity_log_core::account::AccountId;
use activity_log_core::damaged::Damaged;
use activity_log_core::head::Head;
use activity_log_core::index::{
    Block, Directory, Dropped, FrameRef, contents, contents_key, directory_ask,
};
use activity_log_core::instant::Instant;
use activity_log_core::items::key::RunId;
use activity_log_core::items::{Ask, Consistency, ItemReader};
use activity_log_core::rollup::RollupError;
use activity_log_core::slot::Slot;
use activity_log_core::window::Window;
use futures::future::try_join_all;

use crate::window::{ArchiveError, Job};

/// A part of a run.
#[derive(Clone, Debug)]
pub(crate) struct PartRef {
    pub run: RunId,
    pub part: u32,
    /// no row of it is older
    pub oldest: Instant,
    /// when it may be deleted
    pub expires: Instant,
    /// rows of its frames, in order
    pub frames: BTreeMap<u8, u32>,
}

/// What L1 has of a window.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// parts, those with the oldest rows first
    pub parts: Vec<PartRef>,
    pub copies: u64,
    pub conflicts: u64,
    /// whether some of it may be gone, and nobody knows how much
    pub is_over: bool,
}

impl Listed {
    pub async fn read<R: ItemReader>(
        store: &R,
        job: &Job<'_>,
        head: &Head,
    ) -> Result<Self, ArchiveError> {
        let first = Slot::first_of(job.window);
        let mut listed = Self {
            is_over: head.expired.is_some_and(|expired| first <= expired),
            ..Self::default()
        };
        for dropped in &head.dropped {
            listed.count(dropped, job.window);
        }
        let blocks = head
            .blocks
            .iter()
            .filter(|block| has(block.slots, job.window));
        let read = blocks.map(|block| directories(store, job, block));
        for directories in try_join_all(read).await? {
            listed.is_over |= directories.is_none();
            for directory in directories.into_iter().flatten() {
                listed.add(&directory, job);
            }
        }
        listed
            .parts
            .sort_by_key(|part| (part.oldest, part.run, part.part));
        Ok(listed)
    }

    fn count(&mut self, dropped: &Dropped, window: Window) {
        if dropped.window == window {
            self.copies += u64::from(dropped.copies);
            self.conflicts += u64::from(dropped.conflicts);
        }
    }

    /// A part may go on in the next piece of the directory.
    fn add(&mut self, directory: &Directory, job: &Job<'_>) {
        for (_, run) in &directory.runs {
            for dropped in &run.dropped {
                self.count(dropped, job.window);
            }
        }
        let runs: HashSet<RunId> = directory
            .runs
            .iter()
            .filter(|(_, run)| has(run.slots, job.window))
            .map(|(_, run)| run.id)
            .collect();
        let frames = directory.frames.iter();
        for frame in frames.filter(|frame| runs.contains(&frame.run)) {
            self.add_frame(frame);
        }
    }

    fn add_frame(&mut self, frame: &FrameRef) {
        let late = frame.late.iter().map(|(_, time)| *time);
        let oldest = late.fold(frame.oldest, Instant::min);
        let is_it = |part: &&mut PartRef| (part.run, part.part) == (frame.run, frame.part);
        let known = self.parts.iter_mut().rev().find(is_it);
        if let Some(part) = known {
            part.oldest = part.oldest.min(oldest);
            part.frames.insert(frame.frame, frame.rows);
        } else {
            self.parts.push(PartRef {
                run: frame.run,
                part: frame.part,
                oldest,
                expires: frame.expires,
                frames: BTreeMap::from([(frame.frame, frame.rows)]),
            });
        }
    }
}

/// Whether slots have any of a window.
fn has((first, last): (Slot, Slot), window: Window) -> bool {
    first <= Slot::last_of(window) && Slot::first_of(window) <= last
}

/// All pieces of a block's directory; `None` if it has expired, and the head does not know yet.
async fn directories<R: ItemReader>(
    store: &R,
    job: &Job<'_>,
    block: &Block,
) -> Result<Option<Vec<Directory>>, ArchiveError> {
    let pieces = pieces(store, job.trail.account, block).await?;
    if pieces.is_none() && job.now < block.expires.1 {
        return Err(damaged(
            block,
            Damaged::Inconsistent("its directory is gone"),
        ));
    }
    Ok(pieces)
}

/// The same; `None` if one of them is gone.
async fn pieces<R: ItemReader>(
    store: &R,
    account: AccountId,
    block: &Block,
) -> Result<Option<Vec<Directory>>, ArchiveError> {
    let firsts = match contents_key(account, block) {
        None => vec![0],
        Some(key) => {
            let items = store.get(&[key], Consistency::Strong).await?;
            let Some(item) = items.first() else {
                return Ok(None);
            };
            let pieces = contents(item).map_err(|source| damaged(block, source))?;
            pieces.into_iter().map(|piece| piece.first).collect()
        }
    };
    let asks = firsts.into_iter().map(async |first| {
        let ask = Ask {
            consistency: Consistency::Strong,
            ..directory_ask(account, block, first)
        };
        let slice = store.range(&ask).await?;
        let item = slice.items.first();
        let decoded = item.map(|item| Directory::decode(item, block));
        decoded.transpose().map_err(|source| damaged(block, source))
    });
    let pieces: Vec<Option<Directory>> = try_join_all(asks).await?;
    Ok(pieces.into_iter().collect())
}

fn damaged(block: &Block, source: Damaged) -> ArchiveError {
    ArchiveError::RollUp(RollupError::Damaged {
        key: format!("block {}", block.id),
        source: Box::new(source),
    })
}
