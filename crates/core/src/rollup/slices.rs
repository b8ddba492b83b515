//! Cuts a step that is too large for the memory by event time. Copies of an event share their time, so they meet in one
//! slice.

use super::RollupError;
use super::rows::{Slab, opened};
use crate::event;
use crate::instant::Instant;
use crate::items::Item;
use crate::items::key::ArrivalKey;

/// The records of a step: all at once, or slice by slice.
pub(super) enum Slices {
    /// they fit
    Whole(Slab),
    /// times of the rows of each arrival, and the slices' bounds (both included), oldest first
    Cut(Vec<Vec<Instant>>, Vec<(Instant, Instant)>),
}

impl Slices {
    /// Looks at all records once. If they have more than `most_bytes`, each slice has about half of it.
    pub fn of(items: &[(ArrivalKey, Item)], most_bytes: usize) -> Result<Self, RollupError> {
        let mut slab = Slab::default();
        for (key, item) in items {
            slab.take(&opened(*key, item)?, |_| true);
            if slab.bytes() > most_bytes {
                drop(slab);
                return Self::cut(items, most_bytes / 2);
            }
        }
        Ok(Self::Whole(slab))
    }

    fn cut(items: &[(ArrivalKey, Item)], most_bytes: usize) -> Result<Self, RollupError> {
        let mut times = Vec::new();
        let mut sizes: Vec<(Instant, usize)> = Vec::new();
        for (key, item) in items {
            let arrival = opened(*key, item)?;
            let mut of_arrival = Vec::new();
            for row in 0..arrival.pack.rows() {
                let text = arrival.pack.text(row);
                let time = event::time_of(text).ok_or_else(|| {
                    RollupError::damaged(key.sort(), "a record of it has no time")
                })?;
                of_arrival.push(time);
                sizes.push((time, text.len()));
            }
            times.push(of_arrival);
        }
        sizes.sort_unstable();
        Ok(Self::Cut(times, bounds(&sizes, most_bytes)))
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
