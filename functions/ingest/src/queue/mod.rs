//! Messages of the queues: bodies of events, and records of calls.
//!
//! A message of which anything could not be stored, or was rejected, is reported as failed: the
//! queue gives it again, and after its last try it lies whole in the dead-letter queue. Nothing is dropped.
//! What of it was stored is stored once more: the roll-up drops the copy, and no reader sees it twice.

mod events;
mod message;

use activity_log_core::instant::Instant;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};

use crate::app::{App, Directory, EventStore};
use crate::metrics::Taken;

/// Handles messages until `until`, and counts what they brought in `taken`; names those to be given again. What comes
/// from `own_queues` is known to be ours.
pub async fn answer<S: EventStore, D: Directory>(
    app: &App<S, D>,
    event: &SqsEvent,
    own_queues: &[String],
    until: Instant,
    taken: &mut Taken,
) -> SqsBatchResponse {
    let failed = events::store(app, &event.records, own_queues, until, taken).await;
    taken.messages_failed += failed.len() as u64;
    failures(failed)
}

/// The answer that has these messages given again.
pub fn failures(message_ids: Vec<String>) -> SqsBatchResponse {
    let failure = |message_id| {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message_id;
        failure
    };
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = message_ids.into_iter().map(failure).collect();
    response
}
