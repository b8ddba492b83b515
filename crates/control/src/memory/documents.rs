//! Reports and plugins in memory.

use std::collections::BTreeMap;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::reports::ReportId;

use crate::error::StoreError;
use crate::model::document::Document;

#[derive(Debug)]
pub(super) struct Documents<D>(BTreeMap<(AccountId, ReportId), D>);

// By hand: derived, it would ask for a default document.
impl<D> Default for Documents<D> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<D: Document> Documents<D> {
    pub(super) fn get(&self, account: AccountId, id: ReportId, now: Instant) -> Option<&D> {
        let found = self.0.get(&(account, id));
        found.filter(|document| document.is_kept(now))
    }

    /// The account's, by id.
    pub(super) fn of(&self, account: AccountId, now: Instant) -> impl Iterator<Item = &D> {
        self.0
            .values()
            .filter(move |one| one.account() == account && one.is_kept(now))
    }

    /// Deletes all of the account's, forgotten ones too; gives how many.
    pub(super) fn clear(&mut self, account: AccountId) -> usize {
        let before = self.0.len();
        self.0.retain(|(owner, _), _| *owner != account);
        before - self.0.len()
    }

    pub(super) fn newest_first(&self, account: AccountId, now: Instant) -> Vec<D> {
        let mut all: Vec<D> = self.of(account, now).cloned().collect();
        all.reverse();
        all
    }

    /// Adds it and drops the account's forgotten ones; its id must be free.
    pub(super) fn make(&mut self, new: &D, now: Instant) -> Result<(), StoreError> {
        new.json()?;
        let place = (new.account(), new.id());
        if self.0.contains_key(&place) {
            return Err(StoreError::Exists { item: new.name() });
        }
        self.0
            .retain(|_, one| one.account() != new.account() || one.is_kept(now));
        self.0.insert(place, new.clone());
        Ok(())
    }

    /// Whether this revision is what is stored.
    pub(super) fn has(&self, document: &D) -> bool {
        let stored = self.0.get(&(document.account(), document.id()));
        stored.is_some_and(|stored| stored.revision() == document.revision())
    }

    /// Writes what `old` becomes, if it is what is stored.
    pub(super) fn change(&mut self, old: &D, new: &D) -> Result<bool, StoreError> {
        let new = new.following(old);
        new.json()?;
        let is_stored = self.has(old);
        if is_stored {
            self.0.insert((old.account(), old.id()), new);
        }
        Ok(is_stored)
    }

    pub(super) fn delete(&mut self, document: &D) -> bool {
        let is_stored = self.has(document);
        if is_stored {
            self.0.remove(&(document.account(), document.id()));
        }
        is_stored
    }
}
