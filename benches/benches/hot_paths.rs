//! The hot paths on real events, on one core: `cargo bench -p activity-log-benches`.
//!
//! Every benchmark asserts its result. At the end each path is timed in turns with the plain way,
//! and the ratio of the medians is printed beside the target.

use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use activity_log_benches::real::{RealEvents, load};
use activity_log_benches::{arrival, decode, encode, plain, rare_name, scan, segments};
use activity_log_core::pack::PackEncoder;
use activity_log_core::query::Query;
use activity_log_core::segment::build::SegmentEncoder;
use activity_log_core::store::StoredSegment;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

struct Bench {
    events: RealEvents,
    segments: Vec<StoredSegment>,
    encoder: Mutex<SegmentEncoder>,
    packer: Mutex<PackEncoder>,
    rare: Query,
    rare_count: usize,
    bytes: usize,
}

static BENCH: LazyLock<Option<Bench>> = LazyLock::new(|| {
    let events = load()?;
    let (rare, rare_count) = rare_name(&events);
    Some(Bench {
        segments: segments(&events),
        encoder: Mutex::new(SegmentEncoder::new().expect("an encoder")),
        packer: Mutex::new(PackEncoder::new().expect("an encoder")),
        bytes: events.records.iter().map(String::len).sum(),
        rare,
        rare_count,
        events,
    })
});

impl Bench {
    fn encode_all(&self) -> usize {
        let batches = self.events.records.chunks(100);
        batches
            .map(|batch| {
                let encoded = encode(&self.encoder, &self.events.admission, batch);
                // The mark, the fingerprints and at least one posting stand beside each segment.
                assert!(encoded.iter().all(|(_, entries)| entries.len() > 2));
                black_box(encoded).len()
            })
            .sum()
    }

    fn pack_all(&self) -> usize {
        let mut packer = self.packer.lock().expect("one thread");
        let batches = self.events.records.chunks(100);
        let drafts = batches.map(|batch| {
            let draft = arrival(&mut packer, &self.events.admission, batch);
            assert!(draft.size() > 1_024);
            black_box(draft)
        });
        drafts.count()
    }

    fn encode_plain(&self) -> usize {
        let batches = self.events.records.chunks(100);
        batches
            .map(|batch| black_box(plain::encode(batch)).len())
            .sum()
    }

    fn scan_all(&self) -> usize {
        scan(&self.segments, &self.rare, &self.events.admission)
    }

    fn scan_plain(&self) -> usize {
        plain::scan(&self.events.records, &self.rare.filters[0].value)
    }

    fn check(&self) {
        assert_eq!(self.encode_all(), self.segments.len());
        assert_eq!(self.pack_all(), self.events.records.len().div_ceil(100));
        assert_eq!(self.encode_plain(), self.events.records.len());
        assert_eq!(
            (self.scan_all(), self.scan_plain()),
            (self.rare_count, self.rare_count)
        );
        assert_eq!(
            (decode(&self.segments), plain::decode(&self.events.records)),
            (self.bytes, self.bytes)
        );
    }
}

fn run(bencher: Bencher<'_, '_>, path: impl Fn(&Bench) -> usize + Sync) {
    let Some(bench) = &*BENCH else { return };
    let expected = path(bench);
    bencher
        .counter(ItemsCount::new(bench.events.records.len()))
        .bench_local(|| {
            assert_eq!(path(black_box(bench)), expected);
        });
}

#[divan::bench]
fn encode_batches_of_100(bencher: Bencher<'_, '_>) {
    run(bencher, Bench::encode_all);
}

#[divan::bench]
fn pack_arrivals_of_100(bencher: Bencher<'_, '_>) {
    run(bencher, Bench::pack_all);
}

#[divan::bench]
fn encode_plain_items(bencher: Bencher<'_, '_>) {
    run(bencher, Bench::encode_plain);
}

#[divan::bench]
fn scan_columns_for_1_in_1000(bencher: Bencher<'_, '_>) {
    run(bencher, Bench::scan_all);
}

#[divan::bench]
fn scan_plain_values(bencher: Bencher<'_, '_>) {
    run(bencher, Bench::scan_plain);
}

#[divan::bench]
fn decode_bodies(bencher: Bencher<'_, '_>) {
    run(bencher, |bench| decode(&bench.segments));
}

#[divan::bench]
fn decode_plain_values(bencher: Bencher<'_, '_>) {
    run(bencher, |bench| plain::decode(&bench.events.records));
}

/// Times both ways in turns; gives nanoseconds an event, medians.
fn in_turns(bench: &Bench, ours: impl Fn() -> usize, plain: impl Fn() -> usize) -> (f64, f64) {
    let time = |path: &dyn Fn() -> usize| {
        let start = Instant::now();
        black_box(path());
        start.elapsed()
    };
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
    let rows = bench.events.records.len();
    println!(
        "\n{rows} real events in {} segments; medians of 31 runs in turns",
        bench.segments.len()
    );
    println!(
        "{:<28}{:>12}{:>12}{:>9}{:>16}   target",
        "path", "ours ns/ev", "plain ns/ev", "ratio", "events/s"
    );
    let line = |name: &str, (ours, plain): (f64, f64), target: &str| {
        let (ratio, rate) = (plain / ours, 1e9 / ours);
        println!("{name:<28}{ours:>12.0}{plain:>12.0}{ratio:>8.1}x{rate:>16.0}   {target}");
    };
    let encode = in_turns(bench, || bench.encode_all(), || bench.encode_plain());
    line(
        "encode, batches of 100",
        encode,
        "at most 15,000 ns an event",
    );
    let (ours, before) = in_turns(bench, || bench.pack_all(), || bench.encode_all());
    line(
        "arrivals of 100",
        (ours, encode.1),
        "at most 3,000 ns an event",
    );
    println!("segments in turns with them: {before:.0} ns an event");
    let scan = in_turns(bench, || bench.scan_all(), || bench.scan_plain());
    line(
        "column scan, 1 in 1,000",
        scan,
        "at least 3,000,000 events/s",
    );
    let bodies = in_turns(
        bench,
        || decode(&bench.segments),
        || plain::decode(&bench.events.records),
    );
    line("decode of full bodies", bodies, "");
}
