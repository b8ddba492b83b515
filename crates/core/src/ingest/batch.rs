//! The records of one request and what is known of each.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::{Incoming, Outcome, Receipt};
use crate::event::{Admission, Event, Rejection};
use crate::instant::Instant;
use crate::origin::Rank;

/// Parsed records. An event that nobody settles counts as failed.
pub(super) struct Batch<'a> {
    events: Vec<Event<'a>>,
    /// the record each event came from
    places: Vec<usize>,
    /// events that are to be stored
    fresh: Vec<usize>,
    receipts: Vec<Receipt>,
}

impl<'a> Batch<'a> {
    pub(super) fn read(
        records: &[Incoming<'a>],
        ordinals: &mut Ordinals<'a>,
        admission: &Admission,
    ) -> Self {
        let mut batch = Self {
            events: Vec::with_capacity(records.len()),
            places: Vec::with_capacity(records.len()),
            fresh: Vec::with_capacity(records.len()),
            receipts: Vec::with_capacity(records.len()),
        };
        let mut seen = HashMap::new();
        for (place, record) in records.iter().enumerate() {
            let receipt = match ordinals.parse(record, admission) {
                Err(rejection) => Receipt {
                    id: None,
                    outcome: Outcome::Rejected(rejection),
                },
                Ok(event) => {
                    let id = event.id.to_string();
                    let copies = seen.entry((event.time, id.clone()));
                    let outcome = batch.choose(copies, event.rank);
                    batch.places.push(place);
                    batch.events.push(event);
                    Receipt {
                        id: Some(id),
                        outcome,
                    }
                }
            };
            batch.receipts.push(receipt);
        }
        let kept: HashSet<usize> = seen.into_values().collect();
        batch.fresh.retain(|event| kept.contains(event));
        batch
    }

    /// Whether the event read next is to be stored: the first of its copies of the highest rank is.
    fn choose(&mut self, copies: Entry<'_, (Instant, String), usize>, rank: Rank) -> Outcome {
        let next = self.events.len();
        match copies {
            Entry::Vacant(first) => {
                first.insert(next);
            }
            Entry::Occupied(mut kept) if rank > self.events[*kept.get()].rank => {
                let lower = kept.insert(next);
                self.settle(&[lower], &Outcome::Duplicate);
            }
            Entry::Occupied(_) => return Outcome::Duplicate,
        }
        self.fresh.push(next);
        Outcome::Failed
    }

    pub(super) fn events(&self) -> &[Event<'a>] {
        &self.events
    }

    /// Events that are to be stored.
    pub(super) fn fresh(&self) -> &[usize] {
        &self.fresh
    }

    /// These events are stored already.
    pub(super) fn leave_out(&mut self, known: &HashSet<usize>) {
        self.fresh.retain(|event| !known.contains(event));
        for event in known {
            self.settle(&[*event], &Outcome::Duplicate);
        }
    }

    pub(super) fn settle(&mut self, events: &[usize], outcome: &Outcome) {
        for event in events {
            self.receipts[self.places[*event]].outcome = outcome.clone();
        }
    }

    pub(super) fn into_receipts(self) -> Vec<Receipt> {
        self.receipts
    }
}

/// Counts equal records without an id within one body, so that each becomes an event of its own,
/// while the same body sent again gives the same events.
#[derive(Debug, Default)]
pub struct Ordinals<'a>(HashMap<(usize, &'a str), u32>);

impl<'a> Ordinals<'a> {
    fn parse(
        &mut self,
        record: &Incoming<'a>,
        admission: &Admission,
    ) -> Result<Event<'a>, Rejection> {
        let event = Event::parse(record.text, 0, record.origin, admission)?;
        if matches!(event.text, Cow::Borrowed(_)) {
            return Ok(event);
        }
        let ordinal = self.0.entry((record.body, record.text.trim())).or_insert(0);
        *ordinal += 1;
        match *ordinal {
            1 => Ok(event),
            count => Event::parse(record.text, count - 1, record.origin, admission),
        }
    }
}
