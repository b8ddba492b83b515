//! Records on their way in: which event each is, which events are to be stored, and what became of each record.

use std::collections::HashMap;

use super::{Incoming, Ordinals, Outcome, Receipt};
use crate::event::{Admission, Event};
use crate::instant::Instant;

/// The events that were read from records, and a receipt for each record. Events are named by their place among events.
pub(super) struct Intake<'a> {
    events: Vec<Event<'a>>,
    /// which record each event is
    record_of: Vec<usize>,
    /// one a record
    receipts: Vec<Receipt>,
    /// the events that are to be stored
    chosen: Vec<usize>,
}

impl<'a> Intake<'a> {
    /// Reads the records. What breaks a rule is rejected; of events with one time and id one is chosen, and the others
    /// are duplicates; a chosen event has failed until it is said that it was stored.
    pub(super) fn read(
        records: &[Incoming<'a>],
        ordinals: &mut Ordinals<'a>,
        admission: &Admission,
    ) -> Self {
        let mut events = Vec::with_capacity(records.len());
        let mut record_of = Vec::with_capacity(records.len());
        let mut receipts = Vec::with_capacity(records.len());
        for (place, record) in records.iter().enumerate() {
            receipts.push(match ordinals.parse(record, admission) {
                Err(rejection) => Receipt {
                    id: None,
                    outcome: Outcome::Rejected(rejection),
                },
                Ok(event) => {
                    let id = Some(event.id.to_string());
                    record_of.push(place);
                    events.push(event);
                    Receipt {
                        id,
                        outcome: Outcome::Duplicate,
                    }
                }
            });
        }
        let mut intake = Self {
            chosen: choose(&events),
            events,
            record_of,
            receipts,
        };
        intake.answer(&intake.chosen.clone(), &Outcome::Failed);
        intake
    }

    pub(super) fn events(&self) -> &[Event<'a>] {
        &self.events
    }

    /// The events that are to be stored.
    pub(super) fn chosen(&self) -> &[usize] {
        &self.chosen
    }

    /// Says what became of these events.
    pub(super) fn answer(&mut self, events: &[usize], outcome: &Outcome) {
        for event in events {
            self.receipts[self.record_of[*event]].outcome = outcome.clone();
        }
    }

    pub(super) fn into_receipts(self) -> Vec<Receipt> {
        self.receipts
    }
}

/// Of the events with one time and id the first of the highest rank.
fn choose(events: &[Event<'_>]) -> Vec<usize> {
    let mut chosen: HashMap<(Instant, &str), usize> = HashMap::new();
    for (place, event) in events.iter().enumerate() {
        let best = chosen.entry((event.time, &event.id)).or_insert(place);
        if event.rank > events[*best].rank {
            *best = place;
        }
    }
    chosen.into_values().collect()
}
