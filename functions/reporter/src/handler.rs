//! Reads the queue's message, and answers in Lambda's terms.

use activity_log_control::BoxError;
use activity_log_core::causes::chain;
use activity_log_core::instant::Instant;
use activity_log_core::reports::WorkMessage;
use activity_log_lambda::metrics;
use activity_log_lambda::queue::{Turn, work_on};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::Diagnostic;
use serde_json::value::RawValue;

use crate::app::{App, Ports};
use crate::metrics::Worked;
use crate::{check, report};

/// An invocation that failed; Lambda counts it as an error, and the queue gives the message again.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// not what we are wired to
    #[error("the event is no batch of SQS messages")]
    Unreadable(#[source] serde_json::Error),
    /// a message that nobody of us sends
    #[error("the message is neither a report's nor a plugin's")]
    Message(#[source] serde_json::Error),
    /// a run failed, and not because of what was asked for
    #[error("a report was not built")]
    Report(#[source] BoxError),
    /// a check failed, and not because of the plugin
    #[error("a plugin was not checked")]
    Plugin(#[source] BoxError),
}

/// The error types are stable: alarms and people search for them.
impl From<InvocationError> for Diagnostic {
    fn from(error: InvocationError) -> Self {
        let error_type = match error {
            InvocationError::Unreadable(_) => "UnreadableEvent",
            InvocationError::Message(_) => "UnreadableMessage",
            InvocationError::Report(_) => "ReportFailed",
            InvocationError::Plugin(_) => "CheckFailed",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: chain(&error),
        }
    }
}

/// Handles one invocation, which ends at `end`; answers which messages are to come again.
pub async fn handle<P: Ports>(
    app: &App<P>,
    event: &RawValue,
    end: Instant,
) -> Result<SqsBatchResponse, InvocationError> {
    let event: SqsEvent = serde_json::from_str(event.get()).map_err(InvocationError::Unreadable)?;
    // The queue is wired to give one message at a time: one report, one invocation.
    work_on(app.ports.queue(), event, async |message| {
        let message = serde_json::from_str(message).map_err(InvocationError::Message)?;
        let mut worked = Worked::default();
        let done = work(app, message, end, &mut worked).await;
        // Also of a run that failed: what it did before counts.
        metrics::emit(&metrics::line(&worked, &app.function_name, app.now()));
        done
    })
    .await
}

/// Does what one message asks for, and counts it in `worked`.
pub async fn work<P: Ports>(
    app: &App<P>,
    message: WorkMessage,
    end: Instant,
    worked: &mut Worked,
) -> Result<Turn, InvocationError> {
    match message {
        WorkMessage::Report { account, id } => report::run(app, account, id, end, worked)
            .await
            .map_err(InvocationError::Report),
        WorkMessage::Plugin { account, id } => check::run(app, account, id, worked)
            .await
            .map_err(InvocationError::Plugin),
    }
}
