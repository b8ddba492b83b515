//! The records of one request and what is known of each.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::{Outcome, Receipt};
use crate::event::{Admission, Event};

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
    pub(super) fn read(records: &[&'a str], admission: &Admission) -> Self {
        let mut batch = Self {
            events: Vec::with_capacity(records.len()),
            places: Vec::with_capacity(records.len()),
            fresh: Vec::with_capacity(records.len()),
            receipts: Vec::with_capacity(records.len()),
        };
        let mut seen = HashSet::new();
        let mut without_id: HashMap<&str, u32> = HashMap::new();
        for (place, text) in records.iter().enumerate() {
            let receipt = match parse(text, admission, &mut without_id) {
                Err(rejection) => Receipt {
                    id: None,
                    outcome: Outcome::Rejected(rejection),
                },
                Ok(event) => {
                    let id = event.id.to_string();
                    let outcome = if seen.insert((event.time, id.clone())) {
                        batch.fresh.push(batch.events.len());
                        Outcome::Failed
                    } else {
                        Outcome::Duplicate
                    };
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
        batch
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

/// Equal records without an id are counted, so that each becomes an event of its own.
fn parse<'a>(
    text: &'a str,
    admission: &Admission,
    without_id: &mut HashMap<&'a str, u32>,
) -> Result<Event<'a>, crate::event::Rejection> {
    let event = Event::parse(text, 0, admission)?;
    if matches!(event.text, Cow::Borrowed(_)) {
        return Ok(event);
    }
    let ordinal = without_id.entry(text).or_insert(0);
    let counted = if *ordinal == 0 {
        Ok(event)
    } else {
        Event::parse(text, *ordinal, admission)
    };
    *ordinal += 1;
    counted
}
