//! Rolling up 300,000 events in batches of a hundred: `cargo bench -p activity-log-benches --bench rollup [-- EVENTS]`.
//!
//! Three ways they may have come, each a process of its own: in ten minutes; in one slot, which is cut by time to stay in
//! memory; and twice as many in one slot, which must not take more of it. CPU seconds are those of the roll-up alone: L0
//! is packed before, and what is written is counted and forgotten. Beside it the plain way ([`plain::roll_up`]): batches
//! compressed one by one become one in order of time, with lists of the events that have a value.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Mutex, MutexGuard};

use activity_log_benches::measured::{memory_bytes, own_cpu, peak_bytes, run};
use activity_log_benches::plain;
use activity_log_benches::real::{RealEvents, load};
use activity_log_core::event::Event;
use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::items::{
    Ask, Consistency, Created, Item, ItemReader, ItemWriter, Key, Order, Slice, WriteError,
};
use activity_log_core::pack::{ArrivalDraft, PackEncoder};
use activity_log_core::reader::ReadError;
use activity_log_core::rollup::Task;
use activity_log_core::rollup::roll::{Limits, Step, roll};
use activity_log_core::slot::{SLOT_MS, Slot};
use serde::{Deserialize, Serialize};

const EVENTS: usize = 300_000;
const BATCH: usize = 100;
const PAGE_BYTES: usize = 1 << 20;
/// Goal: events rolled up a CPU second.
const LEAST_RATE: f64 = 100_000.0;
/// Events of the plain way, which holds all of them in memory, several times over.
const PLAIN_EVENTS: usize = 100_000;
/// Most memory of a step, beside the packed arrivals it holds.
const MOST_BYTES: u64 = 320 << 20;

/// What a process measured.
#[derive(Debug, Serialize, Deserialize)]
struct Measured {
    events: u64,
    steps: usize,
    blocks: usize,
    written_bytes: usize,
    cpu: f64,
    /// beside what it had before, L0 among it
    peak_bytes: u64,
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|one| one != "--bench")
        .collect();
    let number = |at: usize| arguments.get(at).and_then(|one| one.parse::<usize>().ok());
    if arguments.first().is_some_and(|one| one == "--roll") {
        let measured = measure(
            number(1).expect("events"),
            i64::try_from(number(2).expect("seconds")).expect("few"),
        );
        println!("{}", serde_json::to_string(&measured).expect("JSON"));
        return;
    }
    if arguments.first().is_some_and(|one| one == "--plain") {
        println!("{}", plainly(number(1).expect("events")));
        return;
    }
    if load().is_none() {
        return;
    }
    let events = number(0).unwrap_or(EVENTS);
    let spread = child("ten minutes", events, 600);
    let dense = child("one slot", events, 10);
    let double = child("one slot", 2 * events, 10);
    for one in [&spread, &dense, &double] {
        assert!(one.peak_bytes < MOST_BYTES, "a step takes too much memory");
    }
    assert_eq!((dense.steps, double.steps), (1, 1));
    assert!(double.blocks > dense.blocks);
    let rate = rate(&spread);
    let plain = plain_rate(events.min(PLAIN_EVENTS));
    println!(
        "roll-up / plain: {:.1} x the events a CPU second",
        rate / plain
    );
    assert!(
        rate >= LEAST_RATE,
        "{rate:.0} events a CPU second are too few"
    );
}

#[expect(clippy::cast_precision_loss, reason = "events of a benchmark")]
fn rate(measured: &Measured) -> f64 {
    measured.events as f64 / measured.cpu
}

fn child(name: &str, events: usize, seconds: usize) -> Measured {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--roll", &events.to_string(), &seconds.to_string()]);
    let (_, output) = run(&mut command);
    let measured: Measured = serde_json::from_str(&output).expect("JSON");
    assert_eq!(measured.events, events as u64);
    println!(
        "{events} events in {name}: {:.0} events a CPU second, {} steps, {} blocks, {} bytes an event, {} MB more memory",
        rate(&measured),
        measured.steps,
        measured.blocks,
        measured.written_bytes / events,
        measured.peak_bytes >> 20,
    );
    measured
}

/// Events a CPU second of the plain way.
fn plain_rate(events: usize) -> f64 {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    let (_, output) = run(command.args(["--plain", &events.to_string()]));
    let rate: f64 = output.trim().parse().expect("a number");
    println!("{events} events, the plain way: {rate:.0} events a CPU second");
    rate
}

#[expect(clippy::cast_precision_loss, reason = "events of a benchmark")]
fn plainly(events: usize) -> f64 {
    let real = load().expect("real events");
    let start = real.admission.now;
    let batches: Vec<Vec<u8>> = (0..events)
        .step_by(BATCH)
        .map(|first| {
            let numbers = first..events.min(first + BATCH);
            let batch: Vec<String> = numbers.map(|number| real.event(number, start)).collect();
            plain::compressed(&batch)
        })
        .collect();
    let before = own_cpu();
    let (kept, bytes) = plain::roll_up(&batches);
    assert!(kept == events && bytes > 0);
    kept as f64 / (own_cpu() - before)
}

fn measure(events: usize, seconds: i64) -> Measured {
    let real = load().expect("real events");
    let start = Slot::of(real.admission.now).start();
    let store = Sink::default();
    fill(&store, &real, events, start, seconds);
    let task = Task {
        account: real.admission.account,
        retention_days: 30,
    };
    let mut encoder = PackEncoder::new().expect("an encoder");
    let now = || start.plus_millis(seconds * SECOND + 10 * SLOT_MS);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let (cpu, memory) = (own_cpu(), memory_bytes());
    let mut measured = Measured {
        events: 0,
        steps: 0,
        blocks: 0,
        written_bytes: 0,
        cpu: 0.0,
        peak_bytes: 0,
    };
    loop {
        let step = roll(&store, task, &mut encoder, Limits::default(), &now);
        match runtime.block_on(step).expect("rolled up") {
            Step::Rolled(rolled) => {
                measured.steps += 1;
                measured.events += rolled.totals.kept;
            }
            Step::Nothing => break,
            Step::Lost => unreachable!("nobody else is at it"),
        }
    }
    measured.cpu = own_cpu() - cpu;
    measured.peak_bytes = peak_bytes().saturating_sub(memory);
    let written = store.written();
    measured.blocks = written.blocks;
    measured.written_bytes = written.bytes;
    measured
}

/// Arrivals of a hundred, one after the other, of events that are a second old.
fn fill(store: &Sink, real: &RealEvents, events: usize, start: Instant, seconds: i64) {
    let mut encoder = PackEncoder::new().expect("an encoder");
    let millis = seconds * SECOND;
    for first in (0..events).step_by(BATCH) {
        let at = |number: usize| {
            let share = i64::try_from(number).unwrap_or(0) * millis;
            start.plus_millis(share / i64::try_from(events).unwrap_or(1))
        };
        let numbers = first..events.min(first + BATCH);
        let records: Vec<String> = numbers
            .map(|number| real.event(number, at(number).plus_millis(-SECOND)))
            .collect();
        let mut rows: Vec<Event<'_>> = records
            .iter()
            .map(|record| Event::stored(record, "producer:bench").expect("a real event"))
            .collect();
        rows.sort_by(|a, b| (b.time, &b.id).cmp(&(a.time, &a.id)));
        let rows: Vec<&Event<'_>> = rows.iter().collect();
        let draft =
            ArrivalDraft::new(&mut encoder, real.admission.account, &rows).expect("a batch");
        let item = draft.item(at(first), 1);
        store
            .arrivals
            .lock()
            .expect("one thread")
            .insert(item.key.clone(), item);
    }
}

/// Arrivals and a head; all else is counted and forgotten: nothing is found in a block, and nothing is there twice.
#[derive(Default)]
struct Sink {
    arrivals: Mutex<BTreeMap<Key, Item>>,
    written: Mutex<Written>,
}

#[derive(Default)]
struct Written {
    head: Option<Item>,
    bytes: usize,
    blocks: usize,
}

impl Sink {
    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().expect("one thread")
    }
}

impl ItemReader for Sink {
    async fn range(&self, ask: &Ask) -> Result<Slice, ReadError> {
        if ask.order == Order::Descending {
            return Ok(Slice::default());
        }
        let key = |sort: &String| Key {
            partition: ask.partition.clone(),
            sort: sort.clone(),
        };
        let arrivals = self.arrivals.lock().expect("one thread");
        let (mut slice, mut bytes) = (Slice::default(), 0);
        for (_, item) in arrivals.range(key(&ask.low)..=key(&ask.high)) {
            if bytes > PAGE_BYTES {
                slice.has_more = true;
                break;
            }
            bytes += item.value.len();
            slice.items.push(item.clone());
        }
        Ok(slice)
    }

    async fn get(&self, keys: &[Key], _: Consistency) -> Result<Vec<Item>, ReadError> {
        let head = self.written().head.clone();
        Ok(head
            .into_iter()
            .filter(|head| keys.contains(&head.key))
            .collect())
    }
}

impl ItemWriter for Sink {
    async fn create(&self, _: &Item) -> Result<Created, WriteError> {
        unreachable!("a roll-up creates nothing")
    }

    async fn put(&self, items: &[Item]) -> Result<(), WriteError> {
        let mut written = self.written();
        written.bytes += items.iter().map(|item| item.value.len()).sum::<usize>();
        let columns = items
            .iter()
            .filter(|item| item.key.partition.starts_with("C#") && item.key.sort == "000000");
        written.blocks += columns.count();
        Ok(())
    }

    async fn swap(&self, item: &Item) -> Result<bool, WriteError> {
        let mut item = item.clone();
        item.revision += 1;
        self.written().head = Some(item);
        Ok(true)
    }
}
