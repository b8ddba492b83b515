//! What is not rolled up: the head, and the arrivals (L0) above its watermark.

use futures::future::{try_join, try_join_all};

use super::fetch::{Fetch, damaged};
use super::holds::matching;
use super::part::Part;
use super::search::Search;
use crate::event::{Event, MAX_FUTURE_MS};
use crate::head::Head;
use crate::instant::{Instant, MINUTE};
use crate::items::key::{self, ArrivalKey, LAST, Lane};
use crate::items::{Ask, Consistency, Item, ItemReader, Order};
use crate::pack::{Arrival, ON_TIME_MS, PART_ROWS};
use crate::page::Position;
use crate::reader::ReadError;
use crate::rollup::order::{Place, Row, Stored, Verdict, judge};
use crate::segment::Damaged;
use crate::segment::columns::Columns;
use crate::slot::Slot;

/// Arrivals of slots that ended so long ago are read without asking for the very latest.
const SETTLED_MS: i64 = 2 * MINUTE;
/// So long a head is remembered. With an older one all would be read that was rolled up since: of a busy account that
/// nobody asked for hours, hundreds of megabytes.
const REMEMBERED_MS: i64 = MINUTE;

/// What is remembered of a head: enough to begin reading arrivals before the next one is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Remembered {
    pub watermark: Option<Slot>,
    pub shards: u8,
    /// when it was read
    pub at: Instant,
}

impl Remembered {
    pub(super) fn of(head: &Head, at: Instant) -> Self {
        Self {
            watermark: head.watermark,
            shards: head.shards.read,
            at,
        }
    }
}

/// A head, and all arrivals above its watermark that may hold rows of the time asked for.
#[derive(Debug)]
pub(super) struct Fresh {
    pub head: Head,
    pub arrivals: Vec<Arrival>,
}

impl Fresh {
    /// Reads both; in one round if an older head is remembered.
    pub(super) async fn read<R: ItemReader>(
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        remembered: Option<Remembered>,
    ) -> Result<Self, ReadError> {
        fetch.budget.round();
        let is_recent = |known: &Remembered| search.now < known.at.plus_millis(REMEMBERED_MS);
        let remembered = remembered.filter(is_recent);
        let head = async {
            let item = fetch.current(key::head(search.account)).await?;
            Head::of(item.as_ref()).map_err(|source| ReadError::Damaged {
                key: key::head(search.account).partition,
                source: Box::new(source),
            })
        };
        let (head, mut items) = match remembered {
            None => (head.await?, Vec::new()),
            Some(known) => try_join(head, read(fetch, search, known, 0)).await?,
        };
        let now = Remembered::of(&head, search.now);
        let done = remembered.map_or(0, |known| known.shards);
        if done < now.shards {
            // What a head of long ago did not know of, or all if there was none.
            items.extend(read(fetch, search, now, done).await?);
        }
        let mut arrivals = Vec::with_capacity(items.len());
        for item in &items {
            let key = ArrivalKey::from_sort(&item.key.sort).ok_or(Damaged::Inconsistent("a key"));
            // What the head covers was read for nothing.
            if Some(key.map_err(damaged(item))?.slot) > head.watermark {
                arrivals.push(Arrival::of(item).map_err(damaged(item))?);
            }
        }
        Ok(Self { head, arrivals })
    }

    /// The rows that stay by the one rule and match.
    pub(super) fn rows(&self, search: &Search<'_>) -> Result<Vec<FreshRow>, ReadError> {
        let parsed = self.events(search)?;
        let rows: Vec<Row<'_>> = parsed.iter().map(Parsed::row).collect();
        let verdicts = judge(&Stored::default(), &rows);
        let kept = parsed.iter().zip(verdicts);
        let kept = kept.filter(|(parsed, verdict)| {
            *verdict == Verdict::Stays && search.takes(parsed.event.time, &parsed.event.id)
        });
        let kept: Vec<&Parsed<'_>> = kept.map(|(parsed, _)| parsed).collect();
        let events: Vec<&Event<'_>> = kept.iter().map(|parsed| &parsed.event).collect();
        let matching = matching(&events, search.query).into_iter();
        Ok(matching.map(|at| FreshRow::of(kept[at])).collect())
    }

    /// The rows that stay by the one rule, as parts in read order.
    pub(super) fn parts(&self, search: &Search<'_>) -> Result<Vec<Part>, ReadError> {
        let parsed = self.events(search)?;
        let rows: Vec<Row<'_>> = parsed.iter().map(Parsed::row).collect();
        let verdicts = judge(&Stored::default(), &rows);
        let stays = parsed.iter().zip(verdicts);
        let stays = stays.filter(|(_, verdict)| *verdict == Verdict::Stays);
        let mut events: Vec<&Event<'_>> = stays.map(|(parsed, _)| &parsed.event).collect();
        events.sort_by(|a, b| (b.time, &b.id).cmp(&(a.time, &a.id)));
        let part = |events: &[&Event<'_>]| {
            let columns = Columns::of(events).encode();
            let columns = columns.map_err(|source| ReadError::Damaged {
                key: "arrivals".to_owned(),
                source: Box::new(source),
            })?;
            let records = events.iter().map(|event| event.text.to_string());
            Ok(Part::fresh(columns, records.collect()))
        };
        events.chunks(PART_ROWS as usize).map(part).collect()
    }

    /// All rows of the time asked for, copies too.
    pub(super) fn events(&self, search: &Search<'_>) -> Result<Vec<Parsed<'_>>, ReadError> {
        let mut parsed = Vec::new();
        for (number, arrival) in self.arrivals.iter().enumerate() {
            for row in 0..arrival.pack.rows() {
                let event = event(arrival, row)?;
                if (search.oldest..=search.newest).contains(&event.time) {
                    let place = Place {
                        slot: arrival.key.slot,
                        rank: event.rank,
                        written: arrival.written,
                        hash: arrival.key.hash,
                        row: u32::try_from(row).unwrap_or(u32::MAX),
                    };
                    parsed.push(Parsed {
                        event,
                        place,
                        arrival: number,
                    });
                }
            }
        }
        Ok(parsed)
    }

    /// The event of a row.
    pub(super) fn event(&self, row: &FreshRow) -> Result<Event<'_>, ReadError> {
        event(&self.arrivals[row.arrival], row.place.row as usize)
    }
}

/// A row of an arrival, read.
pub(super) struct Parsed<'a> {
    pub event: Event<'a>,
    pub place: Place,
    /// which arrival
    pub arrival: usize,
}

impl Parsed<'_> {
    pub(super) fn row(&self) -> Row<'_> {
        Row {
            place: self.place,
            time: self.event.time,
            id: &self.event.id,
            text: &self.event.text,
        }
    }
}

/// A row that is in the answer, unless L1 has it.
#[derive(Clone, Debug)]
pub(super) struct FreshRow {
    pub position: Position,
    pub place: Place,
    arrival: usize,
}

impl FreshRow {
    fn of(parsed: &Parsed<'_>) -> Self {
        Self {
            position: Position {
                time: parsed.event.time,
                id: parsed.event.id.clone().into_owned(),
            },
            place: parsed.place,
            arrival: parsed.arrival,
        }
    }
}

fn event(arrival: &Arrival, row: usize) -> Result<Event<'_>, ReadError> {
    let pack = &arrival.pack;
    Event::stored(pack.text(row), pack.origin(row)).map_err(|source| ReadError::Damaged {
        key: format!("arrival {}", arrival.key.sort()),
        source: Box::new(source),
    })
}

/// Items of shards from `first` on, above the watermark.
async fn read<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    known: Remembered,
    first: u8,
) -> Result<Vec<Item>, ReadError> {
    let asks = Lane::ALL.into_iter().flat_map(|lane| {
        let ranges = ranges(search, known.watermark, lane);
        (first..known.shards).flat_map(move |shard| {
            let partition = key::arrivals(search.account, lane, shard);
            let ask = move |(low, high, consistency)| Ask {
                partition: partition.clone(),
                low,
                high,
                order: Order::Ascending,
                limit: None,
                consistency,
            };
            ranges.clone().into_iter().map(ask)
        })
    });
    let slices = try_join_all(asks.map(|ask| fetch.all(ask))).await?;
    Ok(slices.into_iter().flatten().collect())
}

/// The ranges of keys of a lane that may have rows of the time asked for: of slots that are settled, and of later ones.
fn ranges(
    search: &Search<'_>,
    watermark: Option<Slot>,
    lane: Lane,
) -> Vec<(String, String, Consistency)> {
    let earliest = match lane {
        Lane::OnTime => search.oldest,
        Lane::Late => search.oldest.plus_millis(-MAX_FUTURE_MS),
    };
    // One more: the clock that an event was checked by may have been read a little before that of its slot.
    let low = Slot::of(earliest).previous();
    let low = watermark.map_or(low, |watermark| low.max(watermark.next()));
    let high = match lane {
        // What is on time is at most so much older than its slot.
        Lane::OnTime => Slot::of(search.newest.plus_millis(ON_TIME_MS)),
        Lane::Late => Slot::of(Instant::from_millis(i64::MAX / 2)),
    };
    let settled = Slot::of(search.now.plus_millis(-SETTLED_MS)).previous();
    let range = |low: Slot, high: Slot, consistency| {
        let high = match lane {
            Lane::Late if high > settled => LAST.to_string(),
            Lane::OnTime | Lane::Late => format!("{}{LAST}", key::slot(high)),
        };
        (key::slot(low), high, consistency)
    };
    let mut ranges = Vec::new();
    if low <= high.min(settled) {
        ranges.push(range(low, high.min(settled), Consistency::Eventual));
    }
    let low = low.max(settled.next());
    if low <= high {
        ranges.push(range(low, high, Consistency::Strong));
    }
    ranges
}
