//! A window of events as stored segments in one file, so that what archiving needs of memory is its own.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use activity_log_archive::uploads::{DeliveryError, Target, Uploads};
use activity_log_archive::window::{Job, archive};
use activity_log_archive::writer::Sizes;
use activity_log_core::account::AccountId;
use activity_log_core::event::splice::set_text;
use activity_log_core::instant::Instant;
use activity_log_core::query::Attribute;
use activity_log_core::reader::ReadError;
use activity_log_core::segment::build::SegmentEncoder;
use activity_log_core::store::key::{SegmentKey, SegmentPartition, SortRange};
use activity_log_core::store::{
    Identifiers, Place, SegmentReader, Slice, StoredSegment, WindowReader,
};
use activity_log_core::trail::Trail;
use activity_log_core::window::{WINDOW_MS, Window};
use serde::{Deserialize, Serialize};

use crate::encode;
use crate::real::RealEvents;

/// Where a segment's blocks lie in the file: columns, bodies and fingerprints, one after the other.
#[derive(Serialize, Deserialize)]
struct Located {
    sort: String,
    offset: u64,
    lengths: [usize; 3],
}

/// What became of an archiving run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Archived {
    /// events archived
    pub events: u64,
    /// the most memory the process had
    pub peak_bytes: u64,
}

/// Stores `count` events of one window: the real ones again and again, with ids and times of their own,
/// in batches of 100. Gives the bytes of all records.
///
/// # Panics
/// If the file cannot be written.
pub fn store_events(real: &RealEvents, count: usize, path: &Path) -> usize {
    let encoder = Mutex::new(SegmentEncoder::new().expect("an encoder"));
    let start = Window::of(real.admission.now).start().millis();
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    let (mut places, mut offset, mut bytes) = (Vec::new(), 0, 0);
    let mut records = real.records.iter().cycle().take(count).enumerate();
    loop {
        let batch: Vec<String> = records
            .by_ref()
            .take(100)
            .map(|(number, record)| {
                // Whole seconds, as AWS writes them, over the five minutes.
                let seconds = WINDOW_MS / 1_000 * i64::try_from(number).unwrap_or(0)
                    / i64::try_from(count).unwrap_or(1);
                let time = Instant::from_millis(start + seconds * 1_000).to_string();
                let id = id_of(number);
                set_text(
                    &set_text(record, "eventTime", &time),
                    "eventID",
                    &id.to_string(),
                )
            })
            .collect();
        if batch.is_empty() {
            break;
        }
        bytes += batch.iter().map(String::len).sum::<usize>();
        for (segment, entries) in encode(&encoder, &real.admission, &batch) {
            let prints = entries
                .iter()
                .find(|entry| matches!(entry.place, Place::Identifiers(_)));
            let prints = &prints.expect("fingerprints").fingerprints;
            let blocks = [&segment.columns, &segment.bodies, prints];
            for block in blocks {
                file.write_all(block).expect("written");
            }
            let lengths = blocks.map(Vec::len);
            places.push(Located {
                sort: segment.key.sort(),
                offset,
                lengths,
            });
            offset += lengths.iter().sum::<usize>() as u64;
        }
    }
    file.flush().expect("written");
    let index = serde_json::to_vec(&(Window::of(real.admission.now), places)).expect("JSON");
    std::fs::write(index_of(path), index).expect("written");
    bytes
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

/// Archives a file of segments into a folder, as the archiver does.
///
/// # Panics
/// If it cannot.
pub fn archive_file(segments: &Path, out: &Path) -> Archived {
    let index = std::fs::read(index_of(segments)).expect("an index");
    let (window, places): (Window, Vec<Located>) = serde_json::from_slice(&index).expect("JSON");
    let account = "111122223333".parse().expect("an account");
    let store = FileStore {
        file: File::open(segments).expect("segments"),
        window,
        places: places
            .into_iter()
            .map(|place| (place.sort, (place.offset, place.lengths)))
            .collect(),
    };
    let trail = trail(account);
    let job = Job {
        trail: &trail,
        region: "us-east-1",
        window,
        retention_days: 30,
        now: window.end(),
        sizes: Sizes::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let folder = Folder(out.to_owned());
    let record = runtime
        .expect("a runtime")
        .block_on(archive(&store, &folder, job));
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok());
    Archived {
        events: record.expect("archived").counts.archived,
        peak_bytes: kilobytes.expect("a peak") * 1_024,
    }
}

fn trail(account: AccountId) -> Trail {
    let (name, start) = ("audit".parse(), Instant::from_seconds(0));
    Trail::new(
        account,
        name.expect("a name"),
        "0123456789abcdef",
        "bucket",
        start,
    )
}

/// Reads what it is asked for, when it is asked.
struct FileStore {
    file: File,
    window: Window,
    places: BTreeMap<String, (u64, [usize; 3])>,
}

impl FileStore {
    fn read(&self, offset: u64, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.file
            .read_exact_at(&mut bytes, offset)
            .expect("a block");
        bytes
    }
}

impl SegmentReader for FileStore {
    async fn segments(
        &self,
        _: SegmentPartition,
        _: &SortRange,
        _: usize,
    ) -> Result<Slice<StoredSegment>, ReadError> {
        unreachable!("an archive reads by marks")
    }

    async fn postings(
        &self,
        _: AccountId,
        _: Attribute,
        _: &str,
        _: &SortRange,
        _: usize,
    ) -> Result<Slice<SegmentKey>, ReadError> {
        unreachable!("an archive reads by marks")
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
        let segments = keys.iter().map(|key| {
            let (offset, [columns, bodies, _]) = self.places[&key.sort()];
            StoredSegment {
                key: *key,
                window: self.window,
                expires: 0,
                columns: self.read(offset, columns),
                bodies: self.read(offset + columns as u64, bodies),
            }
        });
        Ok(segments.collect())
    }
}

impl WindowReader for FileStore {
    async fn marks(
        &self,
        account: AccountId,
        _: Window,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Slice<SegmentKey>, ReadError> {
        let after = after.unwrap_or_default().to_owned();
        let above = (std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded);
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

/// A folder in place of a bucket; parts are appended.
struct Folder(PathBuf);

impl Folder {
    fn append(&self, target: &Target, body: &[u8]) {
        let name = target.key.rsplit('/').next().unwrap_or_default();
        let mut options = File::options();
        let file = options.create(true).append(true).open(self.0.join(name));
        file.and_then(|mut file| file.write_all(body))
            .expect("written");
    }
}

impl Uploads for Folder {
    type Part = ();

    async fn put(
        &self,
        target: &Target,
        body: Vec<u8>,
        _: &[(&str, String)],
    ) -> Result<(), DeliveryError> {
        self.append(target, &body);
        Ok(())
    }

    async fn begin(&self, _: &Target) -> Result<String, DeliveryError> {
        Ok(String::new())
    }

    async fn part(
        &self,
        target: &Target,
        _: &str,
        _: i32,
        body: Vec<u8>,
    ) -> Result<(), DeliveryError> {
        self.append(target, &body);
        Ok(())
    }

    async fn complete(&self, _: &Target, _: &str, _: Vec<()>) -> Result<(), DeliveryError> {
        Ok(())
    }

    async fn abort(&self, _: &Target, _: &str) {}
}
