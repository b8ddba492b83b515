//! Sessions that ended by themselves become events of their accounts.
//!
//! First the event is sent, then the session is forgotten: an end is told at least once, and as its event has
//! always the same id, the log has it once.

use activity_log_control::{BoxError, Sessions as _};
use activity_log_core::instant::Instant;

use crate::app::{App, Ports};

/// Sessions read at once.
const BATCH: usize = 100;

/// Tells the logs of all sessions that ended until `now`; gives how many.
pub async fn tell<P: Ports>(app: &App<P>, now: Instant) -> Result<usize, BoxError> {
    let mut told = 0;
    loop {
        let ended = app.sessions.ended_sessions(now, BATCH).await?;
        for session in &ended {
            app.recorder.record_end(session).await?;
            app.sessions.forget_session(session).await?;
            told += 1;
        }
        if ended.len() < BATCH {
            return Ok(told);
        }
    }
}
