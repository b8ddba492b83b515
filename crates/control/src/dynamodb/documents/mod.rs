//! Reports and plugins on the control table: what both have in common.
//!
//! A document is one JSON text beside its revision, on which every change is conditioned, and the time from
//! which DynamoDB may delete it. See [`census`] for how their number is kept within a limit.

mod census;
mod write;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::reports::ReportId;

use super::item::Reader;
use super::schema::{DOCUMENT, Key};
use super::table::Table;
use crate::error::StoreError;
use crate::model::document::Document;

pub(super) use write::{alteration, removal};

impl Table {
    pub(super) async fn document<D: Document>(
        &self,
        account: AccountId,
        id: ReportId,
        now: Instant,
    ) -> Result<Option<D>, StoreError> {
        let key = Key::document::<D>(account, id);
        let Some(item) = self.get(&key).await? else {
            return Ok(None);
        };
        let document: D = Reader::new(&key, &item).json(DOCUMENT)?;
        Ok(document.is_kept(now).then_some(document))
    }

    pub(super) async fn newest_first<D: Document>(
        &self,
        account: AccountId,
        now: Instant,
    ) -> Result<Vec<D>, StoreError> {
        let mut all = self.documents::<D>(account).await?;
        all.retain(|one| one.is_kept(now));
        all.reverse();
        Ok(all)
    }

    /// All that the table still has, by id.
    async fn documents<D: Document>(&self, account: AccountId) -> Result<Vec<D>, StoreError> {
        let (partition, prefix) = Key::documents_of::<D>(account);
        let items = self.items(&partition, &prefix).await?;
        items
            .iter()
            .map(|(key, item)| Reader::new(key, item).json(DOCUMENT))
            .collect()
    }
}
