//! The roll-up of core, over a store of items.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use activity_log_core::account::AccountId;
use activity_log_core::ingest::Until;
use activity_log_core::instant::Instant;
use activity_log_core::items::{ItemReader, ItemWriter};
use activity_log_core::rollup::claim::Claim;
use activity_log_core::rollup::roll::Limits;
use activity_log_core::rollup::tell::Tell;
use activity_log_core::rollup::work::{Watch, Worker, due_since};
use activity_log_core::rollup::{RollupError, Task};
use activity_log_lambda::heartbeat::Heart;

use crate::claimed::{CLAIM_MS, Claimed};
use crate::rolls::{Rolls, Run};

/// Accounts over a store. What was seen of an account is remembered from call to call, as long as the process lives.
pub struct Stored<S> {
    store: S,
    clock: fn() -> Instant,
    seen: Mutex<HashMap<AccountId, Watch>>,
}

impl<S> Stored<S> {
    /// Over this store.
    pub fn new(store: S, clock: fn() -> Instant) -> Self {
        Self {
            store,
            clock,
            seen: Mutex::default(),
        }
    }

    fn take(&self, account: AccountId) -> Watch {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.remove(&account).unwrap_or_default()
    }

    fn keep(&self, account: AccountId, watch: Watch) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(account, watch);
    }
}

impl<S: ItemReader + ItemWriter + Clone + 'static> Stored<S> {
    /// Works under a claim, which is renewed meanwhile.
    async fn claimed(
        &self,
        task: Task,
        tell: &impl Tell,
        end: Instant,
        watch: &mut Watch,
        run: &mut Run,
    ) -> Result<(), RollupError> {
        let clock = Until {
            clock: self.clock,
            end,
        };
        let worker = Worker {
            store: &self.store,
            task,
            limits: Limits::default(),
            tell,
            clock: &clock,
        };
        if !worker.has_work(watch).await? {
            return Ok(());
        }
        let since = (self.clock)();
        let claim = Claim::take(&self.store, task.account, since, CLAIM_MS).await?;
        let Some(claim) = claim else {
            run.is_claimed = true;
            return Ok(());
        };
        let heart = Heart::start(Claimed::new(self.store.clone(), claim, since));
        // Boxed: it is large.
        let work = heart.keep(Box::pin(worker.work(watch, &mut run.worked)));
        let done = work.await;
        let released = match heart.stop().await {
            Some(claimed) => claimed.release((self.clock)()).await,
            None => Ok(()),
        };
        let Ok(done) = done else {
            // What was under way was dropped anywhere.
            *watch = Watch::default();
            run.is_claimed = true;
            return Ok(());
        };
        done.and(released)
    }
}

impl<S: ItemReader + ItemWriter + Clone + 'static> Rolls for Stored<S> {
    async fn due(&self, account: AccountId, now: Instant) -> Result<Option<Instant>, RollupError> {
        let mut watch = self.take(account);
        let since = due_since(&self.store, account, &mut watch, now).await?;
        self.keep(account, watch);
        Ok(since)
    }

    async fn work(&self, task: Task, tell: &impl Tell, end: Instant) -> Run {
        let mut watch = self.take(task.account);
        let mut run = Run::default();
        let done = self.claimed(task, tell, end, &mut watch, &mut run).await;
        run.error = done.err();
        self.keep(task.account, watch);
        run
    }
}
