//! Segments out of a batch: grouped by class and minute, in read order, split where too large.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::bodies::BodyEncoder;
use super::columns::{Columns, MAX_ROWS};
use super::{Damaged, fingerprint};
use crate::account::AccountId;
use crate::event::Event;
use crate::instant::{DAY, Instant, SECOND};
use crate::query::Attribute;
use crate::store::key::{Class, SegmentKey};
use crate::store::{IndexEntry, POSTED, Place, StoredSegment};
use crate::window::Window;

/// Largest segment item, in bytes; DynamoDB's limit is 400 KB with names and keys.
pub const MAX_ITEM_BYTES: usize = 380 * 1024;
/// How long a window's marks outlive its segments, in milliseconds: an archiver that comes too late still
/// sees how many there were.
const MARKS_OUTLIVE_MS: i64 = 30 * DAY;
/// How long a segment is kept at least, in milliseconds: an event that arrives at the end of its retention
/// still gets into the archive of its window.
const LEAST_LIFE_MS: i64 = DAY;
/// Largest sum of records tried in one segment, before compression.
const MAX_PLAIN_BYTES: usize = 4 * 1024 * 1024;

/// A segment that is encoded and not yet written.
#[derive(Debug)]
pub struct Draft {
    /// its name
    pub key: SegmentKey,
    /// which events of the batch it holds
    pub members: Vec<usize>,
    columns: Vec<u8>,
    bodies: Vec<u8>,
    postings: Vec<(Attribute, String)>,
    fingerprints: Vec<u8>,
}

impl Draft {
    /// The segment, written in `window`, kept for `retention_days` after its newest event.
    pub fn segment(&self, window: Window, retention_days: u32) -> StoredSegment {
        StoredSegment {
            key: self.key,
            window,
            expires: self.expires(window, retention_days),
            columns: self.columns.clone(),
            bodies: self.bodies.clone(),
        }
    }

    /// Everything that must be written before the segment.
    pub fn entries(&self, window: Window, retention_days: u32) -> Vec<IndexEntry> {
        let expires = self.expires(window, retention_days);
        let entry = |place, fingerprints| IndexEntry {
            place,
            key: self.key,
            expires,
            fingerprints,
        };
        let mark = IndexEntry {
            expires: expires + MARKS_OUTLIVE_MS / SECOND,
            ..entry(Place::Mark(window), Vec::new())
        };
        let postings = self
            .postings
            .iter()
            .map(|(attribute, value)| entry(Place::Posting(*attribute, value.clone()), Vec::new()));
        let day = Place::Identifiers(self.key.newest.day());
        [mark, entry(day, self.fingerprints.clone())]
            .into_iter()
            .chain(postings)
            .collect()
    }

    /// Seconds since 1970.
    fn expires(&self, window: Window, retention_days: u32) -> i64 {
        expires(self.key.newest, window, retention_days).seconds()
    }
}

/// When a segment may be deleted: after its newest event's retention, but not before its window is archived.
/// Reads filter by time themselves.
pub fn expires(newest: Instant, window: Window, retention_days: u32) -> Instant {
    let retained = newest.plus_millis(i64::from(retention_days) * DAY);
    retained.max(window.end().plus_millis(LEAST_LIFE_MS))
}

/// Until when all marks of a window are there, those of the latest events included.
pub fn marks_last_until(window: Window) -> Instant {
    let least = window.end().plus_millis(LEAST_LIFE_MS);
    least.plus_millis(MARKS_OUTLIVE_MS)
}

/// Encodes segments; keeps its working memory between batches.
pub struct SegmentEncoder {
    bodies: BodyEncoder,
}

impl SegmentEncoder {
    /// A new one.
    pub fn new() -> Result<Self, Damaged> {
        Ok(Self {
            bodies: BodyEncoder::new()?,
        })
    }

    /// Segments of the events at `members`, which must differ in (time, id).
    pub fn encode(
        &mut self,
        account: AccountId,
        events: &[Event<'_>],
        members: &[usize],
    ) -> Result<Vec<Draft>, Damaged> {
        let mut order = members.to_vec();
        order.sort_unstable_by_key(|member| {
            let event = &events[*member];
            (Class::of(event.read_only), Reverse((event.time, &event.id)))
        });
        let mut drafts = Vec::new();
        let same = |a: &usize, b: &usize| {
            let (a, b) = (&events[*a], &events[*b]);
            a.read_only == b.read_only && a.time.minute() == b.time.minute()
        };
        for group in order.chunk_by(same) {
            for part in parts(events, group) {
                self.encode_part(account, events, part, &mut drafts)?;
            }
        }
        Ok(drafts)
    }

    /// Encodes one segment, or halves of it where the item would be too large.
    fn encode_part(
        &mut self,
        account: AccountId,
        events: &[Event<'_>],
        members: &[usize],
        drafts: &mut Vec<Draft>,
    ) -> Result<(), Damaged> {
        let rows: Vec<&Event<'_>> = members.iter().map(|member| &events[*member]).collect();
        let columns = Columns::of(&rows);
        let encoded = columns.encode()?;
        let bodies = self.bodies.encode(rows.iter().map(|event| &*event.text))?;
        if encoded.len() + bodies.len() > MAX_ITEM_BYTES {
            if members.len() < 2 {
                return Err(Damaged::Inconsistent("one event does not fit a segment"));
            }
            let (newer, older) = members.split_at(members.len() / 2);
            self.encode_part(account, events, newer, drafts)?;
            return self.encode_part(account, events, older, drafts);
        }
        drafts.push(Draft {
            key: key(account, &rows),
            members: members.to_vec(),
            postings: postings(&columns),
            fingerprints: rows
                .iter()
                .flat_map(|event| fingerprint(&event.id))
                .collect(),
            columns: encoded,
            bodies,
        });
        Ok(())
    }
}

/// Cuts a group where rows or bytes are surely too many.
fn parts<'m>(events: &[Event<'_>], group: &'m [usize]) -> Vec<&'m [usize]> {
    let (mut parts, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, member) in group.iter().enumerate() {
        let size = events[*member].text.len();
        if at - start == MAX_ROWS || (at > start && bytes + size > MAX_PLAIN_BYTES) {
            parts.push(&group[start..at]);
            (start, bytes) = (at, 0);
        }
        bytes += size;
    }
    parts.push(&group[start..]);
    parts
}

/// The id is a hash of what readers see: times, ids, origins and records in read order. The same events
/// give the same segment, in whatever order they came; the same texts from somebody else give another one.
fn key(account: AccountId, rows: &[&Event<'_>]) -> SegmentKey {
    let mut hash = Sha256::new();
    hash.update(account.as_str());
    for event in rows {
        hash.update(event.time.millis().to_be_bytes());
        hash.update((event.id.len() as u64).to_be_bytes());
        hash.update(event.id.as_bytes());
        hash.update((event.origin.len() as u64).to_be_bytes());
        hash.update(event.origin.as_bytes());
        hash.update((event.text.len() as u64).to_be_bytes());
        hash.update(event.text.as_bytes());
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    SegmentKey {
        account,
        newest: rows[0].time,
        class: Class::of(rows[0].read_only),
        id,
    }
}

/// Each distinct value of each posted attribute, which the dictionaries already hold.
fn postings(columns: &Columns<'_>) -> Vec<(Attribute, String)> {
    let mut postings = Vec::new();
    for attribute in POSTED {
        let mut values = BTreeSet::new();
        let all = columns.values_of(attribute);
        all.visit_values(|_, value| {
            values.insert(value.to_owned());
        });
        postings.extend(values.into_iter().map(|value| (attribute, value)));
    }
    postings
}
