//! The tick, every minute: what the logs of the accounts are yet to be told.
//!
//! First a record is sent, then its entry is forgotten: it is told at least once, and as it has always the same event
//! id, the log has it once. What cannot be told is counted and logged, stays, and keeps nothing else back.

mod keys;
mod outbox;
mod refused;
mod sessions;

pub use sessions::PATIENCE_MS as SESSION_PATIENCE_MS;

use activity_log_control::{BoxError, Due, Position, StoreError};
use activity_log_core::causes::chain;
use activity_log_core::instant::{Instant, SECOND};
use futures::{StreamExt as _, stream};
use serde::Serialize;

use crate::app::{App, Ports};

/// Entries looked at at once.
const PAGE: usize = 100;
/// Entries told at the same time.
const AT_ONCE: usize = 16;
/// Most pages of a kind in a tick, for which there is time; the next tick goes on.
const PAGES: usize = 20;

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
    /// keys and minutes whose refused calls were told together
    pub told_refusals: u64,
    /// entries that could not be told, or not read
    pub untold_entries: u64,
    /// how long the oldest of these has waited
    pub oldest_untold_seconds: u64,
}

/// Tells the logs what is due at `now`. An error is of the table as a whole; the rest was done all the same.
pub async fn tell<P: Ports>(app: &App<P>, now: Instant) -> Result<Told, BoxError> {
    let keys = &keys::Keys::new(app);
    let sessions = walk(&sessions::Ends { app, now, keys }, now).await;
    let refusals = walk(&refused::Refused { app, now, keys }, now).await;
    let changes = walk(&outbox::Changes { app, now }, now).await;
    let (sessions, refusals, changes) = (sessions?, refusals?, changes?);
    Ok(Told {
        ticks: 1,
        told_sessions: sessions.told,
        told_changes: changes.told,
        told_refusals: refusals.told,
        untold_entries: sessions.untold + refusals.untold + changes.untold,
        oldest_untold_seconds: [&sessions, &refusals, &changes]
            .map(|walked| walked.oldest_seconds)
            .into_iter()
            .max()
            .unwrap_or(0),
    })
}

/// A kind of entries.
trait Telling {
    type Entry;

    async fn page(&self, after: Option<&Position>) -> Result<Due<Self::Entry>, StoreError>;

    async fn tell(&self, entry: &Self::Entry) -> Result<(), BoxError>;

    /// since when it waits
    fn since(entry: &Self::Entry) -> Instant;
}

#[derive(Default)]
struct Walked {
    told: u64,
    untold: u64,
    oldest_seconds: u64,
}

async fn walk<T: Telling>(telling: &T, now: Instant) -> Result<Walked, StoreError> {
    let (mut walked, mut after) = (Walked::default(), None);
    for _ in 0..PAGES {
        let due = telling.page(after.as_ref()).await?;
        for error in &due.unreadable {
            walked.untold += 1;
            tracing::error!(
                error = chain(error),
                "an entry that nobody can read is untold"
            );
        }
        let each = stream::iter(&due.entries).map(async |entry| (entry, telling.tell(entry).await));
        let each: Vec<_> = each.buffer_unordered(AT_ONCE).collect().await;
        let mut failed = 0;
        for (entry, told) in &each {
            match told {
                Ok(()) => walked.told += 1,
                Err(error) => {
                    failed += 1;
                    let waited = (now.millis() - T::since(entry).millis()) / SECOND;
                    let waited = u64::try_from(waited).unwrap_or(0);
                    walked.oldest_seconds = walked.oldest_seconds.max(waited);
                    tracing::error!(
                        error = chain(&**error),
                        waited_seconds = waited,
                        "an entry is untold"
                    );
                }
            }
        }
        walked.untold += failed as u64;
        after = due.next;
        // Not an entry's fault: the queue takes nothing, and each try waits for it.
        if after.is_none() || failed >= AT_ONCE && failed == each.len() {
            break;
        }
    }
    Ok(walked)
}
