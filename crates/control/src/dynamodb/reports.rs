//! Reports on the control table.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::reports::{Report, ReportId};
use aws_sdk_dynamodb::Client;

use super::change::{ATTEMPTS, Outcome};
use super::documents::removal;
use super::schema::Key;
use super::table::{Table, pause};
use crate::error::StoreError;
use crate::model::reports::{Renewal, claim, renewal};
use crate::ports::{NewReport, ReportClaim, ReportLimits, ReportReader, ReportWork, ReportWriter};

/// The reports' ports over the control table, in the partitions `reports#ACCOUNT`. Reading needs
/// `dynamodb:GetItem` and `Query`; the reporter `UpdateItem` besides; making and deleting `PutItem`, `UpdateItem`,
/// `DeleteItem` and `ConditionCheckItem`.
#[derive(Clone, Debug)]
pub struct ReportTable {
    table: Table,
}

impl ReportTable {
    /// Over this table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let name = table.into();
        Self {
            table: Table { client, name },
        }
    }
}

impl ReportReader for ReportTable {
    async fn report(
        &self,
        account: AccountId,
        id: ReportId,
        now: Instant,
    ) -> Result<Option<Report>, StoreError> {
        self.table.document(account, id, now).await
    }

    async fn reports(&self, account: AccountId, now: Instant) -> Result<Vec<Report>, StoreError> {
        self.table.newest_first(account, now).await
    }
}

impl ReportWriter for ReportTable {
    async fn create_report(
        &self,
        report: &Report,
        limits: ReportLimits,
    ) -> Result<NewReport, StoreError> {
        let now = report.created;
        let room = |reports: &[Report]| limits.room(&report.created_by, reports, now);
        let made = self.table.make_document(report, now, room).await?;
        Ok(match made {
            Some(overwritten) => NewReport::Created { overwritten },
            None => NewReport::TooManyUnfinished,
        })
    }

    async fn delete_report(&self, report: &Report) -> Result<bool, StoreError> {
        let outcome = self.table.transact(removal(report)).await?;
        Ok(matches!(outcome, Outcome::Done))
    }

    async fn change_report(&self, old: &Report, new: &Report) -> Result<bool, StoreError> {
        self.table.change_document(old, new).await
    }
}

impl ReportWork for ReportTable {
    async fn claim_report(
        &self,
        account: AccountId,
        id: ReportId,
        now: Instant,
        until: Instant,
    ) -> Result<ReportClaim, StoreError> {
        let mut tried: Option<Box<Report>> = None;
        for attempt in 1..=ATTEMPTS {
            let stored = self.report(account, id, now).await?;
            // An answer may be lost on the way, and the try after it finds our own work.
            if let Some(ours) = tried.take_if(|tried| stored.as_ref() == Some(&**tried)) {
                return Ok(ReportClaim::Ours(ours));
            }
            let answer = claim(stored.as_ref(), now, until);
            let (Some(old), ReportClaim::Ours(new)) = (&stored, &answer) else {
                return Ok(answer);
            };
            if self.change_report(old, new).await? {
                return Ok(answer);
            }
            tried = Some(new.clone());
            pause(attempt).await;
        }
        Err(StoreError::Contended {
            item: Key::document::<Report>(account, id).to_string(),
            attempts: ATTEMPTS,
        })
    }

    async fn renew_report(
        &self,
        account: AccountId,
        id: ReportId,
        from: Instant,
        until: Instant,
    ) -> Result<bool, StoreError> {
        for attempt in 1..=ATTEMPTS {
            let stored = self.report(account, id, until).await?;
            match (&stored, renewal(stored.as_ref(), from, until)) {
                (Some(old), Renewal::Ours(new)) => {
                    if self.change_report(old, &new).await? {
                        return Ok(true);
                    }
                }
                (_, Renewal::Lost) => return Ok(false),
                _ => return Ok(true),
            }
            // The run saved how far it is, in that moment.
            pause(attempt).await;
        }
        Err(StoreError::Contended {
            item: Key::document::<Report>(account, id).to_string(),
            attempts: ATTEMPTS,
        })
    }
}
