//! Events as stored segments in one file, so that what a benchmark needs of memory is its own.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::ops::Bound;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use activity_log_core::account::AccountId;
use activity_log_core::event::splice::set_text;
use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::query::Attribute;
use activity_log_core::reader::ReadError;
use activity_log_core::segment::build::SegmentEncoder;
use activity_log_core::store::key::{SegmentKey, SegmentPartition, SortRange};
use activity_log_core::store::{
    Identifiers, IndexEntry, Place, SegmentReader, Slice, StoredSegment, WindowReader,
};
use activity_log_core::window::Window;
use serde::{Deserialize, Serialize};

use crate::encode;
use crate::real::RealEvents;

/// Where a segment's blocks lie in the file: columns, bodies and fingerprints, one after the other.
#[derive(Serialize, Deserialize)]
struct Located {
    sort: String,
    offset: u64,
    lengths: [usize; 3],
    /// attributes and values it has postings for
    postings: Vec<(Attribute, String)>,
}

/// Stores `count` events: the real ones again and again, with ids of their own and times in whole seconds, as AWS
/// writes them, spread over `span_ms` from `start` on, in batches of 100. Gives the bytes of all records; hands
/// each record to `also`.
///
/// # Panics
/// If the file cannot be written.
pub fn store_events(
    real: &RealEvents,
    count: usize,
    (start, span_ms): (Instant, i64),
    path: &Path,
    mut also: impl FnMut(&str),
) -> usize {
    let encoder = Mutex::new(SegmentEncoder::new().expect("an encoder"));
    let mut admission = real.admission;
    admission.now = start.plus_millis(span_ms);
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    let (mut places, mut offset, mut bytes) = (Vec::new(), 0, 0);
    let mut records = real.records.iter().cycle().take(count).enumerate();
    loop {
        let batch: Vec<String> = records
            .by_ref()
            .take(100)
            .map(|(number, record)| {
                let seconds = span_ms / SECOND * i64::try_from(number).unwrap_or(0)
                    / i64::try_from(count).unwrap_or(1);
                let time = start.plus_millis(seconds * SECOND);
                with(record, number, time)
            })
            .collect();
        if batch.is_empty() {
            break;
        }
        for record in &batch {
            bytes += record.len();
            also(record);
        }
        for (segment, entries) in encode(&encoder, &admission, &batch) {
            let prints = fingerprints(&entries);
            let blocks = [&segment.columns, &segment.bodies, prints];
            for block in blocks {
                file.write_all(block).expect("written");
            }
            let lengths = blocks.map(Vec::len);
            places.push(Located {
                sort: segment.key.sort(),
                offset,
                lengths,
                postings: postings(&entries),
            });
            offset += lengths.iter().sum::<usize>() as u64;
        }
    }
    file.flush().expect("written");
    let index = serde_json::to_vec(&(Window::of(admission.now), places)).expect("JSON");
    std::fs::write(index_of(path), index).expect("written");
    bytes
}

/// The real event with this number, which begin anew after the last, with an id of its own, at this time.
pub fn event_of(real: &RealEvents, number: usize, time: Instant) -> String {
    with(&real.records[number % real.records.len()], number, time)
}

fn with(record: &str, number: usize, time: Instant) -> String {
    let (time, id) = (time.to_string(), id_of(number).to_string());
    set_text(&set_text(record, "eventTime", &time), "eventID", &id)
}

fn fingerprints(entries: &[IndexEntry]) -> &Vec<u8> {
    let prints = entries
        .iter()
        .find(|entry| matches!(entry.place, Place::Identifiers(_)));
    &prints.expect("fingerprints").fingerprints
}

fn postings(entries: &[IndexEntry]) -> Vec<(Attribute, String)> {
    let posting = |entry: &IndexEntry| match &entry.place {
        Place::Posting(attribute, value) => Some((*attribute, value.clone())),
        _ => None,
    };
    entries.iter().filter_map(posting).collect()
}

/// An id of its own for each event, of random digits as real ones are.
fn id_of(number: usize) -> uuid::Uuid {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(number.to_le_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

fn index_of(path: &Path) -> PathBuf {
    path.with_extension("index")
}

/// Reads what it is asked for, when it is asked.
pub struct SegmentFile {
    file: File,
    /// the ingest window of every segment
    pub window: Window,
    places: BTreeMap<String, (u64, [usize; 3])>,
    /// sort keys by partition
    partitions: HashMap<SegmentPartition, Vec<String>>,
    /// sort keys by attribute and value
    postings: HashMap<(Attribute, String), Vec<String>>,
}

impl SegmentFile {
    /// Opens what [`store_events`] wrote; `wanted` is the value whose postings are kept in memory.
    ///
    /// # Panics
    /// If it cannot be read.
    pub fn open(path: &Path, account: AccountId, wanted: Option<(Attribute, &str)>) -> Self {
        let index = std::fs::read(index_of(path)).expect("an index");
        let (window, places): (Window, Vec<Located>) =
            serde_json::from_slice(&index).expect("JSON");
        let mut opened = Self {
            file: File::open(path).expect("segments"),
            window,
            places: BTreeMap::new(),
            partitions: HashMap::new(),
            postings: HashMap::new(),
        };
        for place in places {
            let key = SegmentKey::from_sort(account, &place.sort).expect("a key");
            let partition = opened.partitions.entry(key.partition()).or_default();
            partition.push(place.sort.clone());
            for (attribute, value) in place.postings {
                if wanted.is_some_and(|(name, text)| name == attribute && text == value) {
                    let posting = opened.postings.entry((attribute, value)).or_default();
                    posting.push(place.sort.clone());
                }
            }
            let located = (place.offset, place.lengths);
            opened.places.insert(place.sort, located);
        }
        let lists = opened.partitions.values_mut();
        for list in lists.chain(opened.postings.values_mut()) {
            list.sort_unstable();
        }
        opened
    }

    fn read(&self, offset: u64, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.file
            .read_exact_at(&mut bytes, offset)
            .expect("a block");
        bytes
    }

    fn segment(&self, key: SegmentKey) -> StoredSegment {
        let (offset, [columns, bodies, _]) = self.places[&key.sort()];
        StoredSegment {
            key,
            window: self.window,
            expires: 0,
            columns: self.read(offset, columns),
            bodies: self.read(offset + columns as u64, bodies),
        }
    }
}

/// The greatest `limit` of `sorts` in the range, and where to go on below.
fn newest(
    account: AccountId,
    sorts: Option<&Vec<String>>,
    range: &SortRange,
    limit: usize,
) -> (Vec<SegmentKey>, Option<String>) {
    let sorts = sorts.map_or(&[][..], Vec::as_slice);
    let from = sorts.partition_point(|sort| *sort < range.low);
    let to = sorts.partition_point(|sort| *sort <= range.high).max(from);
    let start = to.saturating_sub(limit).max(from);
    let keys = sorts[start..to].iter().rev();
    let keys = keys.map(|sort| SegmentKey::from_sort(account, sort).expect("a key"));
    (keys.collect(), (start > from).then(|| sorts[start].clone()))
}

impl SegmentReader for SegmentFile {
    async fn segments(
        &self,
        partition: SegmentPartition,
        range: &SortRange,
        limit: usize,
    ) -> Result<Slice<StoredSegment>, ReadError> {
        let sorts = self.partitions.get(&partition);
        let (keys, resume) = newest(partition.account, sorts, range, limit);
        let items = keys.into_iter().map(|key| self.segment(key)).collect();
        Ok(Slice { items, resume })
    }

    async fn postings(
        &self,
        account: AccountId,
        attribute: Attribute,
        value: &str,
        range: &SortRange,
        limit: usize,
    ) -> Result<Slice<SegmentKey>, ReadError> {
        let sorts = self.postings.get(&(attribute, value.to_owned()));
        let (items, resume) = newest(account, sorts, range, limit);
        Ok(Slice { items, resume })
    }

    async fn identifiers(
        &self,
        account: AccountId,
        _: i64,
        range: &SortRange,
    ) -> Result<Slice<Identifiers>, ReadError> {
        let places = self.places.range(range.low.clone()..=range.high.clone());
        let items = places.map(|(sort, (offset, [columns, bodies, prints]))| Identifiers {
            key: SegmentKey::from_sort(account, sort).expect("a key"),
            fingerprints: self.read(offset + (columns + bodies) as u64, *prints),
        });
        Ok(Slice {
            items: items.collect(),
            resume: None,
        })
    }

    async fn fetch(&self, keys: &[SegmentKey]) -> Result<Vec<StoredSegment>, ReadError> {
        Ok(keys.iter().map(|key| self.segment(*key)).collect())
    }
}

impl WindowReader for SegmentFile {
    async fn marks(
        &self,
        account: AccountId,
        _: Window,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Slice<SegmentKey>, ReadError> {
        let after = after.unwrap_or_default().to_owned();
        let above = (Bound::Excluded(after), Bound::Unbounded);
        let sorts = self.places.range(above).take(limit);
        let items: Vec<SegmentKey> = sorts
            .filter_map(|(sort, _)| SegmentKey::from_sort(account, sort))
            .collect();
        let resume = items.last().filter(|_| items.len() == limit);
        Ok(Slice {
            resume: resume.map(SegmentKey::sort),
            items,
        })
    }
}

/// The most memory this process had, in bytes.
///
/// # Panics
/// If the kernel does not say.
pub fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.expect("a peak") * 1_024
}
