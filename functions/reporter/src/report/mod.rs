//! One report's message: claims the report, and builds it until it is done, has failed, is wanted no more, or time
//! runs out.

mod building;
mod claimed;
mod ending;
mod kept;
mod saving;
mod upload;

use activity_log_control::{BoxError, ReportClaim, ReportWork as _};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::reports::{ATTEMPTS, Failure, Report, ReportId, State, WorkMessage};
use activity_log_lambda::heartbeat::{CLAIMED, Heart, after};
use activity_log_lambda::queue::Turn;
use activity_log_reporting::BuildError;

use crate::app::{App, Ports};
use crate::files::{Files as _, UploadError};
use crate::metrics::Worked;
use crate::plugins::NotLoaded;
use crate::queue::Queue as _;
use claimed::Claimed;
use kept::Kept;
use saving::{Saved, Saver};

/// Why a run ends without a finished report.
#[derive(Debug)]
enum Stop {
    /// the report fails: this is what its maker is told
    Failed(Failure),
    /// it was cancelled or deleted, or another run has it
    Gone,
    /// what was kept of it is lost: from the start
    Lost,
    /// we failed: the queue gives the message again
    Ours(BoxError),
}

impl<E: Into<BoxError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Ours(error.into())
    }
}

impl Stop {
    fn of_build(error: BuildError) -> Self {
        match error {
            BuildError::Failed(failure) => Self::Failed(failure),
            error => error.into(),
        }
    }

    fn of_upload(error: UploadError) -> Self {
        match error {
            UploadError::Gone(_) => Self::Lost,
            UploadError::Files(error) => error.into(),
        }
    }

    fn of_plugin(error: NotLoaded) -> Self {
        match error {
            NotLoaded::Failed(failure) => Self::Failed(failure),
            NotLoaded::Ours(error) => Self::Ours(error),
        }
    }
}

/// How a run ended.
enum Ended {
    Ready(State),
    Suspended,
}

/// Works on a report in an invocation that ends at `end`, and counts what became of it. It is claimed meanwhile.
pub async fn run<P: Ports>(
    app: &App<P>,
    account: AccountId,
    id: ReportId,
    end: Instant,
    worked: &mut Worked,
) -> Result<Turn, BoxError> {
    let (reports, now) = (app.ports.reports(), app.now());
    let claim = reports.claim_report(account, id, now, after(now, CLAIMED));
    let report = match claim.await? {
        ReportClaim::Ours(report) => *report,
        ReportClaim::Taken => {
            tracing::info!(account = %account, report = %id, "another run works on it");
            return Ok(Turn::Again);
        }
        ReportClaim::Done { stored } => {
            if let Some(report) = stored {
                clear(app, *report).await?;
            }
            return Ok(Turn::Done);
        }
    };
    let heart = Heart::start(Claimed::new(reports.clone(), &report, now));
    let done = heart
        .keep(Box::pin(work_on(app, report, end, worked)))
        .await;
    heart.stop().await;
    // Another run has it, which may die yet.
    done.unwrap_or(Ok(Turn::Again))
}

async fn work_on<P: Ports>(
    app: &App<P>,
    report: Report,
    end: Instant,
    worked: &mut Worked,
) -> Result<Turn, BoxError> {
    let (account, id) = (report.account, report.id);
    let mut run = Run {
        app,
        saver: Saver::new(app, report),
        stop_at: end.plus_millis(-app.sizes.margin_ms),
    };
    let stopped = match run.go().await {
        Ok(Ended::Ready(state)) => {
            let kept = run.old_kept();
            match run.saver.end(state).await {
                Ok(Saved::Yes) => {
                    run.forget(kept).await;
                    run.count_ready(worked);
                    return Ok(Turn::Done);
                }
                Ok(Saved::Gone) => Stop::Gone,
                Err(stop) => stop,
            }
        }
        Ok(Ended::Suspended) => {
            worked.reports_suspended += 1;
            let message = WorkMessage::Report { account, id };
            app.ports.queue().send(message).await?;
            return Ok(Turn::Done);
        }
        Err(stop) => stop,
    };
    run.stopped(stopped, worked).await
}

/// Deletes what was kept of a report that ended between two runs, when nobody was there to do it.
async fn clear<P: Ports>(app: &App<P>, report: Report) -> Result<(), BoxError> {
    let run = Run {
        app,
        saver: Saver::new(app, report),
        stop_at: app.now(),
    };
    if let Some(kept) = run.old_kept() {
        run.give_up_kept(&kept).await?;
        run.forget(Some(kept)).await;
    }
    Ok(())
}

/// A run that owns its report.
struct Run<'a, P: Ports> {
    app: &'a App<P>,
    saver: Saver<'a, P>,
    /// when to begin to stop
    stop_at: Instant,
}
impl<P: Ports> Run<'_, P> {
    fn report(&self) -> &Report {
        self.saver.report()
    }

    /// What the checkpoint says was kept; none where it cannot be read.
    fn old_kept(&self) -> Option<Kept> {
        Kept::of_text(self.report().checkpoint.as_deref()?)
    }

    async fn forget(&self, kept: Option<Kept>) {
        if let Some(kept) = kept {
            self.app.ports.files().delete(&kept.key).await;
        }
    }
}

fn into_error(stop: Stop) -> BoxError {
    match stop {
        Stop::Ours(error) => error,
        stop => format!("{stop:?}").into(),
    }
}
fn given_up() -> Failure {
    Failure::new(
        "Internal",
        format!(
            "The service tried {ATTEMPTS} times to build this report and did not get to its end. Nothing is wrong with the request: make it again, with a shorter time if it is a large one."
        ),
    )
}
