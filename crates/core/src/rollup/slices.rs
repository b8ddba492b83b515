//! Cuts a step that is too large for the memory by event time and, as a sender may give one time to all its events, by a
//! hash of event ids. Copies of an event share both, so they meet in one slice.
//!
//! Two slices may thus share a time, and have the ids at it in turns, as two steps may. That is nothing new to readers:
//! where a block is not read yet, none of its newest time is passed.

use sha2::{Digest as _, Sha256};

use super::RollupError;
use super::rows::{ROW_BYTES, Slab, opened};
use crate::event;
use crate::instant::Instant;
use crate::items::Item;
use crate::items::key::ArrivalKey;
use crate::slot::Slot;

/// A step has at most so many times the bytes that are in memory at once, if it has more than one slot: each slice
/// unpacks what it has rows of, so more would take for ever. What says little packs a thousand to one, so this is not
/// known of packed bytes.
const MOST_SLABS: usize = 4;

/// The records of a step: all at once, or slice by slice.
pub(super) enum Slices {
    /// they fit
    Whole(Slab),
    /// the rows of each arrival, and the slices' bounds (both included), oldest first
    Cut(Vec<Vec<Which>>, Vec<(Which, Which)>),
}

/// Which event a row is of: its time, and a hash of its id. Rows of one are never parted.
type Which = (Instant, u64);

fn which(text: &str) -> Option<Which> {
    let (time, id) = event::identity(text)?;
    let mut hash = [0; 8];
    hash.copy_from_slice(&Sha256::digest(id.as_bytes())[..8]);
    Some((time, u64::from_be_bytes(hash)))
}

impl Slices {
    /// Looks at all records once. If they have more than `most_bytes`, each slice has about half of it. If they have many
    /// times that, only those of the first slots are taken: the last of them is told.
    pub fn of(
        items: &[(ArrivalKey, Item)],
        most_bytes: usize,
    ) -> Result<(Self, Option<Slot>), RollupError> {
        let mut slab = Slab::default();
        for (_, item) in items {
            slab.take(&opened(item)?, |_| true);
            if slab.bytes() > most_bytes {
                drop(slab);
                return Self::cut(items, most_bytes);
            }
        }
        Ok((Self::Whole(slab), None))
    }

    fn cut(
        items: &[(ArrivalKey, Item)],
        most_bytes: usize,
    ) -> Result<(Self, Option<Slot>), RollupError> {
        let mut rows = Vec::new();
        let mut sizes: Vec<(Which, usize)> = Vec::new();
        let mut bytes = 0;
        let mut before: Option<Slot> = None;
        let mut upto = None;
        for (key, item) in items {
            let is_next = before.is_some_and(|before| before < key.slot);
            if is_next && bytes > most_bytes.saturating_mul(MOST_SLABS) {
                upto = before;
                break;
            }
            before = Some(key.slot);
            let arrival = opened(item)?;
            let mut of_arrival = Vec::new();
            for row in 0..arrival.pack.rows() {
                let text = arrival.pack.text(row);
                let which = which(text).ok_or_else(|| {
                    RollupError::unreadable(&item.key, "a record of it has no time or no id")
                })?;
                of_arrival.push(which);
                sizes.push((which, text.len() + ROW_BYTES));
                bytes += text.len() + ROW_BYTES;
            }
            rows.push(of_arrival);
        }
        sizes.sort_unstable();
        Ok((Self::Cut(rows, bounds(&sizes, most_bytes / 2)), upto))
    }

    /// How many slices.
    pub fn count(&self) -> usize {
        match self {
            Self::Whole(_) => 1,
            Self::Cut(_, bounds) => bounds.len(),
        }
    }

    /// Takes out the records of a slice.
    pub fn take(&mut self, at: usize, items: &[(ArrivalKey, Item)]) -> Result<Slab, RollupError> {
        match self {
            Self::Whole(slab) => Ok(std::mem::take(slab)),
            Self::Cut(rows, bounds) => {
                let (first, last) = bounds[at];
                let is_in = |which: &Which| (first..=last).contains(which);
                let mut slab = Slab::default();
                for ((_, item), rows) in items.iter().zip(rows) {
                    if rows.iter().any(is_in) {
                        slab.take(&opened(item)?, |row| is_in(&rows[row]));
                    }
                }
                Ok(slab)
            }
        }
    }
}

/// Ranges with about so many bytes each, of rows in order. Rows of one event are never parted.
fn bounds(rows: &[(Which, usize)], most_bytes: usize) -> Vec<(Which, Which)> {
    let mut bounds: Vec<(Which, Which)> = Vec::new();
    let mut bytes = 0;
    for event in rows.chunk_by(|a, b| a.0 == b.0) {
        let which = event[0].0;
        let more: usize = event.iter().map(|(_, size)| size).sum();
        match bounds.last_mut() {
            Some(last) if bytes + more <= most_bytes => last.1 = which,
            _ => {
                bounds.push((which, which));
                bytes = 0;
            }
        }
        bytes += more;
    }
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_cut_between_events_and_cover_all() {
        let at = |second, hash| (Instant::from_seconds(second), hash);
        let rows = [
            (at(1, 7), 5),
            (at(1, 7), 5),
            (at(2, 3), 4),
            (at(2, 8), 6),
            (at(2, 9), 90),
            (at(3, 0), 1),
        ];
        assert_eq!(
            bounds(&rows, 10),
            [
                (at(1, 7), at(1, 7)),
                (at(2, 3), at(2, 8)),
                (at(2, 9), at(2, 9)),
                (at(3, 0), at(3, 0))
            ]
        );
        assert_eq!(bounds(&rows, 1_000), [(at(1, 7), at(3, 0))]);
        assert!(bounds(&[], 10).is_empty());
    }
}
