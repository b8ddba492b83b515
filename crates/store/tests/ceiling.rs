//! What one account can do at most, by what a key of `DynamoDB` takes: the figures of docs/operations.md, "The ceiling of one
//! account", from what real events take.

use std::collections::BTreeMap;
use std::sync::Mutex;

use activity_log_benches::counting::Counting;
use activity_log_benches::month::events::Batch;
use activity_log_benches::month::{Plan, World};
use activity_log_benches::real::load;
use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Ordinals, arrive};
use activity_log_core::instant::MINUTE;
use activity_log_core::items::Item;
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::rollup::Task;
use activity_log_core::rollup::roll::{Limits, Step, roll};
use activity_log_core::shards::MOST;
use activity_log_store::memory::{MemoryItems, charged_bytes};

/// Write units that a key takes a second.
const KEY_UNITS: f64 = 1_000.0;
/// Keys that a block of the index is spread over.
const INDEX_KEYS: f64 = 16.0;
/// Events a second that an account must be able to take: in hundreds, and alone.
const LEAST: (f64, f64) = (50_000.0, 5_000.0);

/// What some events took.
struct Taken {
    /// write units an event: of arrivals, of the index
    arrivals: f64,
    index: f64,
    /// the most write units of one key: of frames, of columns
    frames: f64,
    columns: f64,
}

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

/// So many events of a busy account, in batches of so many, taken in and rolled up in one step.
async fn taken(world: &World, events: u32, batch: u32) -> Taken {
    let items = Counting::new(MemoryItems::default());
    let encoder = Mutex::new(PackEncoder::new().unwrap());
    let plan = Plan {
        a_month: 10_000_000,
        batch: batch as usize,
        days: 1,
    };
    let mut batches = world.batches(&plan);
    batches.truncate((events / batch) as usize);
    for batch in &batches {
        take_in(&items, &encoder, world, batch).await;
    }
    let count: usize = batches.iter().map(|batch| batch.events.len()).sum();
    let events = f64::from(u32::try_from(count).unwrap());
    let arrivals = items.take().of('L').write / events;
    let last = batches.last().unwrap().arrival;
    let task = Task {
        account: account(),
        retention_days: 30,
    };
    let mut encoder = PackEncoder::new().unwrap();
    let clock = || last.plus_millis(MINUTE);
    let done = roll(&items, task, &mut encoder, Limits::default(), &clock).await;
    assert!(matches!(done, Ok(Step::Rolled(_))), "{done:?}");
    let keys = by_key(items.store().all());
    let most = |kind: char| {
        let of_kind = keys.iter().filter(|(key, _)| key.starts_with(kind));
        of_kind.map(|(_, units)| *units).fold(0.0, f64::max)
    };
    Taken {
        arrivals,
        index: items.take().of('I').write / events,
        frames: most('F'),
        columns: most('C'),
    }
}

async fn take_in(
    items: &Counting<MemoryItems>,
    encoder: &Mutex<PackEncoder>,
    world: &World,
    batch: &Batch,
) {
    let texts: Vec<String> = batch.events.iter().map(|one| world.record(one)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let records = Incoming::of_one_body(&texts, &Origin::Queue);
    let admission = Admission {
        account: account(),
        now: batch.arrival,
        retention_days: 30,
    };
    let (by, mut ordinals) = ((encoder, 1), Ordinals::default());
    let clock = || batch.arrival;
    let done = arrive(items, by, &admission, &records, &mut ordinals, &clock).await;
    assert!(done.errors.is_empty(), "{:?}", done.errors);
}

/// Write units by partition.
fn by_key(items: Vec<Item>) -> BTreeMap<String, f64> {
    let mut keys = BTreeMap::new();
    for item in items {
        let units = u32::try_from(charged_bytes(&item).div_ceil(1_024)).unwrap();
        *keys.entry(item.key.partition).or_default() += f64::from(units);
    }
    keys
}

/// To two digits, downward, with a comma before the last three.
fn rounded(events: f64) -> String {
    let mut step = 1.0;
    while events / step >= 100.0 {
        step *= 10.0;
    }
    let mut text = format!("{:.0}", (events / step).floor() * step);
    for at in (1..text.len())
        .rev()
        .filter(|at| (text.len() - at).is_multiple_of(3))
        .collect::<Vec<_>>()
    {
        text.insert(at, ',');
    }
    text
}

#[tokio::test(start_paused = true)]
async fn an_account_takes_what_the_documentation_says() {
    let Some(events) = load() else { return };
    let world = World::new(&events);
    // More rows than the columns of one key.
    let hundreds = taken(&world, 18_000, 100).await;
    let alone = taken(&world, 500, 1).await;
    let shard = (KEY_UNITS / hundreds.arrivals, KEY_UNITS / alone.arrivals);
    let index = INDEX_KEYS * KEY_UNITS / hundreds.index;
    let told = [
        format!(
            "{:.2} write units an event in hundreds, {:.2} alone",
            hundreds.arrivals, alone.arrivals
        ),
        format!(
            "{} in hundreds, {} alone, *a shard*",
            rounded(shard.0),
            rounded(shard.1)
        ),
        format!("{:.0} write units a key", hundreds.frames),
        format!("{:.0} write units a key", hundreds.columns),
        format!(
            "{:.3} write units an event, over 16 keys a block | {} |",
            hundreds.index,
            rounded(index)
        ),
        format!("up to {MOST} when a shard takes more"),
        format!(
            "{} shards take {} events a second in hundreds, and {} take {} alone",
            (LEAST.0 / shard.0).ceil(),
            rounded(LEAST.0),
            (LEAST.1 / shard.1).ceil(),
            rounded(LEAST.1)
        ),
    ];
    let docs = include_str!("../../../docs/operations.md");
    let (_, section) = docs.split_once("### The ceiling of one account").unwrap();
    let missing: Vec<&String> = told.iter().filter(|one| !section.contains(*one)).collect();
    println!("{told:#?}");
    assert!(
        missing.is_empty(),
        "docs/operations.md does not say {missing:#?}"
    );
    // Keys of arrivals and of the index are as many as are needed; the others are used once, for a second or less.
    assert!(shard.0 * f64::from(MOST) >= LEAST.0 && shard.1 * f64::from(MOST) >= LEAST.1);
    assert!(index >= LEAST.0);
    assert!(hundreds.frames <= KEY_UNITS && hundreds.columns <= KEY_UNITS);
}
