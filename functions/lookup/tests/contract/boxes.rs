//! The outbox in memory, which notes what the world was like when something was put into it.

use std::sync::{Arc, Mutex};

use activity_log_control::memory::InMemory;
use activity_log_control::{
    Due, Outbox, OutboxEntry, OutboxKey, OutboxShard, PluginReader as _, Position, Registry as _,
    ReportReader as _, StoreError, TrailReader as _,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

use crate::buckets::Buckets;
use crate::rest::files::MemoryFiles;
use crate::rest::queue::MemoryQueue;

/// All that an operation can change.
#[derive(Clone)]
pub struct World {
    pub directory: InMemory,
    pub buckets: Buckets,
    pub files: MemoryFiles,
    pub queue: MemoryQueue,
}

impl World {
    /// What there is of an account, as text.
    pub async fn seen(&self, account: AccountId) -> String {
        let now = Instant::from_millis(0);
        let trails = self.directory.trails(account).await.unwrap();
        let reports = self.directory.reports(account, now).await.unwrap();
        let plugins = self.directory.plugins(account, now).await.unwrap();
        let tokens = self.directory.tokens(account).await.unwrap();
        let (files, queue) = (self.files.keys(), self.queue.sent());
        let tried = self.buckets.tried();
        format!("{trails:?} {reports:?} {plugins:?} {tokens:?} {files:?} {queue:?} {tried:?}")
    }
}

/// An attempt, and what there was when it was kept.
#[derive(Clone, Debug)]
pub struct Noted {
    pub record: String,
    pub seen: String,
}

/// A clone sees the same.
#[derive(Clone)]
pub struct Boxes {
    world: World,
    noted: Arc<Mutex<Vec<Noted>>>,
    fails: Arc<Mutex<bool>>,
    fails_ends: Arc<Mutex<bool>>,
}

impl Boxes {
    pub fn over(world: World) -> Self {
        Self {
            world,
            noted: Arc::default(),
            fails: Arc::default(),
            fails_ends: Arc::default(),
        }
    }

    /// Whether nothing is kept from now on.
    pub fn fail(&self, fails: bool) {
        *self.fails.lock().unwrap() = fails;
    }

    /// Whether no end is kept from now on.
    pub fn fail_ends(&self, fails: bool) {
        *self.fails_ends.lock().unwrap() = fails;
    }

    /// The attempts since one asked last.
    pub fn take(&self) -> Vec<Noted> {
        std::mem::take(&mut self.noted.lock().unwrap())
    }

    fn check(fails: &Mutex<bool>) -> Result<(), StoreError> {
        if *fails.lock().unwrap() {
            return Err(StoreError::Table {
                table: "control-7".to_owned(),
                operation: "PutItem",
                source: "it was told to fail".into(),
            });
        }
        Ok(())
    }
}

impl Outbox for Boxes {
    async fn put_attempt(&self, entry: &OutboxEntry) -> Result<(), StoreError> {
        Self::check(&self.fails)?;
        let seen = self.world.seen(entry.account).await;
        let record = entry.record.clone();
        self.noted.lock().unwrap().push(Noted { record, seen });
        self.world.directory.put_attempt(entry).await
    }

    async fn put_end(&self, key: OutboxKey, record: &str) -> Result<bool, StoreError> {
        Self::check(&self.fails)?;
        Self::check(&self.fails_ends)?;
        self.world.directory.put_end(key, record).await
    }

    async fn due(
        &self,
        shard: OutboxShard,
        attempted_before: Instant,
        after: Option<&Position>,
        most: usize,
    ) -> Result<Due<OutboxEntry>, StoreError> {
        let directory = &self.world.directory;
        directory.due(shard, attempted_before, after, most).await
    }

    async fn forget(&self, key: OutboxKey) -> Result<(), StoreError> {
        self.world.directory.forget(key).await
    }
}
