//! What stands behind every way in: a store and a directory of callers.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use activity_log_control::{Account, Accounts, Day, Sources, Usage, UsageCount};
use activity_log_core::account::AccountId;
use activity_log_core::causes::chain;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{
    Incoming, Ingested, LAST_BEGIN_MS, Ordinals, Outcome, Receipt, Until, arrive,
};
use activity_log_core::instant::Instant;
use activity_log_core::items::{ItemReader, ItemWriter};
use activity_log_core::pack::PackEncoder;

use crate::hurried::Hurried;
use crate::receivers::{Receiver, Receivers, RememberedReceivers};
use crate::shards::RememberedShards;

/// Records stored in one go; a file may hold many more.
const RECORDS_AT_ONCE: usize = 2_000;

/// Where events go.
pub trait EventStore: ItemReader + ItemWriter {}
impl<S: ItemReader + ItemWriter> EventStore for S {}

/// Who sends, and for whom; and what they sent is counted.
pub trait Directory: Accounts + Sources + Usage {}
impl<D: Accounts + Sources + Usage> Directory for D {}

/// The parts behind every way in.
pub struct App<S, D> {
    /// where events go
    pub store: S,
    /// who sends, and for whom; and what they sent is counted
    pub directory: D,
    /// days events are kept where the account says nothing else
    pub retention_days: u32,
    receivers: RememberedReceivers,
    shards: RememberedShards,
    /// how often usage could not be counted
    uncounted: AtomicU64,
    encoder: Mutex<PackEncoder>,
    clock: fn() -> Instant,
}

impl<S: EventStore, D: Directory> App<S, D> {
    /// Puts the parts together. `clock` tells the time.
    pub fn new(
        (store, directory): (S, D),
        encoder: PackEncoder,
        retention_days: u32,
        clock: fn() -> Instant,
    ) -> Self {
        let encoder = Mutex::new(encoder);
        Self {
            store,
            directory,
            retention_days,
            receivers: RememberedReceivers::default(),
            shards: RememberedShards::default(),
            uncounted: AtomicU64::new(0),
            encoder,
            clock,
        }
    }

    /// The account with each sender's id, or the one it is linked to.
    pub async fn receivers(&self, senders: &BTreeSet<AccountId>) -> Receivers {
        let retention_of = |account: &Account| self.retention_of(account);
        self.receivers
            .of(&self.directory, senders, self.now(), retention_of)
            .await
    }

    /// How often since the last time one asked an account's usage could not be counted.
    pub fn take_uncounted(&self) -> u64 {
        self.uncounted.swap(0, Ordering::Relaxed)
    }

    /// The time.
    pub fn now(&self) -> Instant {
        (self.clock)()
    }

    /// Days the account's events are kept.
    pub fn retention_of(&self, account: &Account) -> u32 {
        account.retention_days(self.retention_days)
    }

    /// Stores records of an account, and logs what became of them. What is not stored by `until` has failed.
    pub async fn store(
        &self,
        receiver: Receiver,
        records: &[Incoming<'_>],
        way: &'static str,
        until: Instant,
    ) -> Ingested {
        let Receiver {
            account,
            retention_days,
        } = receiver;
        let mut all = Ingested {
            receipts: Vec::with_capacity(records.len()),
            errors: Vec::new(),
        };
        let mut ordinals = Ordinals::default();
        let store = Hurried::new(&self.store, self.now(), until);
        for batch in records.chunks(RECORDS_AT_ONCE) {
            let known = self.shards.of(&store, account, self.now()).await;
            let clock = Until {
                clock: self.clock,
                end: until.min(known.last_begin.plus_millis(LAST_BEGIN_MS)),
            };
            let admission = Admission {
                account,
                now: self.now(),
                retention_days,
            };
            let done = arrive(
                &store,
                (&self.encoder, known.shards),
                &admission,
                batch,
                &mut ordinals,
                &clock,
            )
            .await;
            all.receipts.extend(done.receipts);
            all.errors.extend(done.errors);
        }
        for error in &all.errors {
            tracing::error!(account = %account, way, cause = chain(&**error), "a write failed");
        }
        let counts = crate::reply::Counts::of(&all.receipts);
        tracing::info!(
            account = %account,
            way,
            accepted = counts.accepted,
            duplicate = counts.duplicate,
            rejected = counts.rejected,
            failed = counts.failed,
            "ingested"
        );
        self.count(account, way, usage(records, &all.receipts))
            .await;
        all
    }

    /// Counts it. What is stored is stored, whether or not it can be counted.
    async fn count(&self, account: AccountId, way: &'static str, count: UsageCount) {
        if count.is_nothing() {
            return;
        }
        let counted = self
            .directory
            .add(account, Day::of(self.now()), count)
            .await;
        if let Err(error) = counted {
            self.uncounted.fetch_add(1, Ordering::Relaxed);
            let cause = chain(&error);
            tracing::warn!(account = %account, way, events = count.events, cause, "usage was not counted");
        }
    }
}

/// What of the records counts as what.
fn usage(records: &[Incoming<'_>], receipts: &[Receipt]) -> UsageCount {
    let mut count = UsageCount::default();
    for (record, receipt) in records.iter().zip(receipts) {
        match receipt.outcome {
            Outcome::Accepted => {
                count.events += 1;
                count.bytes += record.text.len() as u64;
            }
            Outcome::Duplicate => count.duplicates += 1,
            Outcome::Rejected(_) => count.rejected += 1,
            // It is sent again, and counts then.
            Outcome::Failed => {}
        }
    }
    count
}
