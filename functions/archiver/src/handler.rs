//! Tells what invoked the function, and answers in its terms.

use activity_log_control::BoxError;
use activity_log_core::causes::chain;
use activity_log_core::instant::Instant;
use activity_log_core::object::Object;
use activity_log_lambda::metrics;
use activity_log_lambda::queue::{Turn, work_on};
use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::Diagnostic;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::app::{App, Ports};
use crate::metrics::{Cleaned, Delivered, Tick};
use crate::queue::TrailMessage;
use crate::{cleaning, delivery, tick};

/// An invocation that failed; Lambda counts it as an error.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// neither of the shapes we are wired to
    #[error("the event is neither a scheduled event nor a batch of SQS messages")]
    Unknown,
    /// one of the shapes, and broken
    #[error("the event cannot be read")]
    Unreadable(#[source] serde_json::Error),
    /// the tick did not reach every trail
    #[error("not every trail got its message")]
    Tick(#[source] BoxError),
    /// a trail's steps failed, and not because of its bucket
    #[error("a trail was not archived")]
    Trail(#[source] BoxError),
}

/// The error types are stable: alarms and people search for them.
impl From<InvocationError> for Diagnostic {
    fn from(error: InvocationError) -> Self {
        let error_type = match error {
            InvocationError::Unknown => "UnknownEvent",
            InvocationError::Unreadable(_) => "UnreadableEvent",
            InvocationError::Tick(_) => "TickFailed",
            InvocationError::Trail(_) => "TrailFailed",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: chain(&error),
        }
    }
}

#[derive(Deserialize)]
struct Probe {
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    #[serde(rename = "Records")]
    records: Option<IgnoredAny>,
}

/// Handles one invocation, which ends at `end`.
pub async fn handle<P: Ports>(
    app: &App<P>,
    event: &RawValue,
    end: Instant,
) -> Result<Value, InvocationError> {
    let Object(probe): Object<Probe> =
        serde_json::from_str(event.get()).map_err(InvocationError::Unreadable)?;
    if probe.detail_type.as_deref() == Some("Scheduled Event") {
        // At once, not behind the cleaning: that takes minutes, and trails do not wait for it.
        let sent = tick::fan_out(app).await;
        if sent.is_ok() {
            metrics::emit(&metrics::line(&Tick::DONE, &app.function_name, app.now()));
        }
        let cleaned = clean(app, end).await;
        let sent = sent.map_err(InvocationError::Tick)?;
        tracing::info!(trails = sent, cleaned.cleaned_trails, "tick");
        return Ok(
            serde_json::json!({"trails": sent, "cleaned": cleaned.cleaned_trails, "uncleaned": cleaned.uncleaned_trails}),
        );
    }
    if probe.records.is_none() {
        return Err(InvocationError::Unknown);
    }
    let event: SqsEvent = serde_json::from_str(event.get()).map_err(InvocationError::Unreadable)?;
    // The queue is wired to give one message at a time: one trail, one invocation.
    let response = work_on(app.ports.queue(), event, async |message| {
        deliver(app, message, end).await
    });
    serde_json::to_value(response.await.map_err(InvocationError::Trail)?)
        .map_err(InvocationError::Unreadable)
}

/// Cleans. What fails is logged and counted, and is no failure of the tick: Lambda would send every trail's message again.
async fn clean<P: Ports>(app: &App<P>, end: Instant) -> Cleaned {
    let cleaned = cleaning::clean(app, end).await;
    metrics::emit(&metrics::line(&cleaned, &app.function_name, app.now()));
    cleaned
}

async fn deliver<P: Ports>(app: &App<P>, message: &str, end: Instant) -> Result<Turn, BoxError> {
    let Object(message): Object<TrailMessage> = serde_json::from_str(message)?;
    let mut delivered = Delivered::default();
    let done = delivery::deliver(app, &message, end, &mut delivered).await;
    // Also of a run that failed: what it did before counts.
    metrics::emit(&metrics::line(&delivered, &app.function_name, app.now()));
    done
}
