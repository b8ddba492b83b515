//! What is left to do when a run has no finished report, and what is told of one that has.

use activity_log_control::BoxError;
use activity_log_core::causes::chain;
use activity_log_core::reports::{ATTEMPTS, State};
use activity_log_lambda::queue::Turn;

use super::kept::Kept;
use super::saving::Saved;
use super::{Run, Stop, given_up, into_error};
use crate::app::Ports;
use crate::files::{Files as _, FilesError, UploadError};
use crate::metrics::Worked;

impl<P: Ports> Run<'_, P> {
    /// Ends a run that has no finished report.
    pub(super) async fn stopped(
        mut self,
        stop: Stop,
        worked: &mut Worked,
    ) -> Result<Turn, BoxError> {
        let (account, id) = (self.report().account, self.report().id);
        let kept = self.old_kept();
        let failure = match stop {
            Stop::Failed(failure) => failure,
            Stop::Gone => {
                tracing::info!(account = %account, report = %id, "nobody wants it any more");
                worked.reports_cancelled += 1;
                return self.discard(kept).await;
            }
            Stop::Ours(error) if self.report().attempts >= ATTEMPTS => {
                tracing::error!(account = %account, report = %id, cause = chain(&*error), "a report was given up");
                given_up()
            }
            Stop::Lost => {
                let lost = UploadError::Gone(self.report().object_key());
                return self.release(lost.into()).await;
            }
            Stop::Ours(error) => return self.release(error).await,
        };
        let (code, finished) = (failure.code.clone(), self.app.now());
        tracing::info!(account = %account, report = %id, code, "a report failed");
        let state = State::Failed {
            finished,
            error: failure,
        };
        match self.saver.end(state).await.map_err(into_error)? {
            Saved::Yes => {
                worked.reports_failed += 1;
                worked.plugin_failures += u64::from(code == "PluginFailed");
                worked.reports_failed_internally += u64::from(code == "Internal");
            }
            Saved::Gone => worked.reports_cancelled += 1,
        }
        self.discard(kept).await
    }

    /// Gives the report back for the next try.
    async fn release(mut self, error: BoxError) -> Result<Turn, BoxError> {
        if let Err(stop) = self.saver.release().await {
            let (account, id) = (self.report().account, self.report().id);
            let cause = into_error(stop);
            tracing::warn!(account = %account, report = %id, cause = chain(&*cause), "a claim was not given back");
        }
        Err(error)
    }

    /// Deletes what there is of a report that nobody will download, unless it is another run's: that one may die,
    /// and then the message is needed.
    async fn discard(&self, kept: Option<Kept>) -> Result<Turn, BoxError> {
        if self.saver.is_anothers().await.map_err(into_error)? {
            return Ok(Turn::Again);
        }
        let files = self.app.ports.files();
        if let Some(kept) = &kept {
            self.give_up_kept(kept).await?;
        }
        self.forget(kept).await;
        files.delete(&self.report().object_key()).await;
        Ok(Turn::Done)
    }

    /// The upload of an earlier run, which this one may not have got to.
    pub(super) async fn give_up_kept(&self, kept: &Kept) -> Result<(), FilesError> {
        let files = self.app.ports.files();
        let content = kept.read(files, self.app.sizes.part_bytes).await?;
        if let Some(upload) = content.and_then(|content| content.upload) {
            files.abort(&self.report().object_key(), &upload).await;
        }
        Ok(())
    }

    pub(super) fn count_ready(&self, worked: &mut Worked) {
        let report = self.report();
        let State::Ready {
            size_bytes,
            cut_cells,
            ..
        } = report.state
        else {
            return;
        };
        worked.reports_ready += 1;
        worked.rows_written += report.progress.rows;
        worked.bytes_written += size_bytes;
        tracing::info!(
            account = %report.account,
            report = %report.id,
            scanned = report.progress.scanned,
            matched = report.progress.matched,
            rows = report.progress.rows,
            size_bytes,
            cut_cells,
            "a report is ready"
        );
    }
}
