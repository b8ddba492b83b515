//! The accounts' keys, with which the ids of events are made that must be the same however often they are told.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use activity_log_control::{Accounts as _, BoxError, CursorKeys as _};
use activity_log_core::account::AccountId;
use activity_log_core::cursor::CursorKey;

use crate::app::{App, Ports};

/// Keys, each opened once a tick.
pub(super) struct Keys<'a, P: Ports> {
    app: &'a App<P>,
    known: Mutex<HashMap<AccountId, CursorKey>>,
}

impl<'a, P: Ports> Keys<'a, P> {
    pub fn new(app: &'a App<P>) -> Self {
        let known = Mutex::default();
        Self { app, known }
    }

    /// `None`: the account was deleted. There is no log any more that could be told.
    pub async fn of(&self, account: AccountId) -> Result<Option<CursorKey>, BoxError> {
        if let Some(key) = self.known().get(&account) {
            return Ok(Some(key.clone()));
        }
        let accounts = &self.app.accounts;
        let Some(found) = accounts.account(account).await? else {
            tracing::warn!(%account, "what an account was to be told is forgotten: it was deleted");
            return Ok(None);
        };
        let key = accounts.cursor_key(&found).await?;
        self.known().insert(account, key.clone());
        Ok(Some(key))
    }

    // A key is there or not: what a thread that panicked left is good.
    fn known(&self) -> MutexGuard<'_, HashMap<AccountId, CursorKey>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
