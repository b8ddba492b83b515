//! Messages of events, stored together by account: many small messages make few large arrivals.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use activity_log_core::account::AccountId;
use activity_log_core::causes::chain;
use activity_log_core::ingest::{Incoming, Outcome, Receipt};
use activity_log_core::instant::Instant;
use activity_log_core::origin::Origin;
use aws_lambda_events::sqs::SqsMessage;
use futures::StreamExt as _;
use futures::stream;

use super::message::{EventMessage, MessageError};
use crate::app::{App, Directory, EventStore};
use crate::metrics::{Events, Taken};
use crate::receivers::Receiver;

/// Bodies held in memory at once, decompressed; the next messages wait until these are stored.
const GROUP_BYTES: usize = 16 * 1024 * 1024;
/// Accounts whose events are stored at once: none waits for all others.
const ACCOUNTS_AT_ONCE: usize = 20;

/// A message that was opened, and its place among those delivered.
type Opened = (usize, EventMessage);

/// Its records, once it is known whose they are.
struct Part<'m> {
    place: usize,
    origin: &'m Origin,
    records: Vec<&'m str>,
}

/// Stores messages until `until`; gives the ids of those to be given again.
pub(super) async fn store<S: EventStore, D: Directory>(
    app: &App<S, D>,
    messages: &[SqsMessage],
    own_queues: &[String],
    until: Instant,
    taken: &mut Taken,
) -> Vec<String> {
    let mut failed = Failed::default();
    let (mut group, mut bytes): (Vec<Opened>, usize) = (Vec::new(), 0);
    for (place, message) in messages.iter().enumerate() {
        let queue = message.event_source_arn.as_ref();
        let is_own = queue.is_some_and(|queue| own_queues.contains(queue));
        match EventMessage::open(message, is_own) {
            Ok(message) => {
                bytes += message.bytes();
                group.push((place, message));
            }
            Err(error) => failed.add(place, &error),
        }
        if bytes > GROUP_BYTES {
            store_group(app, &group, until, &mut failed, taken).await;
            (group, bytes) = (Vec::new(), 0);
        }
    }
    store_group(app, &group, until, &mut failed, taken).await;
    failed.ids(messages)
}

async fn store_group<S: EventStore, D: Directory>(
    app: &App<S, D>,
    group: &[Opened],
    until: Instant,
    failed: &mut Failed,
    taken: &mut Taken,
) {
    let parts = by_receiver(app, group, failed).await;
    let stored = parts
        .into_iter()
        .map(async |(receiver, parts)| store_parts(app, receiver, parts, until).await);
    let mut stored = stream::iter(stored).buffer_unordered(ACCOUNTS_AT_ONCE);
    while let Some((events, not_whole)) = stored.next().await {
        taken.events += events;
        for (place, error) in not_whole {
            failed.add(place, &error);
        }
    }
}

/// What each account gets. All senders are looked up together.
async fn by_receiver<'m, S: EventStore, D: Directory>(
    app: &App<S, D>,
    group: &'m [Opened],
    failed: &mut Failed,
) -> BTreeMap<Receiver, Vec<Part<'m>>> {
    let mut of_senders: BTreeMap<(AccountId, bool), Vec<Part<'m>>> = BTreeMap::new();
    for (place, message) in group {
        match message.records() {
            Ok(records) => of_senders
                .entry((message.sender, message.is_own()))
                .or_default()
                .push(Part {
                    place: *place,
                    origin: &message.origin,
                    records,
                }),
            Err(error) => failed.add(*place, &error),
        }
    }
    let senders: BTreeSet<AccountId> = of_senders.keys().map(|(sender, _)| *sender).collect();
    let receivers = app.receivers(&senders).await;
    let mut of_receivers: BTreeMap<Receiver, Vec<Part<'m>>> = BTreeMap::new();
    for ((sender, is_own), parts) in of_senders {
        match receivers.get(&sender) {
            // What we tell of an account is for its log alone, never for that of whom an AWS account is linked to.
            Some(Ok(receiver)) if is_own && receiver.account != sender => {
                let error = MessageError::NoSuchAccount(sender);
                for part in &parts {
                    failed.add(part.place, &error);
                }
            }
            Some(Ok(receiver)) => of_receivers.entry(*receiver).or_default().extend(parts),
            Some(Err(error)) => parts.iter().for_each(|part| failed.add(part.place, error)),
            None => {}
        }
    }
    of_receivers
}

/// Stores what one account gets; gives what became of it, and the messages that were not stored whole.
async fn store_parts<S: EventStore, D: Directory>(
    app: &App<S, D>,
    receiver: Receiver,
    parts: Vec<Part<'_>>,
    until: Instant,
) -> (Events, Vec<(usize, MessageError)>) {
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
    let done = app.store(receiver, &records, "queue", until).await;
    let mut receipts = done.receipts.iter();
    let mut not_whole = Vec::new();
    for part in &parts {
        let own: Vec<&Receipt> = receipts.by_ref().take(part.records.len()).collect();
        if let Some(cause) = first_cause(&own) {
            not_whole.push((part.place, MessageError::NotAllStored(cause)));
        }
    }
    (Events::of(&records, &done.receipts), not_whole)
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

/// Messages that were not stored whole, by place, and why.
#[derive(Default)]
struct Failed(BTreeMap<usize, String>);

impl Failed {
    fn add(&mut self, place: usize, error: &(dyn Error + 'static)) {
        self.0.insert(place, chain(error));
    }

    /// Their ids. Logs each.
    fn ids(self, messages: &[SqsMessage]) -> Vec<String> {
        let ids = self.0.into_iter().map(|(place, cause)| {
            let message_id = messages[place].message_id.clone().unwrap_or_default();
            tracing::error!(message_id, cause, "a message was not stored whole");
            message_id
        });
        ids.collect()
    }
}
