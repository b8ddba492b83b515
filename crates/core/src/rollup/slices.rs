//! Cuts a step that is too large for the memory by event time. Copies of an event share their time, so they meet in one
//! slice.

use super::RollupError;
use super::rows::{Arrived, Slab, opened};
use crate::event;
use crate::instant::Instant;
use crate::items::Item;
use crate::items::key::ArrivalKey;
use crate::slot::Slot;

/// A step has at most so many times the bytes that are in memory at once, if it has more than one slot: each slice
/// unpacks what it has rows of, and rows of one time are one slice, so more would take for ever, or all the memory. What
/// says little packs a thousand to one, so this is not known of packed bytes.
const MOST_SLABS: usize = 4;
/// What a row takes beside its record, once it is read.
const ROW_BYTES: usize = size_of::<Arrived<'_>>();

/// The records of a step: all at once, or slice by slice.
pub(super) enum Slices {
    /// they fit
    Whole(Slab),
    /// times of the rows of each arrival, and the slices' bounds (both included), oldest first
    Cut(Vec<Vec<Instant>>, Vec<(Instant, Instant)>),
}

impl Slices {
    /// Looks at all records once. If they have more than `most_bytes`, each slice has about half of it. If they have many
    /// times that, only those of the first slots are taken: the last of them is told.
    pub fn of(
        items: &[(ArrivalKey, Item)],
        most_bytes: usize,
    ) -> Result<(Self, Option<Slot>), RollupError> {
        let mut slab = Slab::default();
        for (key, item) in items {
            slab.take(&opened(*key, item)?, |_| true);
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
        let mut times = Vec::new();
        let mut sizes: Vec<(Instant, usize)> = Vec::new();
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
            let arrival = opened(*key, item)?;
            let mut of_arrival = Vec::new();
            for row in 0..arrival.pack.rows() {
                let text = arrival.pack.text(row);
                let time = event::time_of(text).ok_or_else(|| {
                    RollupError::unreadable(key.sort(), "a record of it has no time")
                })?;
                of_arrival.push(time);
                sizes.push((time, text.len() + ROW_BYTES));
                bytes += text.len() + ROW_BYTES;
            }
            times.push(of_arrival);
        }
        sizes.sort_unstable();
        Ok((Self::Cut(times, bounds(&sizes, most_bytes / 2)), upto))
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
            Self::Cut(times, bounds) => {
                let (oldest, newest) = bounds[at];
                let is_in = |time: &Instant| (oldest..=newest).contains(time);
                let mut slab = Slab::default();
                for ((key, item), times) in items.iter().zip(times) {
                    if times.iter().any(is_in) {
                        slab.take(&opened(*key, item)?, |row| is_in(&times[row]));
                    }
                }
                Ok(slab)
            }
        }
    }
}

/// Ranges of times with about so many bytes each, of rows in order of time. Rows of one time are never parted.
fn bounds(rows: &[(Instant, usize)], most_bytes: usize) -> Vec<(Instant, Instant)> {
    let mut bounds: Vec<(Instant, Instant)> = Vec::new();
    let mut bytes = 0;
    for second in rows.chunk_by(|a, b| a.0 == b.0) {
        let time = second[0].0;
        let more: usize = second.iter().map(|(_, size)| size).sum();
        match bounds.last_mut() {
            Some(last) if bytes + more <= most_bytes => last.1 = time,
            _ => {
                bounds.push((time, time));
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
    fn slices_are_cut_between_times_and_cover_all() {
        let at = Instant::from_seconds;
        let rows = [
            (at(1), 5),
            (at(1), 5),
            (at(2), 4),
            (at(3), 6),
            (at(4), 90),
            (at(5), 1),
        ];
        assert_eq!(
            bounds(&rows, 10),
            [
                (at(1), at(1)),
                (at(2), at(3)),
                (at(4), at(4)),
                (at(5), at(5))
            ]
        );
        assert_eq!(bounds(&rows, 1_000), [(at(1), at(5))]);
        assert!(bounds(&[], 10).is_empty());
    }
}
