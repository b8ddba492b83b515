//! Sessions that ended by themselves become events of their accounts.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use activity_log_control::{
    Accounts as _, BoxError, CursorKeys as _, Due, EndedSession, Position, Sessions as _,
    StoreError,
};
use activity_log_core::account::AccountId;
use activity_log_core::cursor::CursorKey;
use activity_log_core::instant::{Instant, SECOND};

use super::{PAGE, Telling};
use crate::app::{App, Ports};

/// How long ago a session must have ended to be told: longer than a call may run. So whoever was let in before the end
/// and closes the session has done so, or will not: one session never ends twice.
pub const PATIENCE_MS: i64 = 30 * SECOND;

/// The ends until then.
pub(super) struct Ends<'a, P: Ports> {
    pub app: &'a App<P>,
    pub now: Instant,
    /// the accounts' keys, with which the ids of their events are made
    keys: Mutex<HashMap<AccountId, CursorKey>>,
}

impl<'a, P: Ports> Ends<'a, P> {
    pub fn new(app: &'a App<P>, now: Instant) -> Self {
        let keys = Mutex::default();
        Self { app, now, keys }
    }

    async fn key(&self, account: AccountId) -> Result<CursorKey, BoxError> {
        if let Some(key) = self.known().get(&account) {
            return Ok(key.clone());
        }
        let accounts = &self.app.accounts;
        let found = accounts.account(account).await?;
        let found = found.ok_or("the session is of an account that is not there")?;
        let key = accounts.cursor_key(&found).await?;
        self.known().insert(account, key.clone());
        Ok(key)
    }

    // A key is there or not: what a thread that panicked left is good.
    fn known(&self) -> MutexGuard<'_, HashMap<AccountId, CursorKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Ports> Telling for Ends<'_, P> {
    type Entry = EndedSession;

    async fn page(&self, after: Option<&Position>) -> Result<Due<EndedSession>, StoreError> {
        let until = self.now.plus_millis(-PATIENCE_MS);
        self.app.sessions.ended_sessions(until, after, PAGE).await
    }

    async fn tell(&self, session: &EndedSession) -> Result<(), BoxError> {
        let key = self.key(session.account).await?;
        self.app.recorder.record_end(session, &key).await?;
        self.app.sessions.forget_session(session).await?;
        Ok(())
    }

    fn since(session: &EndedSession) -> Instant {
        session.ended
    }
}
