//! A part of a run, read: its rows of a window.

use activity_log_core::columns::ranks::RowRanks;
use activity_log_core::columns::{Column, Columns, decompressed};
use activity_log_core::damaged::Damaged;
use activity_log_core::instant::Instant;
use activity_log_core::items::{Consistency, Item, ItemReader, Key, key};
use activity_log_core::origin::Rank;
use activity_log_core::pack::Pack;
use activity_log_core::rollup::RollupError;
use activity_log_core::trail::advanced::Facts;
use activity_log_core::trail::selection::WindowSelection;

use crate::listed::PartRef;
use crate::merge::Row;
use crate::window::{ArchiveError, Job};

/// Rows of a part that are archived, oldest first, and how many are not.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub rows: Vec<Row>,
    pub filtered_out: u64,
    /// its retention is over, and it is gone
    pub is_expired: bool,
}

/// A row of a part, before its record is read.
struct Wanted {
    row: usize,
    time: Instant,
    id: String,
    rank: Rank,
}

pub(crate) async fn read<R: ItemReader>(
    store: &R,
    job: &Job<'_>,
    selection: &WindowSelection,
    part: PartRef,
) -> Result<Part, ArchiveError> {
    let account = job.trail.account;
    let columns = key::columns(account, part.run, part.part);
    let items = store.get(&[columns], Consistency::Strong).await?;
    let Some(item) = items.first() else {
        return missing(&part, job);
    };
    let failed = |source| damaged(&part, source);
    let bytes = decompressed(&item.value).map_err(failed)?;
    let columns = Columns::decode(&bytes).map_err(failed)?;
    let mut read = Part::default();
    let wanted = wanted(&columns, job, selection, &mut read).map_err(failed)?;
    let frames = Frames::read(store, job, &part, &wanted).await?;
    let Some(frames) = frames else {
        return missing(&part, job);
    };
    for wanted in wanted.into_iter().rev() {
        let text = frames.text(wanted.row).map_err(failed)?.to_owned();
        let Wanted { time, id, rank, .. } = wanted;
        read.rows.push(Row {
            time,
            id,
            rank,
            text,
        });
    }
    // Rows of one event come with the highest rank first, and are to go with the lowest.
    read.rows.sort_unstable();
    Ok(read)
}

/// Rows that came in the window and are selected, newest first.
fn wanted(
    columns: &Columns<'_>,
    job: &Job<'_>,
    selection: &WindowSelection,
    read: &mut Part,
) -> Result<Vec<Wanted>, Damaged> {
    let ranks = RowRanks::of(columns);
    let text = |column, row| columns.text(column).of_row(row);
    let mut wanted = Vec::new();
    for row in 0..columns.rows() {
        let slot = columns.slot(row);
        let slot = slot.ok_or(Damaged::Inconsistent("columns of a run have no slots"))?;
        if slot.window() != job.window {
            continue;
        }
        let facts = Facts {
            read_only: columns.read_only(row),
            name: text(Column::Name, row).filter(|name| !name.is_empty()),
            source: text(Column::Source, row),
            project: text(Column::Project, row),
        };
        if !selection.takes(&facts) {
            read.filtered_out += 1;
            continue;
        }
        wanted.push(Wanted {
            row,
            time: columns.time(row),
            id: columns.id(row).into_owned(),
            rank: ranks.get(row),
        });
    }
    Ok(wanted)
}

/// Frames of a part, unpacked, each with the number of its first row.
struct Frames(Vec<(usize, Pack)>);

impl Frames {
    /// Those that have any of the rows; `None` if one of them is gone.
    async fn read<R: ItemReader>(
        store: &R,
        job: &Job<'_>,
        part: &PartRef,
        wanted: &[Wanted],
    ) -> Result<Option<Self>, ArchiveError> {
        let mut keys: Vec<(usize, Key)> = Vec::new();
        let mut first = 0;
        for (frame, rows) in &part.frames {
            let last = first + *rows as usize;
            if wanted.iter().any(|row| (first..last).contains(&row.row)) {
                let key = key::frame(job.trail.account, part.run, part.part, *frame);
                keys.push((first, key));
            }
            first = last;
        }
        let asked: Vec<Key> = keys.iter().map(|(_, key)| key.clone()).collect();
        let items = store.get(&asked, Consistency::Strong).await?;
        let mut frames = Vec::with_capacity(keys.len());
        for (first, key) in keys {
            let is_it = |item: &&Item| item.key == key;
            let Some(item) = items.iter().find(is_it) else {
                return Ok(None);
            };
            let pack = Pack::decode(&item.value).map_err(|source| damaged(part, source))?;
            frames.push((first, pack));
        }
        Ok(Some(Self(frames)))
    }

    fn text(&self, row: usize) -> Result<&str, Damaged> {
        let after = self.0.partition_point(|(first, _)| *first <= row);
        let found = after.checked_sub(1).and_then(|at| self.0.get(at));
        let (first, pack) = found.ok_or(Damaged::Inconsistent("a row has no frame"))?;
        if row - first < pack.rows() {
            Ok(pack.text(row - first))
        } else {
            Err(Damaged::Inconsistent("a frame has too few rows"))
        }
    }
}

fn missing(part: &PartRef, job: &Job<'_>) -> Result<Part, ArchiveError> {
    if part.expires <= job.now {
        return Ok(Part {
            is_expired: true,
            ..Part::default()
        });
    }
    Err(damaged(part, Damaged::Inconsistent("some of it is gone")))
}

fn damaged(part: &PartRef, source: Damaged) -> ArchiveError {
    ArchiveError::RollUp(RollupError::Damaged {
        key: format!("part {} of run {}", part.part, part.run),
        source: Box::new(source),
    })
}
