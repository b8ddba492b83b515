//! What stands behind every way in: a store, a directory of callers, the bucket of files.

use std::sync::Mutex;

use activity_log_control::{AccessKeys, Account, Accounts, Sources};
use activity_log_core::causes::chain;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Ingested, Ordinals, ingest};
use activity_log_core::instant::Instant;
use activity_log_core::segment::build::SegmentEncoder;
use activity_log_core::store::{SegmentReader, SegmentWriter};

use crate::files::ImportedFiles;
use crate::sender::Receiver;

/// Records stored in one go; a file may hold many more.
const BATCH: usize = 2_000;

/// Where events go.
pub trait EventStore: SegmentReader + SegmentWriter {}
impl<S: SegmentReader + SegmentWriter> EventStore for S {}

/// Who sends, and for whom.
pub trait Directory: AccessKeys + Accounts + Sources {}
impl<D: AccessKeys + Accounts + Sources> Directory for D {}

/// The function's parts.
pub struct App<S, D, F> {
    /// where events go
    pub store: S,
    /// who sends, and for whom
    pub directory: D,
    /// files to import
    pub files: F,
    /// days events are kept where the account says nothing else
    pub retention_days: u32,
    /// the queue whose messages name files, by ARN; every other queue's hold events
    pub imports_queue_arn: String,
    encoder: Mutex<SegmentEncoder>,
    clock: fn() -> Instant,
}

impl<S: EventStore, D: Directory, F: ImportedFiles> App<S, D, F> {
    /// Puts the parts together. `clock` tells the time.
    pub fn new(
        (store, directory, files): (S, D, F),
        encoder: SegmentEncoder,
        retention_days: u32,
        imports_queue_arn: String,
        clock: fn() -> Instant,
    ) -> Self {
        let encoder = Mutex::new(encoder);
        Self {
            store,
            directory,
            files,
            retention_days,
            imports_queue_arn,
            encoder,
            clock,
        }
    }

    /// The time.
    pub fn now(&self) -> Instant {
        (self.clock)()
    }

    /// Days the account's events are kept.
    pub fn retention_of(&self, account: &Account) -> u32 {
        account.retention_days(self.retention_days)
    }

    /// Stores records of an account, and logs what became of them.
    pub async fn store(
        &self,
        receiver: Receiver,
        records: &[Incoming<'_>],
        way: &'static str,
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
        for batch in records.chunks(BATCH) {
            let admission = Admission {
                account,
                now: self.now(),
                retention_days,
            };
            let done = ingest(
                &self.store,
                &self.encoder,
                &admission,
                batch,
                &mut ordinals,
                &self.clock,
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
        all
    }
}
