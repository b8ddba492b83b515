//! Ports to the reports: for those who ask for them and for the reporter.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::reports::{Report, ReportId};

use crate::error::StoreError;

/// What became of a new report.
#[derive(Clone, Debug, PartialEq)]
pub enum NewReport {
    /// it is there; these finished ones had to make room, oldest first: their files are to be deleted
    Created {
        /// in their last revision
        overwritten: Vec<Report>,
    },
    /// as many are queued or generating as the account may have at once, or none that is finished may make room
    TooManyUnfinished,
}

/// How many reports an account may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportLimits {
    /// in all; above [`MOST_KEPT`](crate::MOST_KEPT) it is that
    pub stored: usize,
    /// queued or generating
    pub unfinished: usize,
    /// whether only finished reports of the new one's user make room for it
    pub own_only: bool,
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq)]
pub enum ReportClaim {
    /// the report is this run's: `Generating`, one attempt more, claimed, touched
    Ours(Box<Report>),
    /// another run works on it
    Taken,
    /// it is finished (failed as stalled, too), or there is no such report: nothing is to be built
    Done {
        /// as it is stored
        stored: Option<Box<Report>>,
    },
}

/// Reads reports.
pub trait ReportReader: Send + Sync {
    /// The account's report of this id; one that is to be forgotten by now is none.
    fn report(
        &self,
        account: AccountId,
        id: ReportId,
        now: Instant,
    ) -> impl Future<Output = Result<Option<Report>, StoreError>> + Send;

    /// The account's reports, newest first, without those that are to be forgotten by now.
    fn reports(
        &self,
        account: AccountId,
        now: Instant,
    ) -> impl Future<Output = Result<Vec<Report>, StoreError>> + Send;
}

/// Makes, cancels and deletes reports.
pub trait ReportWriter: Send + Sync {
    /// Makes a report within the limits, whatever else is made at the same time. Which reports are finished, and
    /// which are forgotten and do not count, is judged at `report.created`. Where all but finished ones fill
    /// the places, or there are none, the answer is [`NewReport::TooManyUnfinished`]; where only a user's own make room, those
    /// of others fill places too.
    fn create_report(
        &self,
        report: &Report,
        limits: ReportLimits,
    ) -> impl Future<Output = Result<NewReport, StoreError>> + Send;

    /// Deletes the report if it still has this revision; says whether it had.
    fn delete_report(
        &self,
        report: &Report,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Writes `new` with a revision one higher than `old`'s, if the report still has that; says whether it had.
    fn change_report(
        &self,
        old: &Report,
        new: &Report,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// What the reporter does with reports: [`ReportWriter::change_report`] saves how far it is.
pub trait ReportWork: ReportReader + ReportWriter {
    /// Takes the report for a run that ends before `until`. A run is known by its `now` and `until`: a claim that is
    /// found written just so is its own, whose answer was lost on the way.
    fn claim_report(
        &self,
        account: AccountId,
        id: ReportId,
        now: Instant,
        until: Instant,
    ) -> impl Future<Output = Result<ReportClaim, StoreError>> + Send;

    /// Makes a claim that ends at `from` end at `until`, as [`TrailArchive::renew`](super::TrailArchive::renew) does, and
    /// raises the report's revision; says whether it is no other run's. A report that nobody builds any more has no claim
    /// to renew and is nobody else's: its run hears of that when it saves.
    fn renew_report(
        &self,
        account: AccountId,
        id: ReportId,
        from: Instant,
        until: Instant,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
