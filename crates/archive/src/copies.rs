//! Copies of one event in several segments, and which of them is the first.
//!
//! Ingest leaves out events it has stored before, but two copies that arrive at the same moment in
//! different batches are both stored. The fingerprints of a minute's event ids tell whether there can be
//! any; only then are the segments looked into. The first copy of the highest rank ([`Rank`]) comes before all others:
//! what somebody sent under the id of an event of ours, or of AWS's, does not keep that one out of the archive.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use activity_log_core::account::AccountId;
use activity_log_core::instant::{Instant, MINUTE};
use activity_log_core::origin::Rank;
use activity_log_core::reader::ReadError;
use activity_log_core::segment::columns::Columns;
use activity_log_core::segment::fingerprint;
use activity_log_core::segment::ranks::RowRanks;
use activity_log_core::store::key::{SegmentKey, SortRange};
use activity_log_core::store::{SegmentReader, StoredSegment};
use activity_log_core::window::Window;

/// Segments read at once.
const AT_ONCE: usize = 25;

/// An event's time and id: two events that agree in both are copies of one.
type Identity = (Instant, String);

/// A copy's place in the order of copies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// how far its origin is believed
    rank: Reverse<Rank>,
    window: Window,
    /// the sort key of its segment
    sort: String,
}

/// The events of a minute that are stored more than once up to a window, and where the first copies are.
#[derive(Debug, Default)]
pub struct Copies {
    prints: HashSet<[u8; 8]>,
    first: HashMap<Identity, Place>,
}

impl Copies {
    /// Finds the copies among all events of `account` in `minute` that were stored in `window` or before.
    pub async fn of_minute<R: SegmentReader>(
        reader: &R,
        account: AccountId,
        minute: i64,
        window: Window,
    ) -> Result<Self, ReadError> {
        let (prints, segments) = suspects(reader, account, minute).await?;
        let mut copies = Self {
            prints,
            first: HashMap::new(),
        };
        for keys in segments.chunks(AT_ONCE) {
            for segment in reader.fetch(keys).await? {
                if segment.window <= window {
                    copies.note(&segment)?;
                }
            }
        }
        Ok(copies)
    }

    /// Whether there can be any.
    pub fn is_empty(&self) -> bool {
        self.prints.is_empty()
    }

    /// Whether a row of `segment` is a copy and not the first.
    pub fn is_later_copy(&self, segment: &StoredSegment, time: Instant, id: &str) -> bool {
        if !self.prints.contains(&fingerprint(id)) {
            return false;
        }
        let first = self.first.get(&(time, id.to_owned()));
        first.is_some_and(|first| {
            (first.window, first.sort.as_str()) != (segment.window, &*segment.key.sort())
        })
    }

    fn note(&mut self, segment: &StoredSegment) -> Result<(), ReadError> {
        let columns = columns(segment)?;
        let ranks = RowRanks::of(&columns);
        for row in 0..columns.rows() {
            let id = columns.id(row);
            if self.prints.contains(&fingerprint(&id)) {
                let place = Place {
                    rank: Reverse(ranks.get(row)),
                    window: segment.window,
                    sort: segment.key.sort(),
                };
                let first = self
                    .first
                    .entry((columns.time(row), id.into_owned()))
                    .or_insert_with(|| place.clone());
                if place < *first {
                    first.clone_from(&place);
                }
            }
        }
        Ok(())
    }
}

/// The columns of a segment.
pub(crate) fn columns(segment: &StoredSegment) -> Result<Columns<'_>, ReadError> {
    Columns::decode(&segment.columns).map_err(|source| damaged(segment, source))
}

/// A segment that cannot be read.
pub(crate) fn damaged(
    segment: &StoredSegment,
    source: impl std::error::Error + Send + Sync + 'static,
) -> ReadError {
    ReadError::Damaged {
        key: segment.key.sort(),
        source: Box::new(source),
    }
}

/// Fingerprints that stand in more than one segment of the minute, and those segments.
async fn suspects<R: SegmentReader>(
    reader: &R,
    account: AccountId,
    minute: i64,
) -> Result<(HashSet<[u8; 8]>, Vec<SegmentKey>), ReadError> {
    let start = Instant::from_millis(minute * MINUTE);
    let mut range = Some(SortRange::of_times(start, start.plus_millis(MINUTE - 1)));
    let mut keys: Vec<SegmentKey> = Vec::new();
    let mut prints: Vec<([u8; 8], u32)> = Vec::new();
    while let Some(asked) = range.take() {
        let slice = reader.identifiers(account, start.day(), &asked).await?;
        range = slice.resume.map(|last| asked.below(&last));
        for one in slice.items {
            let segment = u32::try_from(keys.len()).unwrap_or(u32::MAX);
            keys.push(one.key);
            let all = one.fingerprints.as_chunks().0;
            prints.extend(all.iter().map(|print| (*print, segment)));
        }
    }
    prints.sort_unstable();
    let (mut repeated, mut segments) = (HashSet::new(), HashSet::new());
    for same in prints.chunk_by(|a, b| a.0 == b.0) {
        if same.len() > 1 {
            repeated.insert(same[0].0);
            segments.extend(same.iter().map(|(_, segment)| *segment));
        }
    }
    let keys = segments.into_iter().map(|segment| keys[segment as usize]);
    Ok((repeated, keys.collect()))
}
