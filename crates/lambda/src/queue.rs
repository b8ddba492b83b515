//! Messages of a queue that ask for work of minutes, each held by a heartbeat while it is worked on.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};

use crate::heartbeat::{Hidden, Hide};

/// What is to become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// nothing is left to do for it
    Done,
    /// another run works on the same thing, and may die of it: the message must come again. It is no error, for a
    /// queue may give a message twice.
    Again,
}

/// Works on the messages of an invocation, one after the other, each hidden from others meanwhile; answers which are to
/// come again. A run whose message is not its own any more is dropped at its next wait. For mappings of
/// `ReportBatchItemFailures`.
pub async fn work_on<Q: Hide, E>(
    queue: &Q,
    event: SqsEvent,
    mut work: impl AsyncFnMut(&str) -> Result<Turn, E>,
) -> Result<SqsBatchResponse, E> {
    let mut response = SqsBatchResponse::default();
    for message in event.records {
        let body = message.body.as_deref().unwrap_or_default();
        let heart = match &message.receipt_handle {
            Some(receipt) => Some(Hidden::begin(queue, receipt).await),
            None => None,
        };
        // Boxed: a run's future is large.
        let run = Box::pin(work(body));
        let turn = match &heart {
            Some(heart) => heart.keep(run).await.unwrap_or(Ok(Turn::Again)),
            None => run.await,
        };
        if let Some(heart) = heart {
            heart.stop().await;
        }
        if turn? == Turn::Again {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message.message_id.unwrap_or_default();
            response.batch_item_failures.push(failure);
        }
    }
    Ok(response)
}
