//! The columns block: the lookup fields of events, in read order (newest first).
//!
//! Layout, version 4: a version byte, the number of rows, and then the fields of [`Columns`] in their order, but UUIDs
//! at the end. A filter reads the bytes as they lie: nothing is taken apart to decode them. In an item they lie
//! [compressed](Columns::compressed).

use std::borrow::Cow;
use std::ops::Range;

use super::compressed::MAX_PLAIN;
use super::dictionary::Dictionary;
use super::numbers::Numbers;
use super::resources::Resources;
use super::stored::{Reader, put_count};
use super::times::{Ages, Slots};
use super::unique::Unique;
use crate::damaged::Damaged;
use crate::event::Event;
use crate::instant::Instant;
use crate::query::Attribute;
use crate::slot::Slot;

const VERSION: u8 = 4;
/// How many [`Column`]s there are.
const TEXTS: usize = 12;

/// The decoded block; what it holds borrows from the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns<'a> {
    pub(super) rows: u32,
    /// bytes of each row's record
    lengths: Numbers<'a>,
    /// time of the newest row, in milliseconds
    newest: i64,
    age: Ages<'a>,
    pub(super) read_only: ReadOnly<'a>,
    slots: Option<Slots<'a>>,
    pub(super) ids: Unique<'a>,
    pub(super) request_ids: Unique<'a>,
    texts: [Dictionary<'a>; TEXTS],
    pub(super) resources: Resources<'a>,
}

/// What stands after the version.
fn versioned(bytes: &[u8]) -> Result<&[u8], Damaged> {
    match bytes {
        [VERSION, rest @ ..] => Ok(rest),
        [version, ..] => Err(Damaged::Version(*version)),
        [] => Err(Damaged::Inconsistent("the columns are empty")),
    }
}

/// Which rows only read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReadOnly<'a> {
    /// all of them, or none
    Same(bool),
    /// one bit a row
    Bits(Cow<'a, [u8]>),
}

/// What stands in front of the bits, where 0 and 1 stand for a value that all rows have.
const BITS: u8 = 2;

impl<'a> ReadOnly<'a> {
    fn read(from: &mut Reader<'a>, rows: usize) -> Result<Self, Damaged> {
        match from.byte()? {
            0 => Ok(Self::Same(false)),
            1 => Ok(Self::Same(true)),
            BITS => Ok(Self::Bits(from.bytes(rows.div_ceil(8))?.into())),
            _ => Err(Damaged::Inconsistent("a row is neither read-only nor not")),
        }
    }

    fn of(events: &[&Event<'_>]) -> Self {
        let first = events.first().is_some_and(|event| event.read_only);
        if events.iter().all(|event| event.read_only == first) {
            return Self::Same(first);
        }
        let eights = events.chunks(8).map(|rows| {
            let bits = (0..).zip(rows);
            bits.fold(0, |byte, (bit, event)| {
                byte | u8::from(event.read_only) << bit
            })
        });
        Self::Bits(eights.collect())
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Same(all) => out.push(u8::from(*all)),
            Self::Bits(bits) => {
                out.push(BITS);
                out.extend(&**bits);
            }
        }
    }

    pub fn get(&self, row: usize) -> bool {
        match self {
            Self::Same(all) => *all,
            Self::Bits(bits) => bits
                .get(row / 8)
                .is_some_and(|byte| byte >> (row % 8) & 1 == 1),
        }
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
            Attribute::UserAgent => Some(Self::UserAgent),
            Attribute::Region => Some(Self::Region),
            Attribute::PrincipalArn => Some(Self::PrincipalArn),
            Attribute::EventType => Some(Self::EventType),
            Attribute::EventId
            | Attribute::RequestId
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
            age: Ages::of(ages),
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
            slots: Some(Slots::of(events, slots)),
            ..Self::of(events)
        }
    }

    /// The block's bytes; an error if they are more than [`MAX_PLAIN`].
    pub fn encode(&self) -> Result<Vec<u8>, Damaged> {
        let mut bytes = vec![VERSION];
        put_count(self.rows, &mut bytes);
        self.lengths.write(&mut bytes);
        bytes.extend(self.newest.to_le_bytes());
        self.age.write(&mut bytes);
        self.read_only.write(&mut bytes);
        Slots::write(self.slots.as_ref(), &mut bytes);
        self.ids.write(&mut bytes);
        self.request_ids.write(&mut bytes);
        for column in &self.texts {
            column.write(&mut bytes);
        }
        self.resources.write(&mut bytes);
        self.ids.write_uuids(&mut bytes);
        self.request_ids.write_uuids(&mut bytes);
        if bytes.len() > MAX_PLAIN {
            return Err(Damaged::Inconsistent("the columns are larger than may be"));
        }
        Ok(bytes)
    }

    /// How many of the block's last bytes are those of UUIDs, which no compression makes fewer.
    pub(super) fn random_bytes(&self) -> usize {
        self.ids.uuid_bytes() + self.request_ids.uuid_bytes()
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
        Some(self.slots.as_ref()?.get(row, self.time(row)))
    }

    /// Bytes of a row's record.
    pub fn record_bytes(&self, row: usize) -> usize {
        usize::try_from(self.lengths.get(row)).unwrap_or(usize::MAX)
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
        let mut from = Reader::new(versioned(bytes)?);
        let count = from.count()?;
        let rows = count as usize;
        let mut columns = Self {
            rows: count,
            lengths: Numbers::read(&mut from, rows)?,
            newest: from.long()?,
            age: Ages::read(&mut from, rows)?,
            read_only: ReadOnly::read(&mut from, rows)?,
            slots: Slots::read(&mut from, rows)?,
            ids: Unique::read(&mut from, rows)?,
            request_ids: Unique::read(&mut from, rows)?,
            texts: read_texts(&mut from, rows)?,
            resources: Resources::read(&mut from, rows)?,
        };
        columns.ids.read_uuids(&mut from, rows)?;
        columns.request_ids.read_uuids(&mut from, rows)?;
        from.end()?;
        Ok(columns)
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

fn read_texts<'a>(from: &mut Reader<'a>, rows: usize) -> Result<[Dictionary<'a>; TEXTS], Damaged> {
    let mut texts = <[Dictionary<'a>; TEXTS]>::default();
    for column in &mut texts {
        *column = Dictionary::read(from, rows)?;
    }
    Ok(texts)
}
