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
use activity_log_core::items::{
    Ask, Consistency, Created, Item, ItemReader, ItemWriter, Key, Slice, WriteError,
};
use activity_log_core::origin::Origin;
use activity_log_core::reader::ReadError;

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
    /// what a write takes longer than that
    pub write_ms: AtomicU64,
    /// how often items were read
    pub reads: AtomicUsize,
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
            write_ms: AtomicU64::default(),
            reads: AtomicUsize::new(0),
            asked: AtomicUsize::new(0),
            broken: Vec::new(),
        }
    }

    pub fn set_step(&self, step_ms: u64) {
        self.step_ms.store(step_ms, Ordering::Relaxed);
    }

    async fn step(&self) {
        wait(self.step_ms.load(Ordering::Relaxed)).await;
    }
}

async fn wait(ms: u64) {
    if ms > 0 {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

impl<T: ItemReader> ItemReader for Slow<T> {
    async fn range(&self, ask: &Ask) -> Result<Slice, ReadError> {
        self.step().await;
        self.inside.range(ask).await
    }

    async fn get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, ReadError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.step().await;
        self.inside.get(keys, consistency).await
    }
}

impl<T: ItemWriter> ItemWriter for Slow<T> {
    async fn create(&self, item: &Item) -> Result<Created, WriteError> {
        self.step().await;
        wait(self.write_ms.load(Ordering::Relaxed)).await;
        let mut broken = self.broken.iter().map(AccountId::as_str);
        if broken.any(|account| item.key.partition.contains(account)) {
            return Err(WriteError("it is broken".into()));
        }
        self.inside.create(item).await
    }

    async fn put(&self, _: &[Item]) -> Result<(), WriteError> {
        unreachable!("ingest replaces nothing")
    }

    async fn swap(&self, _: &Item) -> Result<bool, WriteError> {
        unreachable!("ingest replaces nothing")
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
