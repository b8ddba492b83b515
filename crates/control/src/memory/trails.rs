//! Trails in memory.

use std::collections::{BTreeMap, BTreeSet};

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::trail::Trail;
use activity_log_core::trail::name::TrailName;
use activity_log_core::trail::progress::Period;
use activity_log_core::trail::record::WindowRecord;
use activity_log_core::window::Window;

use super::InMemory;
use crate::error::StoreError;
use crate::model::digest_key::DigestKey;
use crate::model::due::{Due, Position};
use crate::ports::{Claim, DeletedTrail, NewTrail, TrailArchive, TrailReader, TrailWriter};

#[derive(Debug, Default)]
pub(super) struct Trails {
    by_name: BTreeMap<(AccountId, TrailName), Trail>,
    records: BTreeMap<(String, Window), WindowRecord>,
    /// of which records are left
    deleted: BTreeSet<DeletedTrail>,
    /// by trail id, until when it is somebody's
    claims: BTreeMap<String, Instant>,
    keys: Vec<DigestKey>,
}

impl Trails {
    /// The account's, by name.
    pub(super) fn of(&self, account: AccountId) -> impl Iterator<Item = &Trail> {
        let all = self.by_name.values();
        all.filter(move |trail| trail.account == account)
    }

    /// Deletes all of the account's; gives how many.
    pub(super) fn clear(&mut self, account: AccountId) -> usize {
        let trails: Vec<Trail> = self.of(account).cloned().collect();
        for trail in &trails {
            let key = (account, trail.name.clone());
            self.by_name.remove(&key);
            self.deleted.insert(DeletedTrail(trail.id.clone()));
        }
        trails.len()
    }

    /// The stored trail, if it is of the same life as `trail`.
    fn same(&mut self, trail: &Trail) -> Option<&mut Trail> {
        let key = (trail.account, trail.name.clone());
        let stored = self.by_name.get_mut(&key);
        stored.filter(|stored| stored.id == trail.id)
    }
}

impl TrailReader for InMemory {
    async fn trail(
        &self,
        account: AccountId,
        name: &TrailName,
    ) -> Result<Option<Trail>, StoreError> {
        let state = self.state();
        Ok(state.trails.by_name.get(&(account, name.clone())).cloned())
    }

    async fn trails(&self, account: AccountId) -> Result<Vec<Trail>, StoreError> {
        Ok(self.state().trails.of(account).cloned().collect())
    }

    async fn all_trails(&self) -> Result<Vec<(AccountId, TrailName)>, StoreError> {
        Ok(self.state().trails.by_name.keys().cloned().collect())
    }

    async fn digest_keys(&self) -> Result<Vec<DigestKey>, StoreError> {
        Ok(self.state().trails.keys.clone())
    }
}

impl TrailWriter for InMemory {
    async fn create_trail(&self, trail: &Trail, limit: u32) -> Result<NewTrail, StoreError> {
        let existing = self.trails(trail.account).await?;
        if existing.iter().any(|other| other.name == trail.name) {
            return Ok(NewTrail::Exists);
        }
        if existing.len() >= limit as usize {
            return Ok(NewTrail::LimitReached);
        }
        let key = (trail.account, trail.name.clone());
        self.state().trails.by_name.insert(key, trail.clone());
        Ok(NewTrail::Created)
    }

    async fn configure_trail(&self, old: &Trail, new: &Trail) -> Result<bool, StoreError> {
        let mut state = self.state();
        let stored = state.trails.same(old);
        let stored = stored.filter(|stored| stored.revision == old.revision);
        let Some(stored) = stored else {
            return Ok(false);
        };
        stored.revision += 1;
        stored.settings = new.settings.clone();
        stored.logging = new.logging.clone();
        Ok(true)
    }

    async fn delete_trail(&self, trail: &Trail) -> Result<bool, StoreError> {
        let mut state = self.state();
        if state.trails.same(trail).is_none() {
            return Ok(false);
        }
        let key = (trail.account, trail.name.clone());
        state.trails.by_name.remove(&key);
        state.trails.deleted.insert(DeletedTrail(trail.id.clone()));
        Ok(true)
    }
}

impl TrailArchive for InMemory {
    async fn claim(
        &self,
        account: AccountId,
        name: &TrailName,
        now: Instant,
        until: Instant,
    ) -> Result<Claim, StoreError> {
        let mut state = self.state();
        let Trails {
            by_name, claims, ..
        } = &mut state.trails;
        let Some(trail) = by_name.get(&(account, name.clone())) else {
            return Ok(Claim::Gone);
        };
        if claims.get(&trail.id).is_some_and(|until| *until > now) {
            return Ok(Claim::Taken);
        }
        claims.insert(trail.id.clone(), until);
        Ok(Claim::Ours(Box::new(trail.clone())))
    }

    async fn renew(
        &self,
        trail: &Trail,
        from: Instant,
        until: Instant,
    ) -> Result<bool, StoreError> {
        let trails = &mut self.state().trails;
        if trails.same(trail).is_none() {
            return Ok(false);
        }
        let claim = trails.claims.get_mut(&trail.id);
        let ours = claim.filter(|held| (from..=until).contains(held));
        Ok(ours.map(|held| *held = until).is_some())
    }

    async fn release(&self, trail: &Trail, until: Instant) -> Result<(), StoreError> {
        let claims = &mut self.state().trails.claims;
        if claims.get(&trail.id) == Some(&until) {
            claims.remove(&trail.id);
        }
        Ok(())
    }

    async fn advance(
        &self,
        old: &Trail,
        new: &Trail,
        record: Option<&WindowRecord>,
        digested: Option<Period>,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let stored = state.trails.same(old);
        let stored = stored.filter(|stored| stored.revision == old.revision);
        let Some(stored) = stored else {
            return Ok(false);
        };
        stored.revision += 1;
        stored.progress = new.progress.clone();
        stored.logging = new.logging.clone();
        if let Some(record) = record {
            let key = (old.id.clone(), record.window);
            state.trails.records.insert(key, record.clone());
        }
        for window in digested.into_iter().flat_map(Period::windows) {
            state.trails.records.remove(&(old.id.clone(), window));
        }
        Ok(true)
    }

    async fn records(
        &self,
        trail: &Trail,
        period: Period,
    ) -> Result<Vec<WindowRecord>, StoreError> {
        let state = self.state();
        let range = (trail.id.clone(), period.from)..=(trail.id.clone(), period.to);
        let records = state.trails.records.range(range);
        Ok(records.map(|(_, record)| record.clone()).collect())
    }

    async fn deleted_trails(
        &self,
        after: Option<&Position>,
        most: usize,
    ) -> Result<Due<DeletedTrail>, StoreError> {
        let deleted = self.state().trails.deleted.clone();
        let behind = |trail: &DeletedTrail| after.is_none_or(|after| trail.0 > after.0);
        let mut rest = deleted.into_iter().filter(behind);
        let page: Vec<_> = rest.by_ref().take(most).collect();
        let next = page.last().filter(|_| rest.next().is_some());
        let next = next.map(|trail| Position(trail.0.clone()));
        Ok(Due::of(page.into_iter().map(Ok), next))
    }

    async fn clean_up(&self, trail: &DeletedTrail, most: usize) -> Result<bool, StoreError> {
        let Trails {
            records, deleted, ..
        } = &mut self.state().trails;
        let of_trail = records.keys().filter(|(id, _)| *id == trail.0);
        let keys: Vec<_> = of_trail.take(most).cloned().collect();
        for key in &keys {
            records.remove(key);
        }
        let is_done = keys.len() < most;
        if is_done {
            deleted.remove(trail);
        }
        Ok(is_done)
    }

    async fn note_delivery(&self, trail: &Trail) -> Result<(), StoreError> {
        if let Some(stored) = self.state().trails.same(trail) {
            stored.delivery = trail.delivery.clone();
        }
        Ok(())
    }

    async fn keep_digest_key(&self, key: &DigestKey) -> Result<(), StoreError> {
        let mut state = self.state();
        let keys = &mut state.trails.keys;
        if !keys.iter().any(|kept| kept.fingerprint == key.fingerprint) {
            keys.push(key.clone());
            keys.sort_by_key(|key| key.since);
        }
        Ok(())
    }
}
