//! A report that a run has claimed.

use std::time::Duration;

use activity_log_control::ReportWork;
use activity_log_core::instant::Instant;
use activity_log_core::reports::Report;
use activity_log_lambda::heartbeat::{CLAIMED, Cause, Hold, after};

/// A claim, which ends with what the run saves last, or runs out.
pub struct Claimed<R> {
    reports: R,
    report: Report,
    since: Instant,
    until: Instant,
}

impl<R: ReportWork> Claimed<R> {
    /// One made at `since`, for [`CLAIMED`].
    pub fn new(reports: R, report: &Report, since: Instant) -> Self {
        Self {
            reports,
            report: report.clone(),
            since,
            until: after(since, CLAIMED),
        }
    }
}

impl<R: ReportWork + 'static> Hold for Claimed<R> {
    const WHAT: &'static str = "claim";
    const LASTS: Duration = CLAIMED;

    async fn renew(&mut self, elapsed: Duration) -> Result<bool, Cause> {
        let until = after(self.since, elapsed + CLAIMED);
        let Report { account, id, .. } = self.report;
        let renewal = self.reports.renew_report(account, id, self.until, until);
        let is_ours = renewal.await?;
        if is_ours {
            self.until = until;
        }
        Ok(is_ours)
    }
}
