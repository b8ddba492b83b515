//! A log of calls in memory, for tests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use activity_log_control::StoreError;
use activity_log_core::account::AccountId;
use activity_log_core::origin::Origin;

use crate::{Attempt, Attempts, CallLog, CallLogError};

/// Keeps the records it takes. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryCallLog(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    records: Vec<(AccountId, String)>,
    origins: Vec<Origin>,
    fails: bool,
}

impl MemoryCallLog {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on every record is refused, or taken again.
    pub fn fail(&self, fails: bool) {
        self.lock().fails = fails;
    }

    /// The records it has, oldest first.
    pub fn records(&self) -> Vec<(AccountId, String)> {
        self.lock().records.clone()
    }

    /// How they came, in the same order, those it had and gave away included.
    pub fn origins(&self) -> Vec<Origin> {
        self.lock().origins.clone()
    }

    /// The records it has, oldest first; it has none then.
    pub fn take(&self) -> Vec<(AccountId, String)> {
        std::mem::take(&mut self.lock().records)
    }

    // A record is pushed whole or not at all: what a thread that panicked left is good.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CallLog for MemoryCallLog {
    async fn append(
        &self,
        account: AccountId,
        origin: Origin,
        record: String,
    ) -> Result<(), CallLogError> {
        let mut kept = self.lock();
        if kept.fails {
            return Err(CallLogError {
                queue: "memory".to_owned(),
                cause: "it was told to fail".into(),
            });
        }
        kept.records.push((account, record));
        kept.origins.push(origin);
        Ok(())
    }
}

/// Keeps no attempt, and says it did: for tests of what is done then.
#[derive(Clone, Copy, Debug)]
pub struct Unkept;

impl Attempts for Unkept {
    async fn attempt(&self, _: Attempt<'_>) -> Result<(), StoreError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn records_are_kept_in_order_and_refused_when_told() {
        let log = MemoryCallLog::new();
        let account: AccountId = "111122223333".parse().unwrap();
        let append = |text: &str| log.append(account, Origin::Service, text.to_owned());
        append("a").await.unwrap();
        log.fail(true);
        let error = append("b").await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the record of a call could not be sent to memory"
        );
        log.fail(false);
        let shared = Arc::new(log.clone());
        shared
            .append(account, Origin::Operator, "c".to_owned())
            .await
            .unwrap();
        let kept = [(account, "a".to_owned()), (account, "c".to_owned())];
        assert_eq!(log.records(), kept);
        assert_eq!(log.take(), kept);
        assert!(log.records().is_empty());
        assert_eq!(log.origins(), [Origin::Service, Origin::Operator]);
    }
}
