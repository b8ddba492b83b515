//! The columns block: the lookup fields of events, in read order (newest first).
//!
//! Layout, version 3: a version byte, then [`Columns`] in postcard. A filter reads the bytes as they lie: nothing is
//! taken apart to decode them. In a segment they lie as they are; in an item of their own [compressed](Columns::compressed).

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Damaged;
use super::dictionary::Dictionary;
use super::numbers::Numbers;
use super::resources::Resources;
use super::unique::Unique;
use crate::event::Event;
use crate::instant::Instant;
use crate::query::Attribute;
use crate::slot::Slot;

pub use super::compressed::decompressed;

const VERSION: u8 = 3;
/// How many [`Column`]s there are.
const TEXTS: usize = 12;

/// Most rows of a segment: what a filter plugin gets at once.
pub const MAX_ROWS: usize = 4_096;

/// The decoded block; what it holds borrows from the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns<'a> {
    pub(super) rows: u32,
    /// bytes of each row's record
    #[serde(borrow)]
    lengths: Numbers<'a>,
    /// time of the newest row, in milliseconds
    newest: i64,
    /// how much older each row is, in milliseconds
    age: Numbers<'a>,
    pub(super) read_only: ReadOnly<'a>,
    #[serde(borrow)]
    slots: Option<Slots<'a>>,
    pub(super) ids: Unique<'a>,
    pub(super) request_ids: Unique<'a>,
    #[serde(borrow)]
    texts: [Dictionary<'a>; TEXTS],
    pub(super) resources: Resources<'a>,
}

/// The beginning of the block, which says how long the records are.
#[derive(Deserialize)]
struct Beginning<'a> {
    rows: u32,
    #[serde(borrow)]
    lengths: Numbers<'a>,
}

/// Bytes of each row's record, of an encoded block of which no more is read.
pub fn record_lengths(bytes: &[u8]) -> Result<impl Iterator<Item = usize>, Damaged> {
    let (mut beginning, _): (Beginning<'_>, _) =
        postcard::take_from_bytes(versioned(bytes)?).map_err(Damaged::Columns)?;
    let rows = beginning.rows as usize;
    beginning.lengths.measure(rows)?;
    Ok((0..rows).map(move |row| length_of(&beginning.lengths, row)))
}

fn length_of(lengths: &Numbers<'_>, row: usize) -> usize {
    usize::try_from(lengths.get(row)).unwrap_or(usize::MAX)
}

/// What stands after the version.
fn versioned(bytes: &[u8]) -> Result<&[u8], Damaged> {
    match bytes {
        [VERSION, rest @ ..] => Ok(rest),
        [version, ..] => Err(Damaged::Version(*version)),
        [] => Err(Damaged::Inconsistent("the columns are empty")),
    }
}

/// Which rows only read: what the first row does, and one bit a row for those that do otherwise, if any does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReadOnly<'a> {
    pub first: bool,
    #[serde(borrow, with = "serde_bytes")]
    others: Cow<'a, [u8]>,
}

impl ReadOnly<'_> {
    fn of(events: &[&Event<'_>]) -> ReadOnly<'static> {
        let first = events.first().is_some_and(|event| event.read_only);
        let differs = |event: &&Event<'_>| event.read_only != first;
        let eights = events.chunks(8).map(|rows| {
            let bits = (0..).zip(rows);
            bits.fold(0, |byte, (bit, event)| {
                byte | u8::from(differs(event)) << bit
            })
        });
        let others: Vec<u8> = if events.iter().any(differs) {
            eights.collect()
        } else {
            Vec::new()
        };
        ReadOnly {
            first,
            others: others.into(),
        }
    }

    fn measure(&self, rows: usize) -> Result<(), Damaged> {
        if self.are_same() || self.others.len() == rows.div_ceil(8) {
            return Ok(());
        }
        Err(Damaged::Inconsistent("a column has not one value a row"))
    }

    /// Whether every row does what the first does.
    pub fn are_same(&self) -> bool {
        self.others.is_empty()
    }

    pub fn get(&self, row: usize) -> bool {
        let byte = self.others.get(row / 8).copied().unwrap_or(0);
        (byte >> (row % 8) & 1 == 1) != self.first
    }
}

/// In which slots the rows came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Slots<'a> {
    last: i64,
    /// how much earlier each row's is
    #[serde(borrow)]
    before: Numbers<'a>,
}

impl Slots<'_> {
    fn of(slots: &[Slot]) -> Slots<'static> {
        let last = slots.iter().max().map_or(0, |slot| slot.number());
        Slots {
            last,
            before: Numbers::of(slots.iter().map(|slot| last.abs_diff(slot.number()))),
        }
    }

    fn get(&self, row: usize) -> Slot {
        Slot::from_number(self.last.saturating_sub_unsigned(self.before.get(row)))
    }
}

/// A dictionary column other than resources. A new one is added at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Column {
    /// `eventName`
    Name,
    /// `eventSource`
    Source,
    /// the caller
    Username,
    /// the access key
    AccessKeyId,
    /// the project
    Project,
    /// `awsRegion`
    Region,
    /// `sourceIPAddress`
    SourceIp,
    /// `errorCode`
    ErrorCode,
    /// `eventType`
    EventType,
    /// how it came
    Origin,
    /// the product of `userAgent`
    UserAgent,
    /// `userIdentity.arn`
    PrincipalArn,
}

impl Column {
    /// The column an attribute is kept in, if it is one of these.
    pub const fn of(attribute: Attribute) -> Option<Self> {
        match attribute {
            Attribute::EventName => Some(Self::Name),
            Attribute::EventSource => Some(Self::Source),
            Attribute::Username => Some(Self::Username),
            Attribute::AccessKeyId => Some(Self::AccessKeyId),
            Attribute::Project => Some(Self::Project),
            Attribute::SourceIp => Some(Self::SourceIp),
            Attribute::ErrorCode => Some(Self::ErrorCode),
            Attribute::Origin => Some(Self::Origin),
            Attribute::EventId
            | Attribute::ReadOnly
            | Attribute::ResourceType
            | Attribute::ResourceName => None,
        }
    }
}

impl Columns<'_> {
    /// Columns of events, given in read order.
    pub fn of(events: &[&Event<'_>]) -> Columns<'static> {
        let text = |pick: for<'e> fn(&'e Event<'_>) -> Option<&'e str>| {
            Dictionary::encode(events.iter().map(|event| pick(event)))
        };
        let newest = events.iter().map(|event| event.time.millis()).max();
        let newest = newest.unwrap_or(0);
        let ages = events
            .iter()
            .map(|event| newest.abs_diff(event.time.millis()));
        Columns {
            rows: u32::try_from(events.len()).unwrap_or(u32::MAX),
            lengths: Numbers::of(events.iter().map(|event| event.text.len() as u64)),
            newest,
            age: Numbers::of(ages),
            read_only: ReadOnly::of(events),
            slots: None,
            ids: Unique::encode(events.iter().map(|event| Some(&*event.id))),
            request_ids: Unique::encode(
                events
                    .iter()
                    .map(|event| event.fields.request_id.as_deref()),
            ),
            // In the order of `Column`.
            texts: [
                text(|event| Some(&event.fields.name)),
                text(|event| event.fields.source.as_deref()),
                text(|event| event.fields.username.as_deref()),
                text(|event| event.fields.access_key_id.as_deref()),
                text(|event| event.fields.project.as_deref()),
                text(|event| event.fields.region.as_deref()),
                text(|event| event.fields.source_ip.as_deref()),
                text(|event| event.fields.error_code.as_deref()),
                text(|event| event.fields.event_type.as_deref()),
                text(|event| Some(&event.origin)),
                text(|event| event.fields.user_agent.as_deref()),
                text(|event| event.fields.principal_arn.as_deref()),
            ],
            resources: Resources::of(events),
        }
    }

    /// Columns of events of a run: given in read order, each with the slot it came in.
    pub fn of_run(events: &[&Event<'_>], slots: &[Slot]) -> Columns<'static> {
        Columns {
            slots: Some(Slots::of(slots)),
            ..Self::of(events)
        }
    }

    /// The block's bytes.
    pub fn encode(&self) -> Result<Vec<u8>, Damaged> {
        postcard::to_extend(self, vec![VERSION]).map_err(Damaged::Columns)
    }

    /// How many events.
    pub fn rows(&self) -> usize {
        self.rows as usize
    }

    /// When a row's call was made.
    pub fn time(&self, row: usize) -> Instant {
        Instant::from_millis(self.newest.saturating_sub_unsigned(self.age.get(row)))
    }

    /// The rows whose time lies in `oldest..=newest`.
    pub(super) fn rows_between(&self, oldest: Instant, newest: Instant) -> Range<u32> {
        let is_within = |row: u32| (oldest..=newest).contains(&self.time(row as usize));
        if self.rows == 0 || (is_within(0) && is_within(self.rows - 1)) {
            return 0..self.rows;
        }
        // Newest first: the rows that are too new, those wanted, those that are too old.
        let first = self.first_row(|time| time <= newest);
        first..self.first_row(|time| time < oldest).max(first)
    }

    /// The first row for whose time something holds that holds for all older ones.
    fn first_row(&self, holds: impl Fn(Instant) -> bool) -> u32 {
        let (mut low, mut high) = (0, self.rows);
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(self.time(middle as usize)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// Whether a row's call only read.
    pub fn read_only(&self, row: usize) -> bool {
        self.read_only.get(row)
    }

    /// The slot a row came in, where columns of a run know it.
    pub fn slot(&self, row: usize) -> Option<Slot> {
        Some(self.slots.as_ref()?.get(row))
    }

    /// Bytes of a row's record.
    pub fn record_bytes(&self, row: usize) -> usize {
        length_of(&self.lengths, row)
    }

    /// A row's event id.
    pub fn id(&self, row: usize) -> Cow<'_, str> {
        self.ids.get(row).unwrap_or_default()
    }

    /// A row's request id.
    pub fn request_id(&self, row: usize) -> Option<Cow<'_, str>> {
        self.request_ids.get(row)
    }
}

impl<'a> Columns<'a> {
    /// Reads the block.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Damaged> {
        let mut columns: Self =
            postcard::from_bytes(versioned(bytes)?).map_err(Damaged::Columns)?;
        columns.measure()?;
        Ok(columns)
    }

    fn measure(&mut self) -> Result<(), Damaged> {
        let rows = self.rows();
        self.lengths.measure(rows)?;
        self.age.measure(rows)?;
        self.read_only.measure(rows)?;
        if let Some(slots) = &mut self.slots {
            slots.before.measure(rows)?;
        }
        self.ids.measure(rows)?;
        self.request_ids.measure(rows)?;
        for column in &mut self.texts {
            column.measure(rows)?;
        }
        self.resources.measure(rows)
    }

    /// What the rows' calls touched.
    pub fn resources(&self) -> &Resources<'a> {
        &self.resources
    }

    /// A text column.
    pub fn text(&self, column: Column) -> &Dictionary<'a> {
        &self.texts[column as usize]
    }
}
