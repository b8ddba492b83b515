//! What is not rolled up: the head, and the arrivals (L0) above its watermark.
//!
//! Where the roll-up stands still there are ever more of them. So they are read from the newest on, and a page that may
//! not read all ends where what it has read of them does ([`Fresh::from`]).

use futures::future::try_join;

use super::arrived::{self, Extent};
use super::fetch::Fetch;
use super::held::{Held, HeldRow};
use super::holds::matching;
use super::part::Part;
use super::search::Search;
use crate::columns::Columns;
use crate::event::Event;
use crate::head::Head;
use crate::instant::{Instant, MINUTE};
use crate::items::{Item, ItemReader, key};
use crate::pack::PART_ROWS;
use crate::page::Position;
use crate::reader::ReadError;
use crate::rollup::order::{Place, Row, Stored, Verdict, judge};
use crate::slot::Slot;

/// So long a head is remembered. With an older one all would be read that was rolled up since: of a busy account that
/// nobody asked for hours, hundreds of megabytes.
const REMEMBERED_MS: i64 = MINUTE;

/// Bytes of rows that a page holds at most, unpacked; a page that would hold more ends early.
pub(super) const PAGE_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of rows that counts hold at most: a bucket of time is counted whole, or not at all.
pub(super) const COUNTS_BYTES: usize = 2 * PAGE_BYTES;
/// Bytes of rows that a report holds at most. It must have all of them.
pub(super) const REPORT_BYTES: usize = 256 * 1024 * 1024;

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

/// A head, and the rows of the time asked for that arrived above its watermark.
#[derive(Debug)]
pub(super) struct Fresh {
    pub head: Head,
    pub held: Vec<HeldRow>,
    /// All rows of this time or newer are held, and of older ones some are not. `None`: all are
    pub from: Option<Instant>,
}

/// More is not rolled up than a page may read, and there is nothing that it could end with.
#[derive(Debug, thiserror::Error)]
#[error("more events wait to be rolled up than may be read at once")]
struct Behind;

/// A report must hold all that is not rolled up, and that is too much.
#[derive(Debug, thiserror::Error)]
#[error("more events wait to be rolled up than a report may hold")]
struct TooMuch;

impl Fresh {
    /// Reads both; in one round if an older head is remembered.
    ///
    /// # Errors
    /// [`ReadError::Throttled`] if what may be read, or held, is not enough to get on: the roll-up is behind.
    pub(super) async fn read<R: ItemReader>(
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        remembered: Option<Remembered>,
        (extent, most_bytes): (Extent, usize),
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
        let (head, mut slices) = match remembered {
            None => (head.await?, Vec::new()),
            Some(known) => try_join(head, arrived::read(fetch, search, (known, 0), extent)).await?,
        };
        let now = Remembered::of(&head, search.now);
        let done = remembered.map_or(0, |known| known.shards);
        if done < now.shards {
            // What a head of long ago did not know of, or all if there was none.
            slices.extend(arrived::read(fetch, search, (now, done), extent).await?);
        }
        let mut from = None;
        for slice in &slices {
            from = from.max(slice.read_from(head.watermark)?);
        }
        let mut kept = Held::new(search, most_bytes);
        // The newest first: where there are too many, those of before are not unpacked.
        let mut items: Vec<Item> = slices.into_iter().flat_map(|slice| slice.items).collect();
        items.sort_unstable_by(|a, b| b.key.sort.cmp(&a.key.sort));
        for item in items {
            let key = arrived::key_of(&item)?;
            // What the head covers was read for nothing.
            if Some(key.slot) > head.watermark {
                kept.take(key, &item)?;
            }
        }
        from = from.max(kept.floor);
        if extent == Extent::All && from.is_some() {
            return Err(ReadError::Throttled(Box::new(TooMuch)));
        }
        Ok(Self {
            head,
            held: kept.rows,
            from,
        })
    }

    /// Where a page of this search ends at the latest, since what is older was not read; the search is cut to that.
    ///
    /// # Errors
    /// [`ReadError::Throttled`] if that is where it begins.
    pub(super) fn cut(&self, search: &mut Search<'_>) -> Result<Option<Position>, ReadError> {
        let Some(from) = self.from.filter(|from| *from > search.oldest) else {
            return Ok(None);
        };
        let end = Position {
            time: from,
            id: String::new(),
        };
        if from > search.newest || search.after.as_ref().is_some_and(|after| end <= *after) {
            return Err(behind());
        }
        search.oldest = from;
        Ok(Some(end))
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
        for (at, held) in self.held.iter().enumerate() {
            let event = held.event()?;
            if (search.oldest..=search.newest).contains(&event.time) {
                let place = held.place(event.rank);
                parsed.push(Parsed { event, place, at });
            }
        }
        Ok(parsed)
    }

    /// The event of a row.
    pub(super) fn event(&self, row: &FreshRow) -> Result<Event<'_>, ReadError> {
        self.held[row.at].event()
    }
}

/// A row of an arrival, read.
pub(super) struct Parsed<'a> {
    pub event: Event<'a>,
    pub place: Place,
    /// which of those that are held
    pub at: usize,
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
    /// which of those that are held
    at: usize,
}

impl FreshRow {
    fn of(parsed: &Parsed<'_>) -> Self {
        Self {
            position: Position {
                time: parsed.event.time,
                id: parsed.event.id.clone().into_owned(),
            },
            place: parsed.place,
            at: parsed.at,
        }
    }
}

pub(super) fn behind() -> ReadError {
    ReadError::Throttled(Box::new(Behind))
}
