//! Messages of the queues: bodies of events, records of calls, and notices of imported files.
//!
//! A message of which anything could not be stored, or was rejected, is reported as failed: the
//! queue gives it again, what is stored by then counts as duplicate, and after its last try it lies
//! whole in the dead-letter queue. Nothing is dropped.

mod events;
mod import;
mod message;

use activity_log_core::causes::chain;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};

use crate::app::{App, Directory, EventStore};
use crate::files::ImportedFiles;
use crate::metrics::Taken;

/// Handles messages, and counts what they brought in `taken`; names those to be given again.
pub async fn answer<S: EventStore, D: Directory, F: ImportedFiles>(
    app: &App<S, D, F>,
    event: SqsEvent,
    taken: &mut Taken,
) -> SqsBatchResponse {
    let (imports, bodies): (Vec<_>, Vec<_>) = event
        .records
        .into_iter()
        .partition(|message| message.event_source_arn.as_deref() == Some(&app.queues.imports));
    let mut failed = events::store(app, &bodies, taken).await;
    taken.messages_failed += failed.len() as u64;
    for message in &imports {
        let notice = message.body.as_deref().unwrap_or_default();
        if let Err(error) = import::import(app, notice, taken).await {
            tracing::error!(
                message_id = message.message_id,
                cause = chain(&error),
                "a file was not imported"
            );
            taken.files_failed += 1;
            failed.push(message.message_id.clone().unwrap_or_default());
        }
    }
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed.into_iter().map(failure).collect();
    response
}

fn failure(message_id: String) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = message_id;
    failure
}
