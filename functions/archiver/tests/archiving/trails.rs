//! Trails in memory, of which one can be made to stay when it is to be cleaned up.

use activity_log_control::memory::InMemory;
use activity_log_control::{
    Claim, DeletedTrail, DigestKey, Due, Position, StoreError, TrailArchive, TrailReader,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::trail::Trail;
use activity_log_core::trail::name::TrailName;
use activity_log_core::trail::progress::Period;
use activity_log_core::trail::record::WindowRecord;

#[derive(Clone)]
pub struct Trails {
    control: InMemory,
    /// cleaning this one up fails
    pub stays: Option<DeletedTrail>,
}

impl Trails {
    pub fn of(control: InMemory) -> Self {
        Self {
            control,
            stays: None,
        }
    }
}

impl TrailReader for Trails {
    async fn trail(&self, of: AccountId, name: &TrailName) -> Result<Option<Trail>, StoreError> {
        self.control.trail(of, name).await
    }

    async fn trails(&self, of: AccountId) -> Result<Vec<Trail>, StoreError> {
        self.control.trails(of).await
    }

    async fn all_trails(&self) -> Result<Vec<(AccountId, TrailName)>, StoreError> {
        self.control.all_trails().await
    }

    async fn digest_keys(&self) -> Result<Vec<DigestKey>, StoreError> {
        self.control.digest_keys().await
    }
}

impl TrailArchive for Trails {
    async fn claim(
        &self,
        account: AccountId,
        name: &TrailName,
        now: Instant,
        until: Instant,
    ) -> Result<Claim, StoreError> {
        self.control.claim(account, name, now, until).await
    }

    async fn renew(
        &self,
        trail: &Trail,
        from: Instant,
        until: Instant,
    ) -> Result<bool, StoreError> {
        self.control.renew(trail, from, until).await
    }

    async fn release(&self, trail: &Trail, until: Instant) -> Result<(), StoreError> {
        self.control.release(trail, until).await
    }

    async fn advance(
        &self,
        old: &Trail,
        new: &Trail,
        record: Option<&WindowRecord>,
        digested: Option<Period>,
    ) -> Result<bool, StoreError> {
        self.control.advance(old, new, record, digested).await
    }

    async fn records(
        &self,
        trail: &Trail,
        period: Period,
    ) -> Result<Vec<WindowRecord>, StoreError> {
        self.control.records(trail, period).await
    }

    async fn deleted_trails(
        &self,
        after: Option<&Position>,
        most: usize,
    ) -> Result<Due<DeletedTrail>, StoreError> {
        self.control.deleted_trails(after, most).await
    }

    async fn clean_up(&self, trail: &DeletedTrail, most: usize) -> Result<bool, StoreError> {
        if self.stays.as_ref() == Some(trail) {
            return Err(StoreError::Malformed {
                item: trail.0.clone(),
                attribute: "sk",
            });
        }
        self.control.clean_up(trail, most).await
    }

    async fn note_delivery(&self, trail: &Trail) -> Result<(), StoreError> {
        self.control.note_delivery(trail).await
    }

    async fn keep_digest_key(&self, key: &DigestKey) -> Result<(), StoreError> {
        self.control.keep_digest_key(key).await
    }
}
