//! A sealed window, from what is rolled up (L1) and what is not (L0), into a bucket.
//!
//! It has the rows that stay of the window, by time and id, ascending: the same bytes whether they come from L0 or L1,
//! and however often some of it was rolled up meanwhile. Parts of L1 are read in the order of their oldest rows, some
//! ahead, so that memory holds those that overlap, and no more.

mod listed;
mod merge;
mod part;

use std::collections::HashMap;

use activity_log_core::event::Event;
use activity_log_core::ingest::Clock;
use activity_log_core::instant::{DAY, Instant};

use activity_log_core::items::key::ArrivalKey;
use activity_log_core::items::{ItemReader, ItemWriter};
use activity_log_core::origin::Rank;
use activity_log_core::pack::Arrival;
use activity_log_core::rollup::arrivals::Span;
use activity_log_core::rollup::decide::{Decision, Settled, decide};
use activity_log_core::rollup::{OUTLIVES_MS, RollupError};
use activity_log_core::slot::Slot;
use activity_log_core::trail::record::{Counts, WindowRecord};
use activity_log_core::trail::selection::WindowSelection;

use crate::uploads::Uploads;
use crate::window::{ArchiveError, Job, Output};
use listed::Listed;
use merge::Merge;

/// How often it is begun anew where somebody else decided or rolled up meanwhile.
const ATTEMPTS: usize = 5;

/// A row that is archived.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    time: Instant,
    id: String,
    /// of one event, the rows that stay have different ranks
    rank: Rank,
    text: String,
}

/// Archives a window: its selected events, each once. Writes nothing for a window without any.
pub async fn archive_items<S: ItemReader + ItemWriter, U: Uploads>(
    store: &S,
    uploads: &U,
    job: Job<'_>,
    clock: &impl Clock,
) -> Result<WindowRecord, ArchiveError> {
    let selection = job.trail.settings.selections.at(job.window);
    let mut counts = Counts::default();
    let mut output = Output::new(uploads, job);
    let written = write(store, &job, &selection, clock, &mut counts, &mut output).await;
    let archives = match written {
        Ok(()) => output.finish().await?,
        Err(error) => {
            output.give_up().await;
            return Err(error);
        }
    };
    let lasts_ms = i64::from(job.retention_days) * DAY + OUTLIVES_MS;
    Ok(WindowRecord {
        window: job.window,
        counts,
        retention_over: job.window.end().plus_millis(lasts_ms) < job.now,
        archives,
    })
}

async fn write<S: ItemReader + ItemWriter, U: Uploads>(
    store: &S,
    job: &Job<'_>,
    selection: &WindowSelection,
    clock: &impl Clock,
    counts: &mut Counts,
    output: &mut Output<'_, U>,
) -> Result<(), ArchiveError> {
    let settled = settled(store, job, clock).await?;
    let listed = Listed::read(store, job, &settled.head).await?;
    counts.duplicates = listed.copies;
    counts.conflicts = listed.conflicts;
    let fresh = fresh(&settled, selection, counts)?;
    let mut merge = Merge::new(store, job, selection, listed.parts, fresh);
    while let Some(row) = merge.next(counts).await? {
        output.push(&row.text, row.time).await?;
    }
    counts.ingested = counts.archived + counts.filtered_out + counts.duplicates + counts.conflicts;
    Ok(())
}

/// What stays and what is dropped of the window's arrivals that are not rolled up.
async fn settled<S: ItemReader + ItemWriter>(
    store: &S,
    job: &Job<'_>,
    clock: &impl Clock,
) -> Result<Settled, ArchiveError> {
    let span = Span {
        after: Some(Slot::first_of(job.window).previous()),
        upto: Slot::last_of(job.window),
    };
    for _ in 0..ATTEMPTS {
        match decide(store, job.trail.account, span, clock).await? {
            Decision::Settled(settled) => return Ok(*settled),
            Decision::RollUpFirst => return Err(ArchiveError::NotRolledUp),
            Decision::Lost => {}
        }
    }
    Err(ArchiveError::NotRolledUp)
}

/// The rows of arrivals that are archived, in order; all are counted.
fn fresh(
    settled: &Settled,
    selection: &WindowSelection,
    counts: &mut Counts,
) -> Result<Vec<Row>, ArchiveError> {
    let drops: HashMap<(ArrivalKey, u32), bool> = settled
        .drops
        .iter()
        .map(|drop| ((drop.arrival, drop.row), drop.is_conflict))
        .collect();
    let mut rows = Vec::new();
    for arrival in &settled.arrivals {
        for row in 0..arrival.pack.rows() {
            let number = u32::try_from(row).unwrap_or(u32::MAX);
            match drops.get(&(arrival.key, number)) {
                Some(true) => counts.conflicts += 1,
                Some(false) => counts.duplicates += 1,
                None => rows.extend(taken(arrival, row, selection, counts)?),
            }
        }
    }
    rows.sort_unstable();
    Ok(rows)
}

fn taken(
    arrival: &Arrival,
    row: usize,
    selection: &WindowSelection,
    counts: &mut Counts,
) -> Result<Option<Row>, ArchiveError> {
    let text = arrival.pack.text(row);
    let event = Event::stored(text, arrival.pack.origin(row));
    let event = event.map_err(|source| RollupError::Damaged {
        key: arrival.key.sort(),
        source: Box::new(source),
    })?;
    let (source, project) = (
        event.fields.source.as_deref(),
        event.fields.project.as_deref(),
    );
    if !selection.takes(event.read_only, source, project) {
        counts.filtered_out += 1;
        return Ok(None);
    }
    counts.archived += 1;
    Ok(Some(Row {
        time: event.time,
        id: event.id.into_owned(),
        rank: event.rank,
        text: text.to_owned(),
    }))
}
