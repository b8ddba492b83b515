//! Sessions that ended by themselves become events of their accounts.
//!
//! First the event is sent, then the session is forgotten: an end is told at least once, and as its event has
//! always the same id, the log has it once.

use activity_log_control::{BoxError, EndedSession, Sessions as _};
use activity_log_core::instant::Instant;
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::app::{App, Ports};

/// Sessions read at once.
const BATCH: usize = 100;
/// Ends told at the same time.
const AT_ONCE: usize = 16;
/// Most batches of a tick, for which there is time; the next tick goes on.
const BATCHES: usize = 20;

/// Tells the logs of the sessions that ended until `now`; gives how many.
pub async fn tell<P: Ports>(app: &App<P>, now: Instant) -> Result<usize, BoxError> {
    let mut told = 0;
    for _ in 0..BATCHES {
        let ended = app.sessions.ended_sessions(now, BATCH).await?;
        let telling = stream::iter(&ended).map(|session| tell_one(app, session));
        let done: Vec<()> = telling.buffer_unordered(AT_ONCE).try_collect().await?;
        told += done.len();
        if ended.len() < BATCH {
            break;
        }
    }
    Ok(told)
}

async fn tell_one<P: Ports>(app: &App<P>, session: &EndedSession) -> Result<(), BoxError> {
    app.recorder.record_end(session).await?;
    app.sessions.forget_session(session).await?;
    Ok(())
}
