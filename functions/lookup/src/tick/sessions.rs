//! Sessions that ended by themselves become events of their accounts.

use activity_log_control::{BoxError, Due, EndedSession, Position, Sessions as _, StoreError};
use activity_log_core::instant::Instant;

use super::{PAGE, Telling};
use crate::app::{App, Ports};

/// The ends until now.
pub(super) struct Ends<'a, P: Ports> {
    pub app: &'a App<P>,
    pub now: Instant,
}

impl<P: Ports> Telling for Ends<'_, P> {
    type Entry = EndedSession;

    async fn page(&self, after: Option<&Position>) -> Result<Due<EndedSession>, StoreError> {
        self.app
            .sessions
            .ended_sessions(self.now, after, PAGE)
            .await
    }

    async fn tell(&self, session: &EndedSession) -> Result<(), BoxError> {
        self.app.recorder.record_end(session).await?;
        self.app.sessions.forget_session(session).await?;
        Ok(())
    }

    fn since(session: &EndedSession) -> Instant {
        session.ended
    }
}
