//! Sessions that ended by themselves become events of their accounts.

use activity_log_control::{BoxError, Due, EndedSession, Position, Sessions as _, StoreError};
use activity_log_core::instant::{Instant, SECOND};

use super::keys::Keys;
use super::walk::{PAGE, Telling};
use crate::app::{App, Ports};

/// How long ago a session must have ended to be told: longer than a call may run. So whoever was let in before the end
/// and closes the session has done so, or will not: one session never ends twice.
pub const PATIENCE_MS: i64 = 30 * SECOND;

/// The ends until then.
pub(super) struct Ends<'a, P: Ports> {
    pub app: &'a App<P>,
    pub now: Instant,
    pub keys: &'a Keys<'a, P>,
}

impl<P: Ports> Telling for Ends<'_, P> {
    type Entry = EndedSession;

    async fn page(&self, after: Option<&Position>) -> Result<Due<EndedSession>, StoreError> {
        let until = self.now.plus_millis(-PATIENCE_MS);
        self.app.sessions.ended_sessions(until, after, PAGE).await
    }

    async fn tell(&self, session: &EndedSession) -> Result<bool, BoxError> {
        let key = self.keys.of(session.account).await?;
        if let Some(key) = &key {
            self.app.recorder.record_end(session, key).await?;
        }
        self.app.sessions.forget_session(session).await?;
        Ok(key.is_some())
    }

    fn since(session: &EndedSession) -> Instant {
        session.ended
    }
}
