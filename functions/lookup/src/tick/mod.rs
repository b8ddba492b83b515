//! The tick, every minute: what the logs of the accounts are yet to be told.
//!
//! First a record is sent, then its entry is forgotten: it is told at least once, and as it has always the same event
//! id, the log has it once. What cannot be told is counted and logged, stays, and keeps nothing else back.
//!
//! Changes come first, then what was refused, then the ends of sessions, and each kind has its own time: of none can there
//! be so much that nobody is told of the others.

mod keys;
mod outbox;
mod refused;
mod sessions;
mod walk;

pub use sessions::PATIENCE_MS as SESSION_PATIENCE_MS;

use activity_log_control::{BoxError, OutboxShard};
use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::page::{Clock, Deadline};
use futures::{StreamExt as _, stream};
use serde::Serialize;

use crate::app::{App, Ports};
use walk::{Walked, walk};

/// Until when, since the tick began, changes, refusals and ends of sessions are begun to be told. What is begun then takes
/// two times [`walk::LONGEST`] at most, so that the tick ends before the function's 29 seconds; the next goes on.
const CHANGES_MS: i64 = 10 * SECOND;
const REFUSALS_MS: i64 = 16 * SECOND;
const SESSIONS_MS: i64 = 22 * SECOND;
/// Ends of sessions told at the same time.
const SESSIONS_AT_ONCE: usize = 16;
/// Minutes and keys of refused calls told at the same time.
const REFUSALS_AT_ONCE: usize = 16;
/// Changes told at the same time of a shard; all shards are walked side by side.
const CHANGES_AT_ONCE: usize = 4;

/// What a tick came to, as metrics ([`activity_log_lambda::metrics`]). An alarm waits for it: no data says that nothing is
/// told, however many calls are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Told {
    /// ticks that found out what there was to tell
    pub ticks: u64,
    /// ends of sessions that were told
    pub told_sessions: u64,
    /// changes of the outbox that were told: of calls that were cut short
    pub told_changes: u64,
    /// changes that nobody was told, as there is no such account
    pub forgotten_changes: u64,
    /// keys and minutes whose refused calls were told together
    pub told_refusals: u64,
    /// entries that could not be told, or not read
    pub untold_entries: u64,
    /// how long the oldest of these has waited
    pub oldest_untold_seconds: u64,
}

/// Tells the logs what is due now. An error is of the table as a whole; the rest was done all the same.
pub async fn tell<P: Ports>(app: &App<P>, clock: Clock) -> Result<Told, BoxError> {
    let now = clock();
    let until = |ms| Deadline::new(now.plus_millis(ms), clock.clone());
    let keys = &keys::Keys::new(app);
    let changes = changes(app, now, &until(CHANGES_MS)).await;
    let refusals = refused::Refused { app, now, keys };
    let refusals = walk(&refusals, now, REFUSALS_AT_ONCE, &until(REFUSALS_MS)).await;
    let ends = sessions::Ends { app, now, keys };
    let sessions = walk(&ends, now, SESSIONS_AT_ONCE, &until(SESSIONS_MS)).await;
    let (changes, refusals, sessions) = (changes?, refusals?, sessions?);
    let all = changes.and(refusals).and(sessions);
    Ok(Told {
        ticks: 1,
        told_sessions: sessions.told,
        told_changes: changes.told,
        told_refusals: refusals.told,
        forgotten_changes: changes.forgotten,
        untold_entries: all.untold,
        oldest_untold_seconds: all.oldest_seconds,
    })
}

/// What became of all shards; the first error, if one could not be read.
async fn changes<P: Ports>(
    app: &App<P>,
    now: Instant,
    until: &Deadline,
) -> Result<Walked, BoxError> {
    let shards = OutboxShard::all().map(async |shard| {
        let changes = outbox::Changes { app, now, shard };
        walk(&changes, now, CHANGES_AT_ONCE, until).await
    });
    let shards: Vec<_> = stream::iter(shards)
        .buffer_unordered(OutboxShard::COUNT)
        .collect()
        .await;
    let each: Result<Vec<Walked>, BoxError> = shards.into_iter().collect();
    Ok(each?.into_iter().fold(Walked::default(), Walked::and))
}
