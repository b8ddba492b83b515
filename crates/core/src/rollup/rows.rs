//! The rows of a step, unpacked and read.

use std::collections::HashMap;

use super::RollupError;
use super::order::{Place, Row};
use crate::event::Event;
use crate::instant::Instant;
use crate::items::key::ArrivalKey;
use crate::items::{Item, Key};
use crate::pack::Arrival;

/// What a row takes beside its record, once it is read.
pub(super) const ROW_BYTES: usize = size_of::<Arrived<'_>>();

/// Records of arrivals, taken out of their packs: one text for all, so that what is left of a pack is not kept.
#[derive(Default)]
pub(super) struct Slab {
    text: String,
    /// of the arrivals
    keys: Vec<Key>,
    origins: Vec<String>,
    rows: Vec<Record>,
}

struct Record {
    end: usize,
    /// which of the keys, and of the origins
    at: usize,
    origin: usize,
    key: ArrivalKey,
    written: Instant,
    row: u32,
}

impl Slab {
    /// Takes rows of an arrival: those that are wanted.
    pub fn take(&mut self, arrival: &Arrival, is_wanted: impl Fn(usize) -> bool) {
        let mut known: HashMap<String, usize> = HashMap::new();
        self.keys.push(arrival.at.clone());
        for row in (0..arrival.pack.rows()).filter(|row| is_wanted(*row)) {
            let origin = arrival.pack.origin(row);
            let origin = if let Some(at) = known.get(origin) {
                *at
            } else {
                self.origins.push(origin.to_owned());
                known.insert(origin.to_owned(), self.origins.len() - 1);
                self.origins.len() - 1
            };
            self.text.push_str(arrival.pack.text(row));
            self.rows.push(Record {
                end: self.text.len(),
                at: self.keys.len() - 1,
                origin,
                key: arrival.key,
                written: arrival.written,
                row: u32::try_from(row).unwrap_or(u32::MAX),
            });
        }
    }

    /// Bytes of the records, and of what is read of them: of small records that is the more.
    pub fn bytes(&self) -> usize {
        self.text.len() + self.rows.len() * ROW_BYTES
    }

    /// Reads the records.
    pub fn read(&self) -> Result<Vec<Arrived<'_>>, RollupError> {
        let mut start = 0;
        let read = |record: &Record| {
            let text = &self.text[start..record.end];
            start = record.end;
            let event = Event::stored(text, &self.origins[record.origin]);
            let event = event.map_err(|rejection| {
                let name = format!("{} row {}", self.keys[record.at], record.row);
                RollupError::unreadable(name, rejection)
            })?;
            let place = Place {
                slot: record.key.slot,
                rank: event.rank,
                written: record.written,
                hash: record.key.hash,
                row: record.row,
            };
            Ok(Arrived {
                event,
                place,
                key: record.key,
            })
        };
        self.rows.iter().map(read).collect()
    }
}

/// Bytes that the records of an arrival take once they are read.
pub(super) fn plain_bytes(arrival: &Arrival) -> usize {
    let rows = 0..arrival.pack.rows();
    rows.map(|row| arrival.pack.text(row).len() + ROW_BYTES)
        .sum()
}

/// Opens an item of L0.
pub(super) fn opened(item: &Item) -> Result<Arrival, RollupError> {
    Arrival::of(item).map_err(|damaged| RollupError::unreadable(&item.key, damaged))
}

/// A row that arrived.
pub(super) struct Arrived<'a> {
    pub event: Event<'a>,
    pub place: Place,
    pub key: ArrivalKey,
}

impl Arrived<'_> {
    /// As it is judged.
    pub fn row(&self) -> Row<'_> {
        Row {
            place: self.place,
            time: self.event.time,
            id: &self.event.id,
            text: &self.event.text,
        }
    }
}
