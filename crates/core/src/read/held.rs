//! Rows of arrivals that are held, up to so many bytes: where there are more, the newest.

use super::fetch::damaged;
use super::search::Search;
use crate::event::{Event, time_of};
use crate::instant::Instant;
use crate::items::Item;
use crate::items::key::ArrivalKey;
use crate::origin::Rank;
use crate::pack::{Arrival, Pack};
use crate::reader::ReadError;
use crate::rollup::order::Place;

/// What a row takes besides its texts, about.
const ROW_BYTES: usize = 160;

/// A row of an arrival.
#[derive(Debug)]
pub(super) struct HeldRow {
    time: Instant,
    text: Box<str>,
    origin: Box<str>,
    key: ArrivalKey,
    written: Instant,
    row: u32,
}

impl HeldRow {
    /// Its event.
    pub(super) fn event(&self) -> Result<Event<'_>, ReadError> {
        Event::stored(&self.text, &self.origin).map_err(|source| ReadError::Damaged {
            key: format!("arrival {}", self.key.sort()),
            source: Box::new(source),
        })
    }

    /// Its place by the one rule.
    pub(super) const fn place(&self, rank: Rank) -> Place {
        Place {
            slot: self.key.slot,
            rank,
            written: self.written,
            hash: self.key.hash,
            row: self.row,
        }
    }

    const fn bytes(&self) -> usize {
        self.text.len() + self.origin.len() + ROW_BYTES
    }
}

/// The rows of a time.
#[derive(Debug)]
pub(super) struct Held {
    pub rows: Vec<HeldRow>,
    bytes: usize,
    /// bytes held at most
    most: usize,
    oldest: Instant,
    newest: Instant,
    /// No older row is held, though there may be some; `None`: all are held
    pub floor: Option<Instant>,
}

impl Held {
    /// None yet, and at most so many bytes of them.
    pub(super) const fn new(search: &Search<'_>, most: usize) -> Self {
        Self {
            rows: Vec::new(),
            bytes: 0,
            most,
            oldest: search.oldest,
            newest: search.newest,
            floor: None,
        }
    }

    /// Unpacks an arrival, if it may have a row of the time, and holds those it has.
    pub(super) fn take(&mut self, key: ArrivalKey, item: &Item) -> Result<(), ReadError> {
        // All its rows are older.
        if key.newest < self.from() {
            return Ok(());
        }
        let arrival = Arrival::of(item).map_err(damaged(item))?;
        let (written, pack) = (arrival.written, &arrival.pack);
        for row in 0..pack.rows() {
            // What cannot be read is told by whoever reads it.
            let time = time_of(pack.text(row)).unwrap_or(key.newest);
            // Those behind it are older still.
            if time < self.from() {
                break;
            }
            if time <= self.newest {
                self.push(key, written, (pack, row), time);
            }
        }
        Ok(())
    }

    fn push(
        &mut self,
        key: ArrivalKey,
        written: Instant,
        (pack, row): (&Pack, usize),
        time: Instant,
    ) {
        let held = HeldRow {
            time,
            text: pack.text(row).into(),
            origin: pack.origin(row).into(),
            key,
            written,
            row: u32::try_from(row).unwrap_or(u32::MAX),
        };
        self.bytes += held.bytes();
        self.rows.push(held);
        if self.bytes > self.most {
            self.raise();
        }
    }

    /// The oldest time of which rows are held.
    fn from(&self) -> Instant {
        self.floor
            .map_or(self.oldest, |floor| floor.max(self.oldest))
    }

    /// Lets the older ones go: about half.
    fn raise(&mut self) {
        let mut sizes: Vec<(Instant, usize)> = self
            .rows
            .iter()
            .map(|row| (row.time, row.bytes()))
            .collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        let mut sum = 0;
        let last = sizes.iter().find(|(_, bytes)| {
            sum += bytes;
            sum > self.most / 2
        });
        // All of a millisecond, or none of it.
        let Some(floor) = last.map(|(time, _)| time.plus_millis(1)) else {
            return;
        };
        self.floor = self.floor.max(Some(floor));
        self.rows.retain(|row| row.time >= floor);
        self.bytes = self.rows.iter().map(HeldRow::bytes).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::AccountId;
    use crate::event::Admission;
    use crate::instant::SECOND;
    use crate::origin::Origin;
    use crate::pack::{ArrivalDraft, PackEncoder};
    use crate::query::Query;
    use crate::read::Range;

    const NOW: Instant = Instant::from_seconds(1_795_000_003);

    fn account() -> AccountId {
        "111122223333".parse().unwrap()
    }

    /// An arrival of one event a second, of these ages.
    fn item(ages: std::ops::Range<i64>) -> (ArrivalKey, Item) {
        let admission = Admission {
            account: account(),
            now: NOW,
            retention_days: 30,
        };
        let texts: Vec<String> = ages
            .map(|age| {
                let time = NOW.plus_millis(-age * SECOND);
                format!(r#"{{"eventTime":"{time}","eventName":"N","eventID":"e{age}"}}"#)
            })
            .collect();
        let read = |text| Event::parse(text, 0, &Origin::Queue, &admission).unwrap();
        let events: Vec<Event<'_>> = texts.iter().map(|text| read(text)).collect();
        let events: Vec<&Event<'_>> = events.iter().collect();
        let draft = ArrivalDraft::new(&mut PackEncoder::new().unwrap(), account(), &events);
        let item = draft.unwrap().item(NOW, 1);
        (ArrivalKey::from_sort(&item.key.sort).unwrap(), item)
    }

    fn held(most: usize, oldest: i64, newest: i64) -> Held {
        let query = Query {
            start: Some(NOW.plus_millis(-oldest * SECOND)),
            end: Some(NOW.plus_millis(-newest * SECOND)),
            ..Query::default()
        };
        let range = Range {
            after: None,
            horizon: NOW.plus_millis(-1_000 * SECOND),
            now: NOW,
        };
        Held::new(&Search::new(account(), &query, range), most)
    }

    fn ages(held: &Held) -> Vec<i64> {
        let age = |row: &HeldRow| (NOW.millis() - row.time.millis()) / SECOND;
        let mut ages: Vec<i64> = held.rows.iter().map(age).collect();
        ages.sort_unstable();
        ages
    }

    #[test]
    fn rows_of_the_time_are_held() {
        let mut held = held(usize::MAX, 20, 5);
        for (key, item) in [item(0..10), item(15..30)] {
            held.take(key, &item).unwrap();
        }
        let expected: Vec<i64> = (5..10).chain(15..=20).collect();
        assert_eq!((ages(&held), held.floor), (expected, None));
    }

    #[test]
    fn what_is_older_by_its_key_is_not_even_unpacked() {
        let mut held = held(usize::MAX, 20, 0);
        let (key, mut damaged) = item(21..30);
        damaged.value.truncate(5);
        held.take(key, &damaged).unwrap();
        assert!(held.rows.is_empty());
        let (key, mut damaged) = item(20..30);
        damaged.value.truncate(5);
        assert!(held.take(key, &damaged).is_err());
    }

    #[test]
    fn where_there_are_too_many_the_newest_are_held_and_none_of_a_time_that_is_not_whole() {
        let most = 20 * (ROW_BYTES + 80);
        let mut held = held(most, 500, 0);
        // The older ones first, and some of them again.
        for ages in [200..260, 100..140, 0..10, 5..15] {
            let (key, item) = item(ages);
            held.take(key, &item).unwrap();
            assert!(held.bytes <= most);
        }
        let floor = held.floor.unwrap();
        let oldest = (NOW.millis() - floor.millis()).div_euclid(SECOND);
        let mut expected: Vec<i64> = (0..10).chain(5..15).collect();
        expected.retain(|age| *age <= oldest);
        expected.sort_unstable();
        assert_eq!(ages(&held), expected);
        assert!(oldest > 3, "{oldest}");
    }
}
