//! A sealed window, from the store into a bucket.

use std::pin::pin;

use activity_log_core::instant::Instant;
use activity_log_core::reader::ReadError;
use activity_log_core::rollup::RollupError;
use activity_log_core::segment::build::{expires, marks_last_until};
use activity_log_core::segment::columns::{Column, Columns};
use activity_log_core::segment::view::View;
use activity_log_core::store::key::Class;
use activity_log_core::store::{SegmentReader, StoredSegment, WindowReader};
use activity_log_core::trail::Trail;
use activity_log_core::trail::keys::{Location, MAX_PARTS};
use activity_log_core::trail::record::{Archive, Counts, WindowRecord};
use activity_log_core::trail::selection::WindowSelection;
use activity_log_core::window::Window;
use futures::StreamExt as _;

use crate::copies::{Copies, columns, damaged};
use crate::outgoing::Outgoing;
use crate::plan::{Marked, segments};
use crate::uploads::{Target, Uploads};
use crate::writer::Sizes;

pub use crate::outgoing::SendError;

/// What to archive.
#[derive(Clone, Copy, Debug)]
pub struct Job<'t> {
    /// for whom, and where to
    pub trail: &'t Trail,
    /// the service's region
    pub region: &'t str,
    /// which window; sealed
    pub window: Window,
    /// days the account's events are kept
    pub retention_days: u32,
    /// the time: tells expired segments from those that were never committed
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
    /// so much came in that it is to be rolled up first
    #[error("the window is not rolled up yet")]
    NotRolledUp,
    /// more archives than keys can number
    #[error("the window needs more than {MAX_PARTS} archives")]
    TooManyParts,
}

/// Archives a window: the selected events of every segment committed in it, each once. Writes nothing for
/// a window without any.
pub async fn archive<R: SegmentReader + WindowReader, U: Uploads>(
    reader: &R,
    uploads: &U,
    job: Job<'_>,
) -> Result<WindowRecord, ArchiveError> {
    let selection = job.trail.settings.selections.at(job.window);
    let mut output = Output::new(uploads, job);
    let mut counts = Counts::default();
    let read = read(reader, &job, &selection, &mut counts, &mut output).await;
    let archives = match read {
        Ok(()) => output.finish().await?,
        Err(error) => {
            output.give_up().await;
            return Err(error);
        }
    };
    Ok(WindowRecord {
        window: job.window,
        counts,
        retention_over: marks_last_until(job.window) < job.now,
        archives,
    })
}

async fn read<R: SegmentReader + WindowReader, U: Uploads>(
    reader: &R,
    job: &Job<'_>,
    selection: &WindowSelection,
    counts: &mut Counts,
    output: &mut Output<'_, U>,
) -> Result<(), ArchiveError> {
    let mut marked = pin!(segments(reader, job.trail.account, job.window));
    while let Some(group) = marked.next().await {
        for Marked {
            key,
            segment,
            copies,
        } in group?
        {
            match segment {
                Some(segment) if segment.window == job.window => {
                    let rows = rows(&segment, selection, &copies, counts)?;
                    output.write(&segment, &rows).await?;
                }
                // Another window's: it was marked here by a write that came too late to commit.
                Some(_) => {}
                None => {
                    let expires = expires(key.newest, job.window, job.retention_days);
                    counts.expired_segments += u64::from(expires < job.now);
                }
            }
        }
    }
    Ok(())
}

/// The rows that are archived, oldest first; all rows are counted.
fn rows(
    segment: &StoredSegment,
    selection: &WindowSelection,
    copies: &Copies,
    counts: &mut Counts,
) -> Result<Vec<usize>, ReadError> {
    let columns = columns(segment)?;
    let taken = Taken::new(segment, &columns, selection);
    counts.ingested += columns.rows() as u64;
    let mut rows = Vec::new();
    for row in (0..columns.rows()).rev() {
        let doubled = !copies.is_empty()
            && copies.is_later_copy(segment, columns.time(row), &columns.id(row));
        if doubled {
            counts.duplicates += 1;
        } else if taken.row(row) {
            rows.push(row);
        } else {
            counts.filtered_out += 1;
        }
    }
    counts.archived += rows.len() as u64;
    Ok(rows)
}

/// Which rows of a segment are selected.
enum Taken<'c> {
    All,
    None,
    Some {
        selection: &'c WindowSelection,
        read_only: bool,
        columns: &'c Columns<'c>,
    },
}

impl<'c> Taken<'c> {
    fn new(
        segment: &StoredSegment,
        columns: &'c Columns<'c>,
        selection: &'c WindowSelection,
    ) -> Self {
        let read_only = segment.key.class == Class::ReadOnly;
        if selection.takes_all(read_only) {
            return Self::All;
        }
        if selection.takes_none(read_only) {
            return Self::None;
        }
        Self::Some {
            selection,
            read_only,
            columns,
        }
    }

    fn row(&self, row: usize) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Some {
                selection,
                read_only,
                columns,
            } => {
                let text = |column| columns.text(column).of_row(row);
                selection.takes(*read_only, text(Column::Source), text(Column::Project))
            }
        }
    }
}

/// The archives of a window: one is open, the ones before it are in the bucket.
pub(crate) struct Output<'j, U: Uploads> {
    uploads: &'j U,
    job: Job<'j>,
    open: Option<Outgoing<'j, U>>,
    archives: Vec<Archive>,
}

impl<'j, U: Uploads> Output<'j, U> {
    pub(crate) fn new(uploads: &'j U, job: Job<'j>) -> Self {
        Self {
            uploads,
            job,
            open: None,
            archives: Vec::new(),
        }
    }

    async fn write(&mut self, segment: &StoredSegment, rows: &[usize]) -> Result<(), ArchiveError> {
        if rows.is_empty() {
            return Ok(());
        }
        let view = View::open(segment).map_err(|source| damaged(segment, source))?;
        for row in rows {
            self.push(view.record(*row), view.time(*row)).await?;
        }
        Ok(())
    }

    /// Writes a record.
    pub(crate) async fn push(&mut self, record: &str, time: Instant) -> Result<(), ArchiveError> {
        let open = match &mut self.open {
            Some(open) => open,
            none => none.insert(next(self.uploads, &self.job, self.archives.len())?),
        };
        open.push(record, time).map_err(SendError::from)?;
        open.send_ready().await?;
        if open.is_full() {
            self.close().await?;
        }
        Ok(())
    }

    async fn close(&mut self) -> Result<(), ArchiveError> {
        if let Some(open) = self.open.take() {
            self.archives.push(open.finish().await?);
        }
        Ok(())
    }

    pub(crate) async fn give_up(self) {
        if let Some(open) = self.open {
            open.give_up().await;
        }
    }

    pub(crate) async fn finish(mut self) -> Result<Vec<Archive>, ArchiveError> {
        self.close().await?;
        Ok(self.archives)
    }
}

/// The next archive of the window.
fn next<'j, U: Uploads>(
    uploads: &'j U,
    job: &Job<'j>,
    before: usize,
) -> Result<Outgoing<'j, U>, ArchiveError> {
    let part = u32::try_from(before + 1).ok();
    let part = part.filter(|part| *part <= MAX_PARTS);
    let part = part.ok_or(ArchiveError::TooManyParts)?;
    let location = Location::of(job.trail, job.region);
    let target = Target {
        bucket: job.trail.settings.bucket.clone(),
        owner: job.trail.settings.bucket_owner,
        key: location.archive(job.window, &job.trail.id, part),
    };
    Ok(Outgoing::new(uploads, target, job.sizes))
}
