//! Tells what invoked the function, and answers in its terms.

use activity_log_control::BoxError;
use activity_log_core::causes::chain;
use activity_log_core::instant::Instant;
use activity_log_core::object::Object;
use activity_log_lambda::metrics;
use activity_log_lambda::queue::work_on;
use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::Diagnostic;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::app::{App, Ports};
use crate::metrics::RolledUp;
use crate::queue::Job;
use crate::{job, tick};

/// An invocation that failed; Lambda counts it as an error.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// neither of the shapes we are wired to
    #[error("the event is neither a scheduled event nor a batch of SQS messages")]
    Unknown,
    /// one of the shapes, and broken
    #[error("the event cannot be read")]
    Unreadable(#[source] serde_json::Error),
    /// the tick did not send every message
    #[error("not every account got its message")]
    Tick(#[source] BoxError),
    /// an account was not rolled up
    #[error("an account was not rolled up")]
    RollUp(#[source] BoxError),
}

/// The error types are stable: alarms and people search for them.
impl From<InvocationError> for Diagnostic {
    fn from(error: InvocationError) -> Self {
        let error_type = match error {
            InvocationError::Unknown => "UnknownEvent",
            InvocationError::Unreadable(_) => "UnreadableEvent",
            InvocationError::Tick(_) => "TickFailed",
            InvocationError::RollUp(_) => "RollUpFailed",
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
        let ticked = tick::fan_out(app).await.map_err(InvocationError::Tick)?;
        metrics::emit(&metrics::line(&ticked, &app.function_name, app.now()));
        return serde_json::to_value(ticked).map_err(InvocationError::Unreadable);
    }
    if probe.records.is_none() {
        return Err(InvocationError::Unknown);
    }
    let event: SqsEvent = serde_json::from_str(event.get()).map_err(InvocationError::Unreadable)?;
    // The queue is wired to give one message at a time: one account, one invocation.
    let response = work_on(app.ports.queue(), event, async |message| {
        let Object(job): Object<Job> =
            serde_json::from_str(message).map_err(InvocationError::Unreadable)?;
        let mut counted = RolledUp::default();
        let done = job::run(app, job, end, &mut counted).await;
        // Also of a run that failed: what it did before counts.
        metrics::emit(&metrics::line(&counted, &app.function_name, app.now()));
        done.map_err(InvocationError::RollUp)
    });
    serde_json::to_value(response.await?).map_err(InvocationError::Unreadable)
}
