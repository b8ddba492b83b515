//! The hot paths on real events, on one core: `cargo bench -p activity-log-benches --bench hot_paths`.
//!
//! Every benchmark asserts its result. At the end each path is timed in turns with the plain way,
//! and the ratio of the medians is printed beside the target.

use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use activity_log_benches::hot::{
    Stored, arrival, decode, parsed, rare_name, scan, unpacked, values,
};
use activity_log_benches::plain;
use activity_log_benches::real::{RealEvents, load};
use activity_log_core::event::Event;
use activity_log_core::pack::PackEncoder;
use activity_log_core::query::{Attribute, Query};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// Events that come together.
const BATCH: usize = 100;
/// The real events are of one hour.
const MINUTES: usize = 62;

struct Bench {
    events: RealEvents,
    stored: Stored,
    /// the columns, decompressed
    columns: Vec<Vec<u8>>,
    packer: Mutex<PackEncoder>,
    runtime: Runtime,
    rare: String,
    rare_count: usize,
    bytes: usize,
}

static BENCH: LazyLock<Option<Bench>> = LazyLock::new(|| {
    let events = load()?;
    let (rare, rare_count) = rare_name(&events);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime");
    let stored = runtime.block_on(Stored::of(&events));
    Some(Bench {
        columns: unpacked(&stored.columns),
        packer: Mutex::new(PackEncoder::new().expect("an encoder")),
        bytes: events.records.iter().map(String::len).sum(),
        stored,
        runtime,
        rare,
        rare_count,
        events,
    })
});

impl Bench {
    fn batches(&self) -> impl Iterator<Item = &[String]> {
        self.events.records.chunks(BATCH)
    }

    fn pack(&self, events: &[Event<'_>]) -> usize {
        let mut packer = self.packer.lock().expect("one thread");
        let draft = arrival(&mut packer, &self.events.admission, events);
        assert!(draft.size() > 1_024);
        black_box(draft);
        events.len()
    }

    /// Batches parsed, mapped, packed and named.
    fn arrive_all(&self) -> usize {
        let admission = &self.events.admission;
        self.batches()
            .map(|batch| self.pack(&parsed(admission, batch)))
            .sum()
    }

    fn encode_plain(&self) -> usize {
        self.batches()
            .map(|batch| black_box(plain::encode(batch)).len())
            .sum()
    }

    fn compress_plain(&self) -> usize {
        self.batches()
            .map(|batch| {
                assert!(black_box(plain::compressed(batch)).len() > 1_024);
                batch.len()
            })
            .sum()
    }

    fn rare(&self) -> Query {
        values(&[(Attribute::EventName, &self.rare)])
    }

    fn scan(&self, query: &Query) -> usize {
        scan(&self.columns, query, &self.events.admission)
    }

    /// The same from the items.
    fn read_and_scan(&self, query: &Query) -> usize {
        let columns = unpacked(&self.stored.columns);
        scan(&columns, query, &self.events.admission)
    }

    fn scan_plain(&self, fields: &[(&str, Value)]) -> usize {
        plain::scan(&self.events.records, fields)
    }

    /// Events that are counted, and of these, those that failed.
    fn count(&self) -> (u64, u64) {
        let query = Query::default();
        let counts = self.runtime.block_on(self.stored.counts(&query, MINUTES));
        let buckets = counts.buckets.iter();
        buckets.fold((0, 0), |(events, failed), bucket| {
            (events + bucket.events, failed + bucket.failed)
        })
    }

    fn count_plain(&self) -> (u64, u64) {
        let counts = plain::counts(&self.events.records);
        counts.values().fold((0, 0), |(events, failed), one| {
            (events + one.0, failed + one.1)
        })
    }

    fn check(&self) {
        let events = self.events.records.len();
        assert_eq!((self.arrive_all(), self.encode_plain()), (events, events));
        let expected = (self.rare_count, self.rare_count);
        let rare = self.rare();
        assert_eq!((self.scan(&rare), self.read_and_scan(&rare)), expected);
        assert_eq!(
            self.scan_plain(&[("eventName", json!(self.rare))]),
            self.rare_count
        );
        let three = self.scan(&three());
        assert!(three > 100);
        assert_eq!(three, self.scan_plain(&three_plain()));
        assert_eq!(
            (
                decode(&self.stored.frames),
                plain::decode(&self.events.records)
            ),
            (self.bytes, self.bytes)
        );
        assert_eq!(self.count(), self.count_plain());
    }
}

/// Three values that many events have together.
fn three() -> Query {
    values(&[
        (Attribute::EventSource, "ec2.amazonaws.com"),
        (Attribute::Region, "us-east-1"),
        (Attribute::ReadOnly, "true"),
    ])
}

fn three_plain() -> [(&'static str, Value); 3] {
    [
        ("eventSource", json!("ec2.amazonaws.com")),
        ("awsRegion", json!("us-east-1")),
        ("readOnly", json!(true)),
    ]
}

fn run<T: PartialEq + std::fmt::Debug>(
    bencher: Bencher<'_, '_>,
    path: impl Fn(&Bench) -> T + Sync,
) {
    let Some(bench) = &*BENCH else { return };
    let expected = path(bench);
    bencher
        .counter(ItemsCount::new(bench.events.records.len()))
        .bench_local(|| {
            assert_eq!(path(black_box(bench)), expected);
        });
}

#[divan::bench]
fn arrivals_of_100(bencher: Bencher<'_, '_>) {
    run(bencher, Bench::arrive_all);
}

#[divan::bench]
fn plain_items(bencher: Bencher<'_, '_>) {
    run(bencher, Bench::encode_plain);
}

#[divan::bench]
fn scan_for_1_in_1000(bencher: Bencher<'_, '_>) {
    run(bencher, |bench| bench.scan(&bench.rare()));
}

#[divan::bench]
fn scan_for_three_values(bencher: Bencher<'_, '_>) {
    run(bencher, |bench| bench.scan(&three()));
}

#[divan::bench]
fn decompress_and_scan(bencher: Bencher<'_, '_>) {
    run(bencher, |bench| bench.read_and_scan(&bench.rare()));
}

#[divan::bench]
fn decode_frames(bencher: Bencher<'_, '_>) {
    run(bencher, |bench| decode(&bench.stored.frames));
}

#[divan::bench]
fn counts_by_the_minute(bencher: Bencher<'_, '_>) {
    run(bencher, Bench::count);
}

/// Times both ways in turns; gives nanoseconds an event, medians.
fn in_turns<A, B>(bench: &Bench, ours: impl Fn() -> A, plain: impl Fn() -> B) -> (f64, f64) {
    fn time<T>(path: impl Fn() -> T) -> Duration {
        let start = Instant::now();
        black_box(path());
        start.elapsed()
    }
    let (mut a, mut b): (Vec<Duration>, Vec<Duration>) =
        (0..31).map(|_| (time(&ours), time(&plain))).unzip();
    a.sort();
    b.sort();
    let events = f64::from(u32::try_from(bench.events.records.len()).expect("few"));
    let median = |times: &[Duration]| times[times.len() / 2].as_secs_f64() * 1e9 / events;
    (median(&a), median(&b))
}

fn main() {
    divan::main();
    let Some(bench) = &*BENCH else { return };
    bench.check();
    println!(
        "\n{} real events in {} parts; medians of 31 runs in turns",
        bench.events.records.len(),
        bench.columns.len()
    );
    println!(
        "{:<30}{:>12}{:>12}{:>9}{:>16}   target",
        "path", "ours ns/ev", "plain ns/ev", "ratio", "events/s"
    );
    for (name, (ours, plain), target) in compared(bench) {
        let (ratio, rate) = (plain / ours, 1e9 / ours);
        println!("{name:<30}{ours:>12.0}{plain:>12.0}{ratio:>8.1}x{rate:>16.0}   {target}");
    }
}

type Line = (&'static str, (f64, f64), &'static str);

/// Each path in turns with the plain way.
fn compared(bench: &Bench) -> [Line; 7] {
    let parsed: Vec<Vec<Event<'_>>> = bench
        .batches()
        .map(|batch| parsed(&bench.events.admission, batch))
        .collect();
    let pack_all = || -> usize { parsed.iter().map(|events| bench.pack(events)).sum() };
    let (rare, name) = (bench.rare(), [("eventName", json!(bench.rare))]);
    let (three, fields) = (three(), three_plain());
    [
        (
            "arrivals of 100",
            in_turns(bench, || bench.arrive_all(), || bench.encode_plain()),
            "at most 3,000 ns an event",
        ),
        (
            "the same, parsed before; gzip",
            in_turns(bench, pack_all, || bench.compress_plain()),
            "",
        ),
        (
            "column scan, 1 in 1,000",
            in_turns(bench, || bench.scan(&rare), || bench.scan_plain(&name)),
            "at least 21,000,000 events/s",
        ),
        (
            "column scan, three values",
            in_turns(bench, || bench.scan(&three), || bench.scan_plain(&fields)),
            "",
        ),
        (
            "columns decompressed, scanned",
            in_turns(
                bench,
                || bench.read_and_scan(&rare),
                || bench.scan_plain(&name),
            ),
            "",
        ),
        (
            "records of frames",
            in_turns(
                bench,
                || decode(&bench.stored.frames),
                || plain::decode(&bench.events.records),
            ),
            "",
        ),
        (
            "counts by the minute",
            in_turns(bench, || bench.count(), || bench.count_plain()),
            "",
        ),
    ]
}
