//! The archives of a window: one after the other, as each is full.

use activity_log_core::instant::Instant;
use activity_log_core::trail::keys::{Location, MAX_PARTS};
use activity_log_core::trail::record::Archive;

use crate::outgoing::{Outgoing, SendError};
use crate::uploads::{Content, Target, Uploads};
use crate::window::{ArchiveError, Job};

/// The archives of a window: one is open, the ones before it are in the bucket.
pub(crate) struct Output<'j, U: Uploads> {
    uploads: &'j U,
    job: Job<'j>,
    open: Option<Outgoing<'j, U>>,
    archives: Vec<Archive>,
}

impl<'j, U: Uploads> Output<'j, U> {
    pub fn new(uploads: &'j U, job: Job<'j>) -> Self {
        Self {
            uploads,
            job,
            open: None,
            archives: Vec::new(),
        }
    }

    /// Writes a record.
    pub async fn push(&mut self, record: &str, time: Instant) -> Result<(), ArchiveError> {
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

    pub async fn give_up(self) {
        if let Some(open) = self.open {
            open.give_up().await;
        }
    }

    pub async fn finish(mut self) -> Result<Vec<Archive>, ArchiveError> {
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
    let format = job.trail.settings.formats.at(job.window);
    let target = Target {
        bucket: job.trail.settings.bucket.clone(),
        owner: job.trail.settings.bucket_owner,
        key: location.archive(job.window, &job.trail.id, part, format),
        content: Content::of(format),
    };
    Ok(Outgoing::new(uploads, target, format, job.sizes))
}
