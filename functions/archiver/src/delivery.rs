//! One trail's message: takes the trail's steps, one after the other, until there is nothing to do, the
//! bucket fails, or time runs out.

use activity_log_archive::uploads::DeliveryError;
use activity_log_archive::window::{ArchiveError, Job, SendError, archive};
use activity_log_control::{Account, Accounts, BoxError, TrailArchive, TrailReader};
use activity_log_core::causes::chain;
use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::trail::Trail;
use activity_log_core::trail::progress::{Step, is_sealed};
use activity_log_core::trail::record::WindowRecord;
use activity_log_core::window::Window;

use crate::app::{App, Ports};
use crate::digests;
use crate::metrics::Delivered;
use crate::queue::TrailMessage;

/// Why steps stopped.
#[derive(Debug)]
pub enum StepError {
    /// the customer's bucket did not take a file: noted, tried again with the next tick
    Delivery(DeliveryError),
    /// we failed: the queue gives the message again
    Ours(BoxError),
}

impl<E: Into<BoxError>> From<E> for StepError {
    fn from(error: E) -> Self {
        Self::Ours(error.into())
    }
}

/// Takes the steps of a message's trail until `deadline`. An error is ours, never the bucket's.
pub async fn deliver<P: Ports>(
    app: &App<P>,
    message: &TrailMessage,
    deadline: Instant,
) -> Result<Delivered, BoxError> {
    let mut delivered = Delivered::default();
    let Some(account) = app.ports.accounts().account(message.account).await? else {
        return Ok(delivered);
    };
    while app.now() < deadline {
        let trail = app.ports.trails().trail(message.account, &message.trail);
        let Some(trail) = trail.await? else { break };
        let step = trail.step(app.now());
        let taken = match step {
            Step::Wait => break,
            Step::Archive(window) => {
                archive_window(app, &trail, &account, window, &mut delivered).await
            }
            Step::Digest(span) => digests::deliver(app, &trail, span, &mut delivered).await,
        };
        match taken {
            Ok(()) => {}
            Err(StepError::Ours(error)) => return Err(error),
            Err(StepError::Delivery(error)) => {
                delivered.delivery_errors += 1;
                note_failure(app, trail, step, &error).await?;
                break;
            }
        }
    }
    let trail = app.ports.trails().trail(message.account, &message.trail);
    if let Some(trail) = trail.await? {
        delivered.lag_seconds = lag_seconds(&trail, app.now());
    }
    Ok(delivered)
}

async fn archive_window<P: Ports>(
    app: &App<P>,
    trail: &Trail,
    account: &Account,
    window: Window,
    delivered: &mut Delivered,
) -> Result<(), StepError> {
    let job = Job {
        trail,
        region: &app.region,
        window,
        retention_days: account.retention_days(app.retention_days),
        now: app.now(),
        sizes: app.sizes,
    };
    let record = archive(app.ports.events(), app.ports.uploads(), job).await;
    let record = record.map_err(|error| match error {
        ArchiveError::Send(SendError::Delivery(error)) => StepError::Delivery(error),
        error => error.into(),
    })?;
    let Some(mut after) = commit(app, trail, &record).await? else {
        // Another run has done it, or the trail is gone.
        return Ok(());
    };
    delivered.windows_archived += 1;
    delivered.events_archived += record.counts.archived;
    // Of a window whose retention is over as a whole nobody knows how many there were.
    delivered.expired_segments += record.counts.expired_segments + u64::from(record.retention_over);
    log(trail, &record);
    if !record.archives.is_empty() {
        after.delivery.archives.succeeded(app.now());
        app.ports.trails().note_delivery(&after).await?;
    }
    Ok(())
}

/// Records the window as archived. Logging that was started or stopped meanwhile does not change what the
/// window holds: the trail is read again, and the window is not archived again.
async fn commit<P: Ports>(
    app: &App<P>,
    trail: &Trail,
    record: &WindowRecord,
) -> Result<Option<Trail>, BoxError> {
    let mut before = trail.clone();
    loop {
        let after = before.archived(record.window);
        let kept = before.keeps_records().then_some(record);
        if app
            .ports
            .trails()
            .advance(&before, &after, kept, None)
            .await?
        {
            return Ok(Some(after));
        }
        let again = app.ports.trails().trail(trail.account, &trail.name).await?;
        match again {
            Some(again) if again.id == trail.id && again.progress == trail.progress => {
                before = again;
            }
            _ => return Ok(None),
        }
    }
}

async fn note_failure<P: Ports>(
    app: &App<P>,
    mut trail: Trail,
    step: Step,
    error: &DeliveryError,
) -> Result<(), BoxError> {
    tracing::warn!(
        account = %trail.account,
        trail = %trail.name,
        code = error.code,
        cause = chain(error),
        "a file was not delivered"
    );
    let attempts = match step {
        Step::Digest(_) => &mut trail.delivery.digests,
        _ => &mut trail.delivery.archives,
    };
    attempts.failed(app.now(), &error.code);
    Ok(app.ports.trails().note_delivery(&trail).await?)
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
        expired_segments = counts.expired_segments,
        archives = record.archives.len(),
        size_bytes = record.archives.iter().map(|one| one.bytes).sum::<u64>(),
        "archived"
    );
}

/// How long the oldest sealed window that is not archived has been over.
fn lag_seconds(trail: &Trail, now: Instant) -> u64 {
    let waiting = trail.next_window().filter(|window| is_sealed(*window, now));
    let late = waiting.map_or(0, |window| now.millis() - window.end().millis());
    u64::try_from(late / SECOND).unwrap_or(0)
}
