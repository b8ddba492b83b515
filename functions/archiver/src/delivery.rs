//! One trail's message: takes the trail's steps, one after the other, until there is nothing to do, the
//! bucket fails, or time runs out.
//!
//! While the account's subscription is off there is still something to do: what came in before it ended is
//! delivered, however late. Windows that are not covered are passed over.

use activity_log_archive::uploads::DeliveryError;
use activity_log_archive::window::{ArchiveError, Job, SendError, archive};
use activity_log_control::{Account, Accounts, BoxError, Claim, TrailArchive, TrailReader};
use activity_log_core::account::AccountId;
use activity_log_core::causes::chain;
use activity_log_core::ingest::Until;
use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::trail::Trail;
use activity_log_core::trail::progress::{Period, is_sealed};
use activity_log_core::trail::record::WindowRecord;
use activity_log_core::window::Window;
use activity_log_lambda::heartbeat::{CLAIMED, Heart, after};
use activity_log_lambda::queue::Turn;

use crate::app::{App, Ports};
use crate::claimed::Claimed;
use crate::digests;
use crate::metrics::Delivered;
use crate::queue::TrailMessage;

/// No step is begun with less than this left of the invocation, in milliseconds.
const LEAST_TIME_MS: i64 = 60 * SECOND;
/// How often a step is recorded anew where the trail was changed meanwhile.
const ATTEMPTS: u32 = 10;

/// Why a step was not taken.
#[derive(Debug)]
pub enum StepError {
    /// the customer's bucket did not take a file: noted, tried again with the next tick
    Delivery(DeliveryError),
    /// we failed: the queue gives the message again
    Ours(BoxError),
    /// the window must be rolled up first, which the roll-up's next tick sees to: the message is to come again soon
    NotRolledUp,
}

impl<E: Into<BoxError>> From<E> for StepError {
    fn from(error: E) -> Self {
        Self::Ours(error.into())
    }
}

/// The trail is changed all the time.
#[derive(Debug, thiserror::Error)]
#[error("the trail was changed {ATTEMPTS} times while a step was recorded")]
struct Contended;

/// Takes the steps of a message's trail, of an invocation that ends at `end`, and counts them in `delivered`.
/// An error is ours, never the bucket's.
///
/// The trail is claimed while it is worked on: two runs at once would do the same work, and nothing of it twice. One that
/// is another run's must come again: that run may die.
pub async fn deliver<P: Ports>(
    app: &App<P>,
    message: &TrailMessage,
    end: Instant,
    delivered: &mut Delivered,
) -> Result<Turn, BoxError> {
    let trails = app.ports.trails();
    let Some(mut owner) = Owner::read(app, message.account).await? else {
        return Ok(Turn::Done);
    };
    let now = app.now();
    let claim = trails.claim(message.account, &message.trail, now, after(now, CLAIMED));
    let trail = match claim.await? {
        Claim::Ours(trail) => *trail,
        Claim::Taken => {
            tracing::info!(account = %message.account, trail = %message.trail, "another run works on it");
            return Ok(Turn::Again);
        }
        Claim::Gone => return Ok(Turn::Done),
    };
    let heart = Heart::start(Claimed::new(trails.clone(), trail.clone(), now));
    let steps = steps(app, trail.clone(), &mut owner, end, delivered);
    // Boxed: it is large.
    let taken = heart.keep(Box::pin(steps)).await;
    if let Some(claimed) = heart.stop().await {
        claimed.release().await?;
    }
    let Ok(taken) = taken else {
        return Ok(Turn::Again);
    };
    if let Some(trail) = trails.trail(message.account, &message.trail).await? {
        delivered.lag_seconds = lag_seconds(&trail, &owner);
    }
    taken
}

/// The account of a trail, as it was when it was read. Windows that were not sealed by then are left alone:
/// whether the subscription covers them may have been decided since.
struct Owner {
    account: Account,
    read: Instant,
}

impl Owner {
    async fn read<P: Ports>(app: &App<P>, id: AccountId) -> Result<Option<Self>, BoxError> {
        let read = app.now();
        let account = app.ports.accounts().account(id).await?;
        Ok(account.map(|account| Self { account, read }))
    }

    fn due_window(&self, trail: &Trail) -> Option<Window> {
        trail.due_window(self.read, &self.account.subscription)
    }
}

/// What fails on the way is tried again with the next tick; until then digests that cannot be delivered
/// keep no archive back, nor the other way round. A window that is not rolled up comes again before.
async fn steps<P: Ports>(
    app: &App<P>,
    mut trail: Trail,
    owner: &mut Owner,
    end: Instant,
    delivered: &mut Delivered,
) -> Result<Turn, BoxError> {
    let (mut archives, mut digests, mut ours) = (true, true, None);
    let mut turn = Turn::Done;
    while app.now() < end.plus_millis(-LEAST_TIME_MS) {
        let (digest, window) = (trail.due_digest(), owner.due_window(&trail));
        let (attempts, goes_on, taken) =
            match (digest.filter(|_| digests), window.filter(|_| archives)) {
                (Some(period), _) => {
                    let taken = digests::deliver(app, &trail, period, delivered).await;
                    (&mut trail.delivery.digests, &mut digests, taken)
                }
                (None, Some(window)) => {
                    let taken = archive_window(app, &trail, &owner.account, window, end, delivered);
                    let taken = taken.await;
                    (&mut trail.delivery.archives, &mut archives, taken)
                }
                (None, None) => break,
            };
        match taken {
            Ok(()) => {}
            Err(StepError::Ours(error)) => {
                *goes_on = false;
                ours.get_or_insert(error);
            }
            Err(StepError::NotRolledUp) => {
                *goes_on = false;
                turn = Turn::Again;
                tracing::info!(account = %trail.account, trail = %trail.name, "waits for the roll-up");
            }
            Err(StepError::Delivery(error)) => {
                *goes_on = false;
                delivered.delivery_errors += 1;
                attempts.failed(app.now(), &error.code);
                warn(&trail, &error);
                app.ports.trails().note_delivery(&trail).await?;
            }
        }
        let again = app.ports.trails().trail(trail.account, &trail.name).await?;
        match again.filter(|again| again.id == trail.id) {
            Some(again) => trail = again,
            None => break,
        }
        match Owner::read(app, trail.account).await? {
            Some(again) => *owner = again,
            None => break,
        }
    }
    ours.map_or(Ok(turn), Err)
}

async fn archive_window<P: Ports>(
    app: &App<P>,
    trail: &Trail,
    account: &Account,
    window: Window,
    end: Instant,
    delivered: &mut Delivered,
) -> Result<(), StepError> {
    let job = Job {
        trail,
        region: &app.region,
        window,
        now: app.now(),
        sizes: app.sizes,
    };
    let clock = Until {
        clock: || app.now(),
        end,
    };
    let record = archive(app.ports.events(), app.ports.uploads(), job, &clock).await;
    let record = record.map_err(|error| match error {
        ArchiveError::Send(SendError::Delivery(error)) => StepError::Delivery(error),
        ArchiveError::NotRolledUp => StepError::NotRolledUp,
        error => error.into(),
    })?;
    let after = commit(app, trail, |trail| {
        let kept = trail.keeps_records().then_some(&record);
        (trail.archived(window, &account.subscription), kept, None)
    });
    let Some(mut after) = after.await? else {
        // Another run has done it, or the trail is gone.
        return Ok(());
    };
    delivered.windows_archived += 1;
    delivered.events_archived += record.counts.archived;
    // Where the store does not know any more what it had of a window, nobody knows how many there were.
    delivered.expired_parts += record.counts.expired_parts + u64::from(record.retention_over);
    log(trail, &record);
    if !record.archives.is_empty() {
        after.delivery.archives.succeeded(app.now());
        app.ports.trails().note_delivery(&after).await?;
    }
    Ok(())
}

/// Records a step. Where the customer changed the trail meanwhile, what was delivered is still right: the
/// trail is read again, and the step is recorded on what it is now. `None` if the archiver's own progress is
/// another: the step is recorded already, or the trail is another.
pub(crate) async fn commit<'r, P: Ports>(
    app: &App<P>,
    trail: &Trail,
    step: impl Fn(&Trail) -> (Trail, Option<&'r WindowRecord>, Option<Period>),
) -> Result<Option<Trail>, BoxError> {
    let trails = app.ports.trails();
    let mut before = trail.clone();
    for _ in 0..ATTEMPTS {
        let (after, record, digested) = step(&before);
        if trails.advance(&before, &after, record, digested).await? {
            return Ok(Some(after));
        }
        match trails.trail(trail.account, &trail.name).await? {
            Some(again) if again.id == trail.id && again.progress == trail.progress => {
                before = again;
            }
            _ => return Ok(None),
        }
    }
    Err(Contended.into())
}

fn warn(trail: &Trail, error: &DeliveryError) {
    tracing::warn!(
        account = %trail.account,
        trail = %trail.name,
        code = error.code,
        cause = chain(error),
        "a file was not delivered"
    );
}

fn log(trail: &Trail, record: &WindowRecord) {
    let counts = record.counts;
    tracing::info!(
        account = %trail.account,
        trail = %trail.name,
        window = %record.window.start(),
        ingested = counts.ingested,
        archived = counts.archived,
        filtered_out = counts.filtered_out,
        duplicates = counts.duplicates,
        conflicts = counts.conflicts,
        expired_parts = counts.expired_parts,
        archives = record.archives.len(),
        size_bytes = record.archives.iter().map(|one| one.bytes).sum::<u64>(),
        "archived"
    );
}

/// How long the oldest sealed window that is to be archived and is not has been over.
fn lag_seconds(trail: &Trail, owner: &Owner) -> u64 {
    let now = owner.read;
    let next = trail.next_window(&owner.account.subscription);
    let waiting = next.filter(|window| is_sealed(*window, now));
    let late = waiting.map_or(0, |window| now.millis() - window.end().millis());
    u64::try_from(late / SECOND).unwrap_or(0)
}
