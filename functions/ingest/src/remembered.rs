//! What was asked for lately, by account: remembered for a while, within a cap.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

/// Most accounts of which something is remembered.
const MOST: usize = 10_000;

/// Values by account, each with the time from which on it is asked for again.
#[derive(Debug)]
pub(crate) struct Remembered<V> {
    life_ms: i64,
    entries: Mutex<BTreeMap<AccountId, (V, Instant)>>,
}

impl<V: Copy> Remembered<V> {
    /// Each value is remembered for so long, in milliseconds.
    pub(crate) fn new(life_ms: i64) -> Self {
        Self {
            life_ms,
            entries: Mutex::default(),
        }
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<AccountId, (V, Instant)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is remembered of the account.
    pub(crate) fn get(&self, account: AccountId, now: Instant) -> Option<V> {
        let entries = self.entries();
        let (value, until) = entries.get(&account)?;
        (now < *until).then_some(*value)
    }

    /// Remembers it.
    pub(crate) fn put(&self, account: AccountId, value: V, now: Instant) {
        let mut entries = self.entries();
        if entries.len() >= MOST && !entries.contains_key(&account) {
            entries.clear();
        }
        entries.insert(account, (value, now.plus_millis(self.life_ms)));
    }
}
