//! `GetTrailStatus`: whether a trail logs, and how its deliveries go.

use activity_log_calls::Resource;
use activity_log_control::Permission;
use activity_log_core::instant::Instant;
use activity_log_core::subscription::Subscription;
use activity_log_core::trail::Trail;
use activity_log_core::trail::progress::is_sealed;
use serde::Serialize;

use crate::error::ApiError;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::timestamp::Timestamp;
use crate::trails::Named;
use crate::trails::change::find;
use crate::trails::reference::{self, Home, Reference};

/// `GetTrailStatus`.
#[derive(Debug)]
pub struct GetTrailStatus;

/// The reply. The texts are from before AWS had timestamps here; they are empty when there is nothing to say.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    is_logging: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_delivery_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_delivery_error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_logging_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_logging_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_digest_delivery_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_digest_delivery_error: Option<String>,
    latest_delivery_attempt_time: String,
    latest_notification_attempt_time: &'static str,
    latest_notification_attempt_succeeded: &'static str,
    latest_delivery_attempt_succeeded: String,
    time_logging_started: String,
    time_logging_stopped: String,
    /// ours: the start of the oldest window that could be archived and is not
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_pending_window: Option<Timestamp>,
}

impl<P: Ports> Operation<P> for GetTrailStatus {
    const NAME: &'static str = "GetTrailStatus";
    const PERMISSION: Permission = Permission::Auditor;
    const READ_ONLY: bool = true;
    type Input = Named;
    type Output = Output;

    fn resources(input: &Named, home: Home<'_>) -> Vec<Resource> {
        reference::resources(input.name.as_deref(), home)
    }

    async fn run(call: &Call<'_, P>, input: Named) -> Result<Output, ApiError> {
        let home = Home::of(call);
        let reference = Reference::read(input.name.as_deref(), home)?;
        let trail = find(call, &reference).await?;
        let trail = trail.ok_or_else(|| reference.unknown_arn(home))?;
        let subscription = &call.principal.account.subscription;
        Ok(Output::of(trail, subscription, call.now))
    }
}

impl Output {
    fn of(trail: Trail, subscription: &Subscription, now: Instant) -> Self {
        let next = trail.next_window(subscription);
        let pending = next.filter(|next| is_sealed(*next, now));
        let (archives, digests) = (trail.delivery.archives, trail.delivery.digests);
        let (started, stopped) = (trail.logging.started, trail.logging.stopped);
        Self {
            is_logging: trail.logging.is_on(),
            latest_delivery_time: archives.delivered.map(Timestamp),
            latest_delivery_error: archives.error,
            start_logging_time: started.map(Timestamp),
            stop_logging_time: stopped.map(Timestamp),
            latest_digest_delivery_time: digests.delivered.map(Timestamp),
            latest_digest_delivery_error: digests.error,
            latest_delivery_attempt_time: text(archives.attempted),
            latest_notification_attempt_time: "",
            latest_notification_attempt_succeeded: "",
            latest_delivery_attempt_succeeded: text(archives.delivered),
            time_logging_started: text(started),
            time_logging_stopped: text(stopped),
            oldest_pending_window: pending.map(|window| Timestamp(window.start())),
        }
    }
}

/// To the second, as AWS writes it.
fn text(time: Option<Instant>) -> String {
    let second = time.map(|time| Instant::from_seconds(time.seconds()));
    second.map(|second| second.to_string()).unwrap_or_default()
}
