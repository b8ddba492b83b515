//! A sealed window, from what is rolled up (L1) and what is not (L0), into a bucket.

use std::collections::HashMap;

use activity_log_core::event::Event;
use activity_log_core::ingest::Clock;
use activity_log_core::instant::Instant;
use activity_log_core::items::key::ArrivalKey;
use activity_log_core::items::{ItemReader, ItemWriter};
use activity_log_core::pack::Arrival;
use activity_log_core::reader::ReadError;
use activity_log_core::rollup::RollupError;
use activity_log_core::rollup::arrivals::Span;
use activity_log_core::rollup::decide::{Decision, Settled, decide};
use activity_log_core::slot::Slot;
use activity_log_core::trail::Trail;
use activity_log_core::trail::advanced::Facts;
use activity_log_core::trail::keys::MAX_PARTS;
use activity_log_core::trail::record::{Counts, WindowRecord};
use activity_log_core::trail::selection::WindowSelection;
use activity_log_core::window::Window;

use crate::listed::Listed;
use crate::merge::{Merge, Row};
use crate::output::Output;
use crate::uploads::Uploads;
use crate::writer::Sizes;

pub use crate::outgoing::SendError;

/// How often it is begun anew where somebody else decided or rolled up meanwhile.
const ATTEMPTS: usize = 5;

/// What to archive.
#[derive(Clone, Copy, Debug)]
pub struct Job<'t> {
    /// for whom, and where to
    pub trail: &'t Trail,
    /// the service's region
    pub region: &'t str,
    /// which window; sealed
    pub window: Window,
    /// the time: tells what has expired from what is damaged
    pub now: Instant,
    /// how large things may get
    pub sizes: Sizes,
}

/// Why a window is not archived. Doing it again is right and safe.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// the store could not be read
    #[error(transparent)]
    Read(#[from] ReadError),
    /// an archive did not get where it should
    #[error(transparent)]
    Send(#[from] SendError),
    /// what is rolled up of it, or is to be, could not be read or decided
    #[error(transparent)]
    RollUp(#[from] RollupError),
    /// so much came in that it is to be rolled up first, or others rolled up and decided all the time: it is no error, and
    /// to be tried again soon
    #[error("the window is not rolled up yet")]
    NotRolledUp,
    /// more archives than keys can number
    #[error("the window needs more than {MAX_PARTS} archives")]
    TooManyParts,
}

/// Archives a window: its selected events, each once. Writes nothing for a window without any.
pub async fn archive<S: ItemReader + ItemWriter, U: Uploads>(
    store: &S,
    uploads: &U,
    job: Job<'_>,
    clock: &impl Clock,
) -> Result<WindowRecord, ArchiveError> {
    let selection = job.trail.settings.selections.at(job.window);
    let settled = settled(store, &job, clock).await?;
    let listed = Listed::read(store, &job, &settled.head).await?;
    let mut counts = Counts {
        duplicates: listed.copies,
        conflicts: listed.conflicts,
        ..Counts::default()
    };
    let fresh = fresh(&settled, &selection, &mut counts)?;
    let mut merge = Merge::new(store, &job, &selection, listed.parts, fresh);
    let mut output = Output::new(uploads, job);
    let archives = match write(&mut merge, &mut counts, &mut output).await {
        Ok(()) => output.finish().await?,
        Err(error) => {
            output.give_up().await;
            return Err(error);
        }
    };
    counts.ingested = counts.archived + counts.filtered_out + counts.duplicates + counts.conflicts;
    Ok(WindowRecord {
        window: job.window,
        counts,
        retention_over: listed.is_over,
        archives,
    })
}

async fn write<U: Uploads>(
    merge: &mut Merge<'_>,
    counts: &mut Counts,
    output: &mut Output<'_, U>,
) -> Result<(), ArchiveError> {
    while let Some(row) = merge.next(counts).await? {
        output.push(&row.text, row.time).await?;
    }
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
    let event = event.map_err(|source| RollupError::Unreadable {
        key: format!("{} row {row}", arrival.at),
        source: Box::new(source),
    })?;
    let facts = Facts {
        read_only: event.read_only,
        name: Some(&*event.fields.name).filter(|name| !name.is_empty()),
        source: event.fields.source.as_deref(),
        project: event.fields.project.as_deref(),
    };
    if !selection.takes(&facts) {
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
