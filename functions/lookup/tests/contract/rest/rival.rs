//! Reports with somebody who changes one just before the API does.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use activity_log_control::memory::InMemory;
use activity_log_control::{NewReport, ReportLimits, ReportReader, ReportWriter, StoreError};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::reports::{Report, ReportId};

type Change = Box<dyn Fn(&mut Report) + Send>;

/// Reports in memory, and what the reporter will do to them; a clone sees the same.
#[derive(Clone)]
pub struct Rival {
    reports: InMemory,
    changes: Arc<Mutex<VecDeque<Change>>>,
}

impl Rival {
    pub fn over(reports: InMemory) -> Self {
        Self {
            reports,
            changes: Arc::default(),
        }
    }

    /// Does this just before the next change or deletion.
    pub fn then(&self, change: impl Fn(&mut Report) + Send + 'static) {
        self.changes.lock().unwrap().push_back(Box::new(change));
    }

    async fn interfere(&self, report: &Report) {
        let change = self.changes.lock().unwrap().pop_front();
        if let Some(change) = change {
            let mut changed = report.clone();
            change(&mut changed);
            assert!(self.reports.change_report(report, &changed).await.unwrap());
        }
    }
}

impl ReportReader for Rival {
    async fn report(
        &self,
        account: AccountId,
        id: ReportId,
        now: Instant,
    ) -> Result<Option<Report>, StoreError> {
        self.reports.report(account, id, now).await
    }

    async fn reports(&self, account: AccountId, now: Instant) -> Result<Vec<Report>, StoreError> {
        self.reports.reports(account, now).await
    }
}

impl ReportWriter for Rival {
    async fn create_report(
        &self,
        report: &Report,
        limits: ReportLimits,
    ) -> Result<NewReport, StoreError> {
        self.reports.create_report(report, limits).await
    }

    async fn delete_report(&self, report: &Report) -> Result<bool, StoreError> {
        self.interfere(report).await;
        self.reports.delete_report(report).await
    }

    async fn change_report(&self, old: &Report, new: &Report) -> Result<bool, StoreError> {
        self.interfere(old).await;
        self.reports.change_report(old, new).await
    }
}
