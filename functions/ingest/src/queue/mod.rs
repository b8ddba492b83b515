//! Messages of the two queues: bodies of events, and notices of imported files.
//!
//! A message of which anything could not be stored, or was rejected, is reported as failed: the
//! queue gives it again, what is stored by then counts as duplicate, and after its last try it lies
//! whole in the dead-letter queue. Nothing is dropped.

mod import;
mod message;

use std::collections::BTreeMap;

use activity_log_core::account::AccountId;
use activity_log_core::ingest::{Outcome, Receipt};
use activity_log_lambda::chain;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};

use crate::app::{App, Directory, EventStore};
use crate::files::ImportedFiles;
use message::{EventMessage, MessageError};

/// Handles messages; names those to be given again.
pub async fn answer<S: EventStore, D: Directory, F: ImportedFiles>(
    app: &App<S, D, F>,
    event: SqsEvent,
) -> SqsBatchResponse {
    let (imports, bodies): (Vec<_>, Vec<_>) = event
        .records
        .into_iter()
        .partition(|message| message.event_source_arn.as_deref() == Some(&app.imports_queue_arn));
    let mut failed = events(app, &bodies).await;
    for message in &imports {
        if let Err(error) = import::import(app, message.body.as_deref().unwrap_or_default()).await {
            tracing::error!(
                message_id = message.message_id,
                cause = chain(&error),
                "a file was not imported"
            );
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

/// Messages of events, stored together by account: many small messages make few large segments.
async fn events<S: EventStore, D: Directory, F: ImportedFiles>(
    app: &App<S, D, F>,
    messages: &[SqsMessage],
) -> Vec<String> {
    let mut failed = Vec::new();
    let mut opened: Vec<(usize, EventMessage)> = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        match EventMessage::open(message) {
            Ok(message) => opened.push((place, message)),
            Err(error) => failed.push(refuse(message, &error)),
        }
    }
    let mut by_account: BTreeMap<AccountId, Vec<(usize, Vec<&str>)>> = BTreeMap::new();
    for (place, message) in &opened {
        let taken = async {
            let records = message.records()?;
            let account = app.directory.resolve_source(message.sender).await;
            let account = account.map_err(MessageError::Directory)?;
            Ok((
                account.ok_or(MessageError::UnknownAccount(message.sender))?,
                records,
            ))
        };
        match taken.await {
            Ok((account, records)) => by_account
                .entry(account)
                .or_default()
                .push((*place, records)),
            Err(error) => failed.push(refuse(&messages[*place], &error)),
        }
    }
    for (account, parts) in by_account {
        let retention_days = match app.directory.account(account).await {
            Ok(found) => found.map_or(app.retention_days, |account| app.retention_of(&account)),
            Err(error) => {
                let error = MessageError::Directory(error);
                failed.extend(
                    parts
                        .iter()
                        .map(|(place, _)| refuse(&messages[*place], &error)),
                );
                continue;
            }
        };
        let records: Vec<&str> = parts
            .iter()
            .flat_map(|(_, records)| records)
            .copied()
            .collect();
        let done = app.store(account, retention_days, &records, "queue").await;
        let mut receipts = done.receipts.iter();
        for (place, records) in &parts {
            let own: Vec<&Receipt> = receipts.by_ref().take(records.len()).collect();
            if !all_stored(&own) {
                failed.push(refuse(
                    &messages[*place],
                    &MessageError::NotAllStored(first_cause(&own)),
                ));
            }
        }
    }
    failed
}

fn all_stored(receipts: &[&Receipt]) -> bool {
    receipts
        .iter()
        .all(|receipt| matches!(receipt.outcome, Outcome::Accepted | Outcome::Duplicate))
}

/// What is wrong with the first record that was not stored; names field and rule, never values.
fn first_cause(receipts: &[&Receipt]) -> String {
    let cause = receipts
        .iter()
        .enumerate()
        .find_map(|(index, receipt)| match &receipt.outcome {
            Outcome::Rejected(rejection) => Some(format!("record {index}: {rejection}")),
            Outcome::Failed => Some(format!("record {index}: could not be stored now")),
            Outcome::Accepted | Outcome::Duplicate => None,
        });
    cause.unwrap_or_default()
}

fn refuse(message: &SqsMessage, error: &MessageError) -> String {
    tracing::error!(
        message_id = message.message_id,
        cause = chain(error),
        "a message was not stored whole"
    );
    message.message_id.clone().unwrap_or_default()
}
