//! Writes how far a report is. That a write does not hold is how a run hears that its report was cancelled.

use activity_log_control::{ReportReader as _, ReportWriter as _};
use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::reports::{Progress, Report, State};

use super::Stop;
use crate::app::{App, Ports};

/// How often a write is tried that a heartbeat was faster than.
const ATTEMPTS: u32 = 4;
/// How often progress is written at most, in milliseconds.
const EVERY_MS: i64 = 2 * SECOND;

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// it holds
    Yes,
    /// the report is not this run's any more
    Gone,
}

impl Saved {
    /// For those who stop then.
    pub fn or_gone(self) -> Result<(), Stop> {
        match self {
            Self::Yes => Ok(()),
            Self::Gone => Err(Stop::Gone),
        }
    }
}

/// A report that this run owns.
pub struct Saver<'a, P: Ports> {
    app: &'a App<P>,
    report: Report,
    /// to be written with the report's end
    last: Option<(Progress, Vec<String>)>,
    saved: Instant,
}

impl<'a, P: Ports> Saver<'a, P> {
    /// Of a report that was just claimed.
    pub fn new(app: &'a App<P>, report: Report) -> Self {
        let saved = app.now();
        Self {
            app,
            report,
            last: None,
            saved,
        }
    }

    /// The report as it was written last.
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// To be written with the report's end.
    pub fn set_last(&mut self, progress: Progress, warnings: Vec<String>) {
        self.last = Some((progress, warnings));
    }

    /// Writes the progress, if it is time.
    pub async fn keep_on(&mut self, progress: Progress) -> Result<Saved, Stop> {
        let now = self.app.now();
        if now < self.saved.plus_millis(EVERY_MS) {
            return Ok(Saved::Yes);
        }
        self.saved = now;
        self.write(|report| report.progress = progress).await
    }

    /// Writes the checkpoint and lets the report go: runs that begin get on.
    pub async fn suspend(&mut self, progress: Progress, checkpoint: String) -> Result<Saved, Stop> {
        self.write(|report| {
            report.progress = progress;
            report.checkpoint = Some(checkpoint.clone());
            report.attempts = 0;
            report.claimed_until = None;
        })
        .await
    }

    /// Writes the report's end.
    pub async fn end(&mut self, state: State) -> Result<Saved, Stop> {
        let last = self.last.clone();
        self.write(|report| {
            if let Some((progress, warnings)) = &last {
                report.progress = *progress;
                report.warnings.clone_from(warnings);
            }
            report.state = state.clone();
            report.checkpoint = None;
            report.claimed_until = None;
        })
        .await
    }

    /// Lets the report go as it is, for another run.
    pub async fn release(&mut self) -> Result<Saved, Stop> {
        self.write(|report| report.claimed_until = None).await
    }

    /// Whether the report is another run's: then what is in the bucket is, too.
    pub async fn is_anothers(&self) -> Result<bool, Stop> {
        let Report { account, id, .. } = self.report;
        let stored = self
            .app
            .ports
            .reports()
            .report(account, id, self.app.now())
            .await?;
        let is_at_work = |state: &State| {
            matches!(
                state,
                State::Queued | State::Generating | State::Ready { .. }
            )
        };
        Ok(stored.is_some_and(|stored| is_at_work(&stored.state)))
    }

    async fn write(&mut self, change: impl Fn(&mut Report)) -> Result<Saved, Stop> {
        let reports = self.app.ports.reports();
        for _ in 0..ATTEMPTS {
            let mut new = self.report.clone();
            change(&mut new);
            new.touched = self.app.now();
            let is_written = reports.change_report(&self.report, &new).await?;
            new.revision = self.report.revision + 1;
            if is_written {
                self.report = new;
                return Ok(Saved::Yes);
            }
            let stored = reports.report(new.account, new.id, new.touched).await?;
            let Some(stored) = stored else {
                return Ok(Saved::Gone);
            };
            // An answer may be lost on the way, and the try after it finds our own work.
            if stored == new || is_renewed(&new, &stored) {
                self.report = stored;
                return Ok(Saved::Yes);
            }
            if !is_renewed(&self.report, &stored) {
                return Ok(Saved::Gone);
            }
            self.report = stored;
        }
        Err(Contended.into())
    }
}

/// Whether nothing but the claim of a report was changed, and so by the heartbeat of the same run: another run counts its
/// attempt.
fn is_renewed(report: &Report, stored: &Report) -> bool {
    let renewed = Report {
        revision: stored.revision,
        claimed_until: stored.claimed_until,
        ..report.clone()
    };
    report.claimed_until.is_some() && stored.claimed_until.is_some() && renewed == *stored
}

/// The claim is renewed all the time.
#[derive(Debug, thiserror::Error)]
#[error("the report was changed {ATTEMPTS} times while it was saved")]
struct Contended;
