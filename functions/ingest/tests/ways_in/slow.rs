//! A store and a directory that take their time, on a clock that jumps: what waits together waits once.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use activity_log_calls::{CallLog, CallLogError};
use activity_log_control::{
    Account, Accounts, Day, Received, Sources, StoreError, Usage, UsageCount,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::origin::Origin;
use activity_log_core::query::Attribute;
use activity_log_core::reader::ReadError;
use activity_log_core::store::key::{SegmentKey, SegmentPartition, SortRange};
use activity_log_core::store::{
    Committed, Identifiers, IndexEntry, SegmentReader, SegmentWriter, Slice, StoredSegment,
    WriteError,
};

use crate::stage::NOW;

thread_local! {
    static START: Cell<Option<tokio::time::Instant>> = const { Cell::new(None) };
}

/// [`NOW`] at the first question, and then by tokio's clock, which a test has paused.
pub fn clock() -> Instant {
    let now = tokio::time::Instant::now();
    let start = START.get().unwrap_or(now);
    START.set(Some(start));
    let passed = i64::try_from((now - start).as_millis()).unwrap();
    NOW.plus_millis(passed)
}

/// What is inside, each call of which takes a while.
#[derive(Default)]
pub struct Slow<T> {
    pub inside: T,
    step_ms: AtomicU64,
    /// questions about accounts
    pub asked: AtomicUsize,
    /// whose calls fail
    pub broken: Vec<AccountId>,
}

impl<T> Slow<T> {
    pub fn new(inside: T, step_ms: u64) -> Self {
        Self {
            inside,
            step_ms: step_ms.into(),
            asked: AtomicUsize::new(0),
            broken: Vec::new(),
        }
    }

    pub fn set_step(&self, step_ms: u64) {
        self.step_ms.store(step_ms, Ordering::Relaxed);
    }

    async fn step(&self) {
        let step = self.step_ms.load(Ordering::Relaxed);
        if step > 0 {
            tokio::time::sleep(Duration::from_millis(step)).await;
        }
    }

    async fn write(&self, account: Option<AccountId>) -> Result<(), WriteError> {
        self.step().await;
        if account.is_some_and(|account| self.broken.contains(&account)) {
            return Err(WriteError("it is broken".into()));
        }
        Ok(())
    }
}

impl<T: SegmentReader> SegmentReader for Slow<T> {
    async fn segments(
        &self,
        partition: SegmentPartition,
        range: &SortRange,
        limit: usize,
    ) -> Result<Slice<StoredSegment>, ReadError> {
        self.step().await;
        self.inside.segments(partition, range, limit).await
    }

    async fn postings(
        &self,
        account: AccountId,
        attribute: Attribute,
        value: &str,
        range: &SortRange,
        limit: usize,
    ) -> Result<Slice<SegmentKey>, ReadError> {
        self.step().await;
        let found = self
            .inside
            .postings(account, attribute, value, range, limit);
        found.await
    }

    async fn identifiers(
        &self,
        account: AccountId,
        day: i64,
        range: &SortRange,
    ) -> Result<Slice<Identifiers>, ReadError> {
        self.step().await;
        self.inside.identifiers(account, day, range).await
    }

    async fn fetch(&self, keys: &[SegmentKey]) -> Result<Vec<StoredSegment>, ReadError> {
        self.step().await;
        self.inside.fetch(keys).await
    }
}

impl<T: SegmentWriter> SegmentWriter for Slow<T> {
    async fn index(&self, entries: &[IndexEntry]) -> Result<(), WriteError> {
        self.write(entries.first().map(|entry| entry.key.account))
            .await?;
        self.inside.index(entries).await
    }

    async fn commit(&self, segment: &StoredSegment) -> Result<Committed, WriteError> {
        self.write(Some(segment.key.account)).await?;
        self.inside.commit(segment).await
    }
}

impl<T: CallLog> CallLog for Slow<T> {
    async fn append(
        &self,
        account: AccountId,
        origin: Origin,
        record: String,
    ) -> Result<(), CallLogError> {
        self.step().await;
        self.inside.append(account, origin, record).await
    }
}

impl<T: Accounts> Accounts for Slow<T> {
    async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.step().await;
        self.inside.account(id).await
    }
}

impl<T: Sources> Sources for Slow<T> {
    async fn receivers(&self, aws_accounts: &[AccountId]) -> Result<Vec<Received>, StoreError> {
        self.step().await;
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut received = self.inside.receivers(aws_accounts).await?;
        for (aws, received) in aws_accounts.iter().zip(&mut received) {
            if self.broken.contains(aws) {
                *received = Err(StoreError::Exists {
                    item: aws.to_string(),
                });
            }
        }
        Ok(received)
    }
}

impl<T: Usage> Usage for Slow<T> {
    async fn add(&self, account: AccountId, day: Day, count: UsageCount) -> Result<(), StoreError> {
        self.step().await;
        self.inside.add(account, day, count).await
    }
}
