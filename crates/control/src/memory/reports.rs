//! The reports' ports in memory.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::reports::{Report, ReportId};

use super::InMemory;
use crate::error::StoreError;
use crate::model::reports::{Renewal, claim, renewal};
use crate::ports::{NewReport, ReportClaim, ReportLimits, ReportReader, ReportWork, ReportWriter};

impl ReportReader for InMemory {
    async fn report(
        &self,
        account: AccountId,
        id: ReportId,
        now: Instant,
    ) -> Result<Option<Report>, StoreError> {
        Ok(self.state().reports.get(account, id, now).cloned())
    }

    async fn reports(&self, account: AccountId, now: Instant) -> Result<Vec<Report>, StoreError> {
        Ok(self.state().reports.newest_first(account, now))
    }
}

impl ReportWriter for InMemory {
    async fn create_report(
        &self,
        report: &Report,
        limits: ReportLimits,
    ) -> Result<NewReport, StoreError> {
        let reports = &mut self.state().reports;
        let now = report.created;
        let stored: Vec<Report> = reports.of(report.account, now).cloned().collect();
        let Some(overwritten) = limits.room(&report.created_by, &stored, now) else {
            return Ok(NewReport::TooManyUnfinished);
        };
        reports.make(report, now)?;
        for one in &overwritten {
            reports.delete(one);
        }
        Ok(NewReport::Created { overwritten })
    }

    async fn delete_report(&self, report: &Report) -> Result<bool, StoreError> {
        Ok(self.state().reports.delete(report))
    }

    async fn change_report(&self, old: &Report, new: &Report) -> Result<bool, StoreError> {
        self.state().reports.change(old, new)
    }
}

impl ReportWork for InMemory {
    async fn claim_report(
        &self,
        account: AccountId,
        id: ReportId,
        now: Instant,
        until: Instant,
    ) -> Result<ReportClaim, StoreError> {
        let reports = &mut self.state().reports;
        let stored = reports.get(account, id, now).cloned();
        let answer = claim(stored.as_ref(), now, until);
        if let (Some(old), ReportClaim::Ours(new)) = (&stored, &answer) {
            reports.change(old, new)?;
        }
        Ok(answer)
    }

    async fn renew_report(
        &self,
        account: AccountId,
        id: ReportId,
        from: Instant,
        until: Instant,
    ) -> Result<bool, StoreError> {
        let reports = &mut self.state().reports;
        let stored = reports.get(account, id, until).cloned();
        match (&stored, renewal(stored.as_ref(), from, until)) {
            (Some(old), Renewal::Ours(new)) => reports.change(old, &new),
            (_, Renewal::Lost) => Ok(false),
            _ => Ok(true),
        }
    }
}
