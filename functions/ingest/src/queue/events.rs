//! Messages of events, stored together by account: many small messages make few large segments.

use std::collections::BTreeMap;

use activity_log_core::account::AccountId;
use activity_log_core::causes::chain;
use activity_log_core::ingest::{Incoming, Outcome, Receipt};
use activity_log_core::origin::Origin;
use aws_lambda_events::sqs::SqsMessage;

use super::message::{EventMessage, MessageError};
use crate::app::{App, Directory, EventStore};
use crate::files::ImportedFiles;
use crate::metrics::Taken;
use crate::sender::Receiver;

/// Bodies held in memory at once, decompressed; the next messages wait until these are stored.
const GROUP_BYTES: usize = 16 * 1024 * 1024;

/// A message that was opened, and its place among those delivered.
type Opened = (usize, EventMessage);

/// Its records, once it is known whose they are.
struct Part<'m> {
    place: usize,
    origin: &'m Origin,
    records: Vec<&'m str>,
}

/// Stores messages; gives the ids of those to be given again.
pub(super) async fn store<S: EventStore, D: Directory, F: ImportedFiles>(
    app: &App<S, D, F>,
    messages: &[SqsMessage],
    taken: &mut Taken,
) -> Vec<String> {
    let mut failed = Failed {
        messages,
        ids: Vec::new(),
    };
    let (mut group, mut bytes): (Vec<Opened>, usize) = (Vec::new(), 0);
    for (place, message) in messages.iter().enumerate() {
        let queue = message.event_source_arn.as_ref();
        let is_calls = queue.is_some_and(|queue| app.queues.calls.contains(queue));
        match EventMessage::open(message, is_calls) {
            Ok(message) => {
                bytes += message.bytes();
                group.push((place, message));
            }
            Err(error) => failed.add(place, &error),
        }
        if bytes > GROUP_BYTES {
            store_group(app, &group, &mut failed, taken).await;
            (group, bytes) = (Vec::new(), 0);
        }
    }
    store_group(app, &group, &mut failed, taken).await;
    failed.ids
}

async fn store_group<S: EventStore, D: Directory, F: ImportedFiles>(
    app: &App<S, D, F>,
    group: &[Opened],
    failed: &mut Failed<'_>,
    taken: &mut Taken,
) {
    // Most messages come from a few senders: each is looked up once.
    let mut receivers: BTreeMap<AccountId, Receiver> = BTreeMap::new();
    let mut parts: BTreeMap<Receiver, Vec<Part<'_>>> = BTreeMap::new();
    for (place, message) in group {
        match records_of(app, message, &mut receivers).await {
            Ok((receiver, records)) => parts.entry(receiver).or_default().push(Part {
                place: *place,
                origin: &message.origin,
                records,
            }),
            Err(error) => failed.add(*place, &error),
        }
    }
    for (receiver, parts) in parts {
        store_parts(app, receiver, &parts, failed, taken).await;
    }
}

async fn records_of<'m, S: EventStore, D: Directory, F: ImportedFiles>(
    app: &App<S, D, F>,
    message: &'m EventMessage,
    receivers: &mut BTreeMap<AccountId, Receiver>,
) -> Result<(Receiver, Vec<&'m str>), MessageError> {
    let records = message.records()?;
    if let Some(receiver) = receivers.get(&message.sender) {
        return Ok((*receiver, records));
    }
    let receiver = app.receiver(message.sender).await?;
    receivers.insert(message.sender, receiver);
    Ok((receiver, records))
}

async fn store_parts<S: EventStore, D: Directory, F: ImportedFiles>(
    app: &App<S, D, F>,
    receiver: Receiver,
    parts: &[Part<'_>],
    failed: &mut Failed<'_>,
    taken: &mut Taken,
) {
    let records: Vec<Incoming<'_>> = parts
        .iter()
        .flat_map(|part| {
            part.records.iter().map(|text| Incoming {
                text,
                body: part.place,
                origin: part.origin,
            })
        })
        .collect();
    let done = app.store(receiver, &records, "queue").await;
    taken.stored(&records, &done.receipts);
    let mut receipts = done.receipts.iter();
    for part in parts {
        let own: Vec<&Receipt> = receipts.by_ref().take(part.records.len()).collect();
        if let Some(cause) = first_cause(&own) {
            failed.add(part.place, &MessageError::NotAllStored(cause));
        }
    }
}

/// What is wrong with the first record that was not stored; names field and rule, never values.
fn first_cause(receipts: &[&Receipt]) -> Option<String> {
    receipts
        .iter()
        .enumerate()
        .find_map(|(index, receipt)| match &receipt.outcome {
            Outcome::Rejected(rejection) => Some(format!("record {index}: {rejection}")),
            Outcome::Failed => Some(format!("record {index}: could not be stored now")),
            Outcome::Accepted | Outcome::Duplicate => None,
        })
}

/// Messages that were not stored whole.
struct Failed<'m> {
    messages: &'m [SqsMessage],
    ids: Vec<String>,
}

impl Failed<'_> {
    fn add(&mut self, place: usize, error: &MessageError) {
        let message_id = self.messages[place].message_id.clone().unwrap_or_default();
        let cause = chain(error);
        tracing::error!(message_id, cause, "a message was not stored whole");
        self.ids.push(message_id);
    }
}
