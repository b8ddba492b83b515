//! The one rule of copies and conflicts, for the roll-up, for readers and for the archiver.
//!
//! Rows of equal time and id are the same event. They are put in the order of [`Place`]; a row is dropped if one before it
//! has a rank that is at least its own. So of one event at most one row of each rank stays, in ascending ranks, and a
//! forgery that came first neither keeps the true event out nor is kept out by it.
//!
//! As slots come first in that order, it makes no difference into which steps they are cut: what stayed of earlier slots
//! ([`Stored`]) stands before all that came later.

use std::cmp::Reverse;
use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use crate::instant::Instant;
use crate::items::key::ContentHash;
use crate::origin::Rank;
use crate::slot::Slot;

/// Where a row stands among the rows of its event: less is earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// when it arrived
    pub slot: Slot,
    /// how far its origin is believed
    pub rank: Rank,
    /// when its arrival was written, by the function's clock
    pub written: Instant,
    /// the hash of its arrival
    pub hash: ContentHash,
    /// which row of its arrival
    pub row: u32,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |place: &Self| {
            let first = (place.slot, Reverse(place.rank), place.written);
            (first, place.hash, place.row)
        };
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// A row of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// where it stands
    pub place: Place,
    /// the event's time
    pub time: Instant,
    /// the event's id
    pub id: &'a str,
    /// the record
    pub text: &'a str,
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// it is kept
    Stays,
    /// dropped: a row that stays, of its rank or a higher one, has the same text
    Copy,
    /// dropped: those that stay have other texts
    Conflict,
}

/// SHA-256 of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TextHash([u8; 32]);

impl TextHash {
    /// Of this record.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }
}

/// Rows that stayed of slots before all that are judged: rows of L1.
#[derive(Clone, Debug, Default)]
pub struct Stored(HashMap<(Instant, String), Vec<(Rank, TextHash)>>);

impl Stored {
    /// Adds a row.
    pub fn insert(&mut self, time: Instant, id: &str, rank: Rank, text: TextHash) {
        let rows = self.0.entry((time, id.to_owned())).or_default();
        if !rows.contains(&(rank, text)) {
            rows.push((rank, text));
        }
    }

    /// How many events it has rows of.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn of(&self, row: &Row<'_>) -> &[(Rank, TextHash)] {
        if self.0.is_empty() {
            return &[];
        }
        let rows = self.0.get(&(row.time, row.id.to_owned()));
        rows.map_or(&[], Vec::as_slice)
    }
}

/// What becomes of rows, given in any order; the verdicts are in theirs. They must be all that arrived of their events
/// since what is `stored`.
pub fn judge(stored: &Stored, rows: &[Row<'_>]) -> Vec<Verdict> {
    let mut sorted: Vec<usize> = (0..rows.len()).collect();
    sorted.sort_unstable_by_key(|at| {
        let row = &rows[*at];
        (row.time, row.id, row.place)
    });
    let mut verdicts = vec![Verdict::Stays; rows.len()];
    let is_same = |a: &usize, b: &usize| {
        let (a, b) = (&rows[*a], &rows[*b]);
        (a.time, a.id) == (b.time, b.id)
    };
    for event in sorted.chunk_by(is_same) {
        let stored = stored.of(&rows[event[0]]);
        let mut kept: Vec<&Row<'_>> = Vec::new();
        for at in event {
            let row = &rows[*at];
            verdicts[*at] = verdict(stored, &kept, row);
            if verdicts[*at] == Verdict::Stays {
                kept.push(row);
            }
        }
    }
    verdicts
}

/// What becomes of a row behind these.
fn verdict(stored: &[(Rank, TextHash)], kept: &[&Row<'_>], row: &Row<'_>) -> Verdict {
    let mut stored = stored.iter().filter(|(rank, _)| *rank >= row.place.rank);
    let mut kept = kept.iter().filter(|kept| kept.place.rank >= row.place.rank);
    if stored.clone().next().is_none() && kept.clone().next().is_none() {
        return Verdict::Stays;
    }
    let is_copy = kept.any(|kept| kept.text == row.text)
        || stored.any(|(_, text)| *text == TextHash::of(row.text));
    if is_copy {
        Verdict::Copy
    } else {
        Verdict::Conflict
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Verdict::{Conflict, Copy, Stays};
    use super::*;

    const RANKS: [Rank; 3] = [Rank::Producer, Rank::LetIn, Rank::Own];
    const TEXTS: [&str; 3] = ["one", "another", "a third"];

    fn row(slot: i64, rank: Rank, written: i64, text: &'static str) -> Row<'static> {
        Row {
            place: Place {
                slot: Slot::from_number(slot),
                rank,
                written: Instant::from_millis(written),
                hash: ContentHash([0; 12]),
                row: 0,
            },
            time: Instant::from_millis(0),
            id: "e",
            text,
        }
    }

    /// Readers show the row of an event whose place has the least of these: the higher rank, and of one rank the earlier.
    fn shown(place: &Place) -> (Reverse<Rank>, Place) {
        (Reverse(place.rank), *place)
    }

    #[test]
    fn the_first_of_a_rank_stays_and_so_does_one_of_a_higher_rank() {
        let rows = [
            row(1, Rank::Producer, 9, "one"),
            row(2, Rank::LetIn, 1, "another"),
            row(2, Rank::Producer, 0, "one"),
            row(1, Rank::Producer, 10, "a third"),
            row(3, Rank::LetIn, 0, "another"),
            row(3, Rank::Own, 0, "another"),
        ];
        let verdicts = judge(&Stored::default(), &rows);
        // The third has the first's text, though the second, which is shown, has another.
        assert_eq!(verdicts, [Stays, Stays, Copy, Conflict, Copy, Stays]);
    }

    #[test]
    fn within_a_slot_the_higher_rank_comes_first_and_then_the_earlier() {
        let late = row(1, Rank::LetIn, 9, "one");
        let early = row(1, Rank::Producer, 1, "another");
        assert!(late.place < early.place);
        assert!(shown(&late.place) < shown(&early.place));
        let verdicts = judge(&Stored::default(), &[early, late]);
        assert_eq!(verdicts, [Conflict, Stays]);
        let next = row(2, Rank::Own, 1, "one");
        assert!(late.place < next.place && shown(&next.place) < shown(&late.place));
        let again = row(2, Rank::LetIn, 1, "one");
        assert!(shown(&late.place) < shown(&again.place));
    }

    #[test]
    fn what_is_stored_stands_before_all() {
        let mut stored = Stored::default();
        let time = Instant::from_millis(0);
        stored.insert(time, "e", Rank::LetIn, TextHash::of("one"));
        let rows = [
            row(1, Rank::Producer, 0, "one"),
            row(1, Rank::LetIn, 0, "another"),
            row(1, Rank::Own, 0, "one"),
        ];
        // The first two come behind the third, which is of our own.
        assert_eq!(judge(&stored, &rows), [Copy, Conflict, Stays]);
        let other = Row {
            time: Instant::from_millis(1),
            ..rows[0]
        };
        assert_eq!(judge(&stored, &[other]), [Stays]);
    }

    prop_compose! {
        fn any_row()(
            slot in 0_i64..6,
            rank in 0_usize..3,
            written in 0_i64..3,
            hash in 0_u8..3,
            row in 0_u32..2,
            time in 0_i64..2,
            text in 0_usize..3,
        ) -> Row<'static> {
            Row {
                place: Place {
                    slot: Slot::from_number(slot),
                    rank: RANKS[rank],
                    written: Instant::from_millis(written),
                    hash: ContentHash([hash; 12]),
                    row,
                },
                time: Instant::from_millis(time),
                id: "e",
                text: TEXTS[text],
            }
        }
    }

    /// One row a place, as in arrivals.
    fn distinct(mut rows: Vec<Row<'static>>) -> Vec<Row<'static>> {
        let mut places = Vec::new();
        rows.retain(|row| {
            let key = (row.place.slot, row.place.hash, row.place.row);
            let is_new = !places.contains(&key);
            places.push(key);
            is_new
        });
        rows
    }

    proptest! {
        #[test]
        fn cutting_the_slots_into_steps_changes_nothing(
            rows in proptest::collection::vec(any_row(), 0..24).prop_map(distinct),
            cuts in proptest::collection::btree_set(0_i64..6, 0..6),
        ) {
            let whole = judge(&Stored::default(), &rows);
            let mut stored = Stored::default();
            let mut stepwise = vec![None; rows.len()];
            let mut from = i64::MIN;
            for upto in cuts.into_iter().chain([i64::MAX]) {
                let slots = Slot::from_number(from)..Slot::from_number(upto);
                let step: Vec<usize> = (0..rows.len())
                    .filter(|at| slots.contains(&rows[*at].place.slot))
                    .collect();
                let of_step: Vec<Row<'_>> = step.iter().map(|at| rows[*at]).collect();
                let verdicts = judge(&stored, &of_step);
                for ((at, row), verdict) in step.iter().zip(&of_step).zip(verdicts) {
                    stepwise[*at] = Some(verdict);
                    if verdict == Verdict::Stays {
                        let text = TextHash::of(row.text);
                        stored.insert(row.time, row.id, row.place.rank, text);
                    }
                }
                from = upto;
            }
            prop_assert_eq!(whole.into_iter().map(Some).collect::<Vec<_>>(), stepwise);
        }

        #[test]
        fn of_each_event_the_ranks_that_stay_ascend(rows in proptest::collection::vec(any_row(), 1..24).prop_map(distinct)) {
            let verdicts = judge(&Stored::default(), &rows);
            for time in 0..2 {
                let of_event = |row: &Row<'_>| row.time.millis() == time;
                let mut kept: Vec<Place> = rows.iter().zip(&verdicts)
                    .filter(|(row, verdict)| of_event(row) && **verdict == Stays)
                    .map(|(row, _)| row.place).collect();
                kept.sort_unstable();
                prop_assert!(kept.is_sorted_by(|earlier, later| earlier.rank < later.rank));
                // The one that is shown is the last that stays.
                let mut all: Vec<Place> = rows.iter().filter(|row| of_event(row)).map(|row| row.place).collect();
                all.sort_unstable_by_key(shown);
                prop_assert_eq!(all.first(), kept.last());
            }
        }
    }
}
