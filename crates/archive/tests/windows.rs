//! A window is archived to the same bytes from arrivals, from runs, and from some of both, and every event of it is
//! counted.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Mutex;

use activity_log_archive::uploads::{DeliveryError, Target, Uploads};
use activity_log_archive::window::{Job, archive};
use activity_log_archive::writer::Sizes;
use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Ordinals, arrive};
use activity_log_core::instant::{DAY, Instant, MINUTE, SECOND};
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::rollup::Task;
use activity_log_core::rollup::merge::{Merged, merge};
use activity_log_core::rollup::roll::{Limits, roll};
use activity_log_core::trail::Trail;
use activity_log_core::trail::format::Format;
use activity_log_core::trail::record::{Counts, WindowRecord};
use activity_log_core::window::Window;
use activity_log_store::memory::MemoryItems;
use serde_json::Value;

/// The first millisecond of a window.
const START: Instant = Instant::from_seconds(1_795_176_000);
const WINDOWS: usize = 3;
const RETENTION_DAYS: u32 = 30;
const TASK: fn() -> Task = || Task {
    account: account(),
    retention_days: RETENTION_DAYS,
};

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

fn after(ms: i64) -> Instant {
    START.plus_millis(ms)
}

fn windows() -> impl Iterator<Item = Window> {
    std::iter::successors(Some(Window::of(START)), |window| Some(window.next())).take(WINDOWS)
}

#[derive(Default)]
struct Bucket(Mutex<BTreeMap<String, Vec<u8>>>);

impl Uploads for Bucket {
    type Part = ();

    async fn put(
        &self,
        target: &Target,
        body: Vec<u8>,
        _: &[(&str, String)],
    ) -> Result<(), DeliveryError> {
        self.0.lock().unwrap().insert(target.key.clone(), body);
        Ok(())
    }

    async fn begin(&self, target: &Target) -> Result<String, DeliveryError> {
        self.put(target, Vec::new(), &[]).await?;
        Ok(String::new())
    }

    async fn part(
        &self,
        target: &Target,
        _: &str,
        _: i32,
        body: Vec<u8>,
    ) -> Result<(), DeliveryError> {
        let mut objects = self.0.lock().unwrap();
        objects.entry(target.key.clone()).or_default().extend(body);
        Ok(())
    }

    async fn complete(&self, _: &Target, _: &str, _: Vec<()>) -> Result<(), DeliveryError> {
        Ok(())
    }

    async fn abort(&self, _: &Target, _: &str) {}
}

impl Bucket {
    fn records(&self) -> Vec<Value> {
        let mut records = Vec::new();
        for (key, bytes) in &*self.0.lock().unwrap() {
            let gzip = flate2::bufread::GzDecoder::new(bytes.as_slice());
            if Format::of_key(key) == Some(Format::JsonGz) {
                let file: Value = serde_json::from_reader(gzip).unwrap();
                records.extend(file["Records"].as_array().unwrap().clone());
                continue;
            }
            let mut archive = tar::Archive::new(gzip);
            for entry in archive.entries().unwrap() {
                let mut text = String::new();
                entry.unwrap().read_to_string(&mut text).unwrap();
                let file: Value = serde_json::from_str(&text).unwrap();
                records.extend(file["Records"].as_array().unwrap().clone());
            }
        }
        records
    }
}

/// An event of so many seconds before the time it comes.
fn record(number: u32, time: Instant, name: &str) -> String {
    format!(
        r#"{{"eventID":"00000000-0000-4000-8000-{number:012x}","eventTime":"{time}","eventName":"{name}","eventSource":"ec2.amazonaws.com","readOnly":{}}}"#,
        number.is_multiple_of(3)
    )
}

async fn take_in(items: &MemoryItems, now: Instant, records: &[String]) {
    let texts: Vec<&str> = records.iter().map(String::as_str).collect();
    let records = Incoming::of_one_body(&texts, &Origin::Queue);
    let encoder = Mutex::new(PackEncoder::new().unwrap());
    let admission = Admission {
        account: account(),
        now,
        retention_days: RETENTION_DAYS,
    };
    let mut ordinals = Ordinals::default();
    let clock = || now;
    let done = arrive(
        items,
        (&encoder, 1),
        &admission,
        &records,
        &mut ordinals,
        &clock,
    )
    .await;
    assert!(done.errors.is_empty(), "{:?}", done.errors);
}

/// Batches every 7 s over three windows; some events are late, some come again, one with another text. Gives how many
/// events came in each window.
async fn fill(items: &MemoryItems) -> [u64; WINDOWS] {
    let mut came = [0; WINDOWS];
    let time_of = |number: u32| {
        let late = if number.is_multiple_of(11) {
            30 * MINUTE
        } else {
            0
        };
        after(i64::from(number) * 700 - late - SECOND)
    };
    for batch in 0..126_u32 {
        let now = after(i64::from(batch) * 7 * SECOND);
        let mut numbers: Vec<u32> = (batch * 10..batch * 10 + 10).collect();
        // Some of the batch before, and of long before.
        numbers.extend((batch * 10).checked_sub(3).filter(|_| batch % 4 == 0));
        numbers.extend((batch * 10).checked_sub(600).filter(|_| batch % 5 == 0));
        let mut records: Vec<String> = numbers
            .iter()
            .map(|number| record(*number, time_of(*number), "RunInstances"))
            .collect();
        if batch % 25 == 24 {
            let earlier = batch * 10 - 20;
            records.push(record(earlier, time_of(earlier), "StopInstances"));
        }
        take_in(items, now, &records).await;
        let window = usize::try_from(Window::of(now).number() - Window::of(START).number());
        came[window.unwrap()] += records.len() as u64;
    }
    came
}

async fn roll_up(items: &MemoryItems, now: Instant, limits: Limits) {
    let mut encoder = PackEncoder::new().unwrap();
    let clock = || now;
    roll(items, TASK(), &mut encoder, limits, &clock)
        .await
        .unwrap();
}

/// Archives all windows: the second as one JSON file, the others as a tar.
async fn archived(items: &MemoryItems, now: Instant) -> (Bucket, Vec<WindowRecord>) {
    let (bucket, mut records) = (Bucket::default(), Vec::new());
    let mut trail = Trail::new(
        account(),
        "audit".parse().unwrap(),
        "0123456789abcdef",
        ("bucket", account()),
        Instant::from_seconds(0),
    );
    let second = Window::of(START).next();
    let formats = &mut trail.settings.formats;
    formats.set(second, Format::JsonGz, second);
    formats.set(second.next(), Format::TarGz, second);
    for window in windows() {
        let job = Job {
            trail: &trail,
            region: "us-east-1",
            window,
            now,
            sizes: Sizes::default(),
        };
        let clock = || now;
        records.push(archive(items, &bucket, job, &clock).await.unwrap());
    }
    (bucket, records)
}

fn totals(records: &[WindowRecord]) -> Counts {
    let mut sum = Counts::default();
    for counts in records.iter().map(|record| record.counts) {
        sum.ingested += counts.ingested;
        sum.archived += counts.archived;
        sum.duplicates += counts.duplicates;
        sum.conflicts += counts.conflicts;
    }
    sum
}

#[tokio::test]
async fn the_same_bytes_however_much_is_rolled_up() {
    let items = MemoryItems::default();
    let came = fill(&items).await;
    let later = after(20 * MINUTE);
    let (bucket, records) = archived(&items, later).await;
    let counted: Vec<u64> = records
        .iter()
        .map(|record| record.counts.ingested)
        .collect();
    assert_eq!(counted, came);
    let sum = totals(&records);
    assert_eq!(sum.conflicts, 5);
    assert_eq!(sum.archived, 1_260);
    assert_eq!(sum.ingested, sum.archived + sum.duplicates + sum.conflicts);
    let ends: Vec<Option<Format>> = records
        .iter()
        .map(|record| Format::of_key(&record.archives[0].key))
        .collect();
    assert_eq!(
        ends,
        [Format::TarGz, Format::JsonGz, Format::TarGz].map(Some)
    );
    // By time and id, each once.
    let mut order: Vec<(Instant, String)> = Vec::new();
    for record in bucket.records() {
        let text = |name: &str| record[name].as_str().unwrap().to_owned();
        order.push((Instant::parse(&text("eventTime")).unwrap(), text("eventID")));
        assert_eq!(text("eventName"), "RunInstances");
    }
    let mut once = order.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), 1_260);
    // Rolled up to within the first window, to within the second, and all; then merged.
    for now in [after(2 * MINUTE), after(7 * MINUTE + 13 * SECOND), later] {
        roll_up(&items, now, Limits::default()).await;
        let (again, counts) = archived(&items, later).await;
        assert_eq!(counts, records, "at {now}");
        assert!(*again.0.lock().unwrap() == *bucket.0.lock().unwrap());
    }
    let clock = || later.plus_millis(3 * 24 * 60 * MINUTE);
    while merge(&items, TASK(), &clock).await.unwrap() != Merged::Nothing {}
    let (again, counts) = archived(&items, later).await;
    assert_eq!(counts, records);
    assert!(*again.0.lock().unwrap() == *bucket.0.lock().unwrap());
}

#[tokio::test]
async fn the_same_bytes_in_many_small_steps() {
    let items = MemoryItems::default();
    fill(&items).await;
    let later = after(20 * MINUTE);
    let (bucket, records) = archived(&items, later).await;
    // A slot a step, and a few rows a run.
    let limits = Limits {
        packed_bytes: 1,
        plain_bytes: 2_000,
        ..Limits::default()
    };
    for step in 0..200 {
        roll_up(&items, later, limits).await;
        if step % 40 == 0 {
            let (again, counts) = archived(&items, later).await;
            assert_eq!(counts, records, "after {step} steps");
            assert!(*again.0.lock().unwrap() == *bucket.0.lock().unwrap());
        }
    }
    let (again, counts) = archived(&items, later).await;
    assert_eq!(counts, records);
    assert!(*again.0.lock().unwrap() == *bucket.0.lock().unwrap());
}

#[tokio::test]
async fn what_has_expired_is_counted_as_that() {
    let items = MemoryItems::default();
    let came = fill(&items).await;
    let later = after(20 * MINUTE);
    // A run of the first window, and one of the others.
    for now in [after(2 * MINUTE), later] {
        roll_up(&items, now, Limits::default()).await;
    }
    let clock = || later.plus_millis(DAY);
    while merge(&items, TASK(), &clock).await.unwrap() != Merged::Nothing {}
    // The retention was raised since: the head lists what is past the retention it was written under.
    let over = after(2 * MINUTE).plus_millis(33 * DAY);
    items.expire(over);
    let (_, records) = archived(&items, over).await;
    let counts: Vec<Counts> = records.iter().map(|record| record.counts).collect();
    assert!(counts[0].expired_parts > 0 && counts[0].ingested < came[0]);
    assert_eq!((counts[2].expired_parts, counts[2].ingested), (0, came[2]));
    assert!(records.iter().all(|record| !record.retention_over));
    let over = over.plus_millis(DAY);
    items.expire(over);
    let (bucket, records) = archived(&items, over).await;
    assert!(records.iter().all(|record| record.retention_over));
    assert!(bucket.records().is_empty());
}
