//! Ports to the trails: for those who configure them and for the archiver.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::trail::Trail;
use activity_log_core::trail::name::TrailName;
use activity_log_core::trail::progress::Period;
use activity_log_core::trail::record::WindowRecord;

use crate::error::StoreError;
use crate::model::digest_key::DigestKey;
use crate::model::due::{Due, Position};

/// What became of a new trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewTrail {
    /// it is there
    Created,
    /// the account has one of this name
    Exists,
    /// the account has as many as it may
    LimitReached,
}

/// A trail that was deleted, by its id: one made again under its name is another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeletedTrail(pub String);

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// the trail is this run's
    Ours(Box<Trail>),
    /// another run works on it
    Taken,
    /// there is no such trail
    Gone,
}

/// Reads trails.
pub trait TrailReader: Send + Sync {
    /// The account's trail of this name.
    fn trail(
        &self,
        account: AccountId,
        name: &TrailName,
    ) -> impl Future<Output = Result<Option<Trail>, StoreError>> + Send;

    /// The account's trails, by name.
    fn trails(
        &self,
        account: AccountId,
    ) -> impl Future<Output = Result<Vec<Trail>, StoreError>> + Send;

    /// Every trail of every account.
    fn all_trails(
        &self,
    ) -> impl Future<Output = Result<Vec<(AccountId, TrailName)>, StoreError>> + Send;

    /// The keys that digests are or were signed with, oldest first.
    fn digest_keys(&self) -> impl Future<Output = Result<Vec<DigestKey>, StoreError>> + Send;
}

/// Makes, changes and deletes trails.
pub trait TrailWriter: Send + Sync {
    /// Makes a trail, unless the account has `limit` of them.
    fn create_trail(
        &self,
        trail: &Trail,
        limit: u32,
    ) -> impl Future<Output = Result<NewTrail, StoreError>> + Send;

    /// Writes the settings and the logging of `new`, if the trail still has the revision of `old`; says
    /// whether it had.
    fn configure_trail(
        &self,
        old: &Trail,
        new: &Trail,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Deletes the trail; says whether it was there. What the archiver keeps of it is left to
    /// [`TrailArchive::clean_up`]: it may be much.
    fn delete_trail(&self, trail: &Trail) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// What the archiver does with trails.
pub trait TrailArchive: TrailReader {
    /// The trail, if no other run works on it: until `until` it is this one's, or until it is released.
    fn claim(
        &self,
        account: AccountId,
        name: &TrailName,
        now: Instant,
        until: Instant,
    ) -> impl Future<Output = Result<Claim, StoreError>> + Send;

    /// Makes a claim that ends at `from` end at `until`; says whether it is still this run's. One that ends between the two
    /// is: a renewal whose answer was lost. Nobody else can have one that ends so early, who must have waited for `from`
    /// and claims for as long.
    fn renew(
        &self,
        trail: &Trail,
        from: Instant,
        until: Instant,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Lets other runs work on the trail that was claimed until `until`.
    fn release(
        &self,
        trail: &Trail,
        until: Instant,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Writes the progress and the logging of `new`, and keeps `record` until it is digested or forgets
    /// the records of `digested`: all if the trail still has the revision of `old`, else nothing; says
    /// which.
    fn advance(
        &self,
        old: &Trail,
        new: &Trail,
        record: Option<&WindowRecord>,
        digested: Option<Period>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Records of archived windows, by window.
    fn records(
        &self,
        trail: &Trail,
        period: Period,
    ) -> impl Future<Output = Result<Vec<WindowRecord>, StoreError>> + Send;

    /// Deleted trails of which records are left, `most` of them from `after` on.
    fn deleted_trails(
        &self,
        after: Option<&Position>,
        most: usize,
    ) -> impl Future<Output = Result<Due<DeletedTrail>, StoreError>> + Send;

    /// Deletes up to `most` records of a deleted trail; says whether that were all, and it is forgotten.
    fn clean_up(
        &self,
        trail: &DeletedTrail,
        most: usize,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Writes how deliveries went; of a trail that is gone, nothing.
    fn note_delivery(&self, trail: &Trail) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Keeps a key for ever; one that is kept already stays as it is.
    fn keep_digest_key(
        &self,
        key: &DigestKey,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}
