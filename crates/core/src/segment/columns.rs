//! The columns block: the lookup fields of a segment's events, in read order (newest first).
//!
//! Layout, version 2: a version byte, then [`Columns`] in postcard. Not compressed: a filter reads
//! the bytes as they lie.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Damaged;
use super::dictionary::Dictionary;
use crate::event::Event;
use crate::instant::{Instant, MINUTE};
use crate::query::Attribute;

const VERSION: u8 = 2;

/// Most rows of a segment: what a filter plugin gets at once.
pub const MAX_ROWS: usize = 4_096;

/// The decoded block; texts borrow from the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns<'a> {
    minute: i64,
    pub(super) rows: u32,
    /// milliseconds within the minute, two bytes a row
    #[serde(borrow, with = "serde_bytes")]
    times: Cow<'a, [u8]>,
    /// length of each row's record in the bodies, four bytes a row
    #[serde(borrow, with = "serde_bytes")]
    lengths: Cow<'a, [u8]>,
    #[serde(borrow)]
    pub(super) ids: Ids<'a>,
    #[serde(borrow)]
    pub(super) texts: [Dictionary<'a>; 10],
    #[serde(borrow)]
    pub(super) resources: Resources<'a>,
}

/// The beginning of the block, which says how long the records are.
#[derive(Deserialize)]
struct Beginning<'a> {
    #[expect(dead_code, reason = "it stands before what is wanted")]
    minute: i64,
    rows: u32,
    #[expect(dead_code, reason = "it stands before what is wanted")]
    #[serde(borrow, with = "serde_bytes")]
    times: Cow<'a, [u8]>,
    #[serde(borrow, with = "serde_bytes")]
    lengths: Cow<'a, [u8]>,
}

/// Bytes of each row's record, of an encoded block of which no more is read.
pub fn record_lengths(bytes: &[u8]) -> Result<impl Iterator<Item = usize>, Damaged> {
    let [VERSION, rest @ ..] = bytes else {
        let version = bytes.first().copied().unwrap_or_default();
        return Err(Damaged::Version(version));
    };
    let (beginning, _): (Beginning<'_>, _) =
        postcard::take_from_bytes(rest).map_err(Damaged::Columns)?;
    if beginning.lengths.len() != beginning.rows as usize * 4 {
        return Err(Damaged::Inconsistent("a column has not one value a row"));
    }
    let rows = 0..beginning.rows as usize;
    Ok(rows.map(move |row| {
        let length = beginning.lengths.as_chunks().0.get(row);
        length.map_or(0, |length| u32::from_le_bytes(*length) as usize)
    }))
}

/// Event ids: 16 bytes each where all are UUIDs as usually written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Ids<'a> {
    #[serde(borrow, with = "serde_bytes")]
    Uuids(Cow<'a, [u8]>),
    #[serde(borrow)]
    Texts(Vec<Cow<'a, str>>),
}

/// Resources of all rows in one list; a row owns as many as its count says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Resources<'a> {
    pub counts: Vec<u16>,
    #[serde(borrow)]
    pub names: Dictionary<'a>,
    #[serde(borrow)]
    pub kinds: Dictionary<'a>,
}

/// A dictionary column other than resources.
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

impl<'a> Columns<'a> {
    /// Columns of events of one minute, given in read order.
    pub fn of(events: &[&'a Event<'_>]) -> Self {
        let text = |pick: fn(&'a Event<'_>) -> Option<&'a str>| {
            Dictionary::encode(events.iter().map(|event| pick(event)))
        };
        Self {
            minute: events.first().map_or(0, |event| event.time.minute()),
            rows: u32::try_from(events.len()).unwrap_or(u32::MAX),
            times: events
                .iter()
                .flat_map(|event| within_minute(event.time).to_le_bytes())
                .collect(),
            lengths: events
                .iter()
                .flat_map(|event| length(&event.text).to_le_bytes())
                .collect(),
            ids: Ids::of(events),
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
            ],
            resources: Resources::of(events),
        }
    }

    /// The block's bytes.
    pub fn encode(&self) -> Result<Vec<u8>, Damaged> {
        postcard::to_extend(self, vec![VERSION]).map_err(Damaged::Columns)
    }

    /// Reads the block.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Damaged> {
        let columns: Self = match bytes {
            [VERSION, rest @ ..] => postcard::from_bytes(rest).map_err(Damaged::Columns)?,
            [version, ..] => return Err(Damaged::Version(*version)),
            [] => return Err(Damaged::Inconsistent("the columns are empty")),
        };
        let rows = columns.rows();
        let ids = match &columns.ids {
            Ids::Uuids(bytes) => bytes.len() == rows * 16,
            Ids::Texts(texts) => texts.len() == rows,
        };
        let counts = columns.resources.counts.len();
        let widths = columns.times.len() == rows * 2 && columns.lengths.len() == rows * 4;
        if !widths || !ids || (counts != 0 && counts != rows) {
            return Err(Damaged::Inconsistent("a column has not one value a row"));
        }
        Ok(columns)
    }

    /// How many events.
    pub fn rows(&self) -> usize {
        self.rows as usize
    }

    /// When a row's call was made.
    pub fn time(&self, row: usize) -> Instant {
        let bytes = self.times.get(row * 2..row * 2 + 2).unwrap_or(&[0, 0]);
        let millis = u16::from_le_bytes([bytes[0], bytes[1]]);
        Instant::from_millis(self.minute * MINUTE + i64::from(millis))
    }

    /// Bytes of a row's record.
    pub fn record_bytes(&self, row: usize) -> usize {
        let lengths = self.lengths.as_chunks().0;
        lengths
            .get(row)
            .map_or(0, |length| u32::from_le_bytes(*length) as usize)
    }

    /// A row's event id.
    pub fn id(&self, row: usize) -> Cow<'_, str> {
        match &self.ids {
            Ids::Uuids(bytes) => bytes
                .as_chunks()
                .0
                .get(row)
                .map_or(Cow::Borrowed(""), |bytes| {
                    Uuid::from_bytes(*bytes).to_string().into()
                }),
            Ids::Texts(texts) => texts.get(row).map_or("", |text| text).into(),
        }
    }

    /// A text column.
    pub fn text(&self, column: Column) -> &Dictionary<'a> {
        &self.texts[column as usize]
    }
}

/// Bytes of a record; far below the type's most.
fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

/// Milliseconds since the minute began; below 60,000, so it fits.
fn within_minute(time: Instant) -> u16 {
    u16::try_from(time.millis().rem_euclid(MINUTE)).unwrap_or(u16::MAX)
}

impl<'a> Ids<'a> {
    fn of(events: &[&'a Event<'_>]) -> Self {
        let uuids: Option<Vec<Uuid>> = events
            .iter()
            .map(|event| canonical_uuid(&event.id))
            .collect();
        match uuids {
            Some(uuids) => Self::Uuids(uuids.iter().flat_map(Uuid::as_bytes).copied().collect()),
            None => Self::Texts(
                events
                    .iter()
                    .map(|event| Cow::Borrowed(&*event.id))
                    .collect(),
            ),
        }
    }
}

/// The UUID, if the text is exactly how we would write it back.
pub(super) fn canonical_uuid(text: &str) -> Option<Uuid> {
    let bytes = text.as_bytes();
    if bytes.len() != 36 || bytes.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    Uuid::try_parse(text).ok()
}

impl<'a> Resources<'a> {
    fn of(events: &[&'a Event<'_>]) -> Self {
        if events.iter().all(|event| event.fields.resources.is_empty()) {
            return Self::default();
        }
        let all = || events.iter().flat_map(|event| &event.fields.resources);
        Self {
            counts: events
                .iter()
                .map(|event| u16::try_from(event.fields.resources.len()).unwrap_or(u16::MAX))
                .collect(),
            names: Dictionary::encode(all().map(|one| one.name.as_deref())),
            kinds: Dictionary::encode(all().map(|one| one.kind.as_deref())),
        }
    }
}
