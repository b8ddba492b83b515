//! The schedule's tick: a message for each trail, and the public key kept for those who verify.

use activity_log_control::{BoxError, TrailReader as _};
use activity_log_core::instant::DAY;

use crate::app::{App, Ports};
use crate::digests;
use crate::queue::{Queue, TrailMessage};

/// Sends a message for every trail of every account; gives how many.
///
/// Trails that do not log get one too: what they have to deliver, only they know.
pub async fn fan_out<P: Ports>(app: &App<P>) -> Result<usize, BoxError> {
    let trails = app.ports.trails().all_trails().await?;
    let messages: Vec<TrailMessage> = trails
        .into_iter()
        .map(|(account, trail)| TrailMessage { account, trail })
        .collect();
    app.ports.queue().send(&messages).await?;
    // After the messages: a key service that does not answer keeps no archive back.
    // The first digests it signs may be of windows as old as a bucket was broken.
    let since = app.now().plus_millis(-i64::from(app.retention_days) * DAY);
    digests::keep_key(app, since).await?;
    Ok(messages.len())
}
