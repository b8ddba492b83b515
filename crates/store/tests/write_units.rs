//! Write units an event of batches of 1 to 1,000 real events, taken in and rolled up, beside the design with one item per
//! event and an index per lookup key.
//!
//! Item sizes are DynamoDB's: names and values in bytes, numbers half a byte a digit and one more
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>).

use std::sync::Mutex;

use activity_log_benches::counting::Counting;
use activity_log_benches::plain;
use activity_log_benches::real::{RealEvents, load};
use activity_log_core::ingest::{Incoming, Ordinals, arrive};
use activity_log_core::instant::MINUTE;
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::rollup::Task;
use activity_log_core::rollup::roll::{Limits, roll};
use activity_log_store::memory::MemoryItems;

/// Lookup keys of CloudTrail that the plain design needs an index for. `ReadOnly` and the resource's
/// second key are left out, in its favour.
const INDEXES: [&str; 6] = [
    "eventId",
    "eventName",
    "username",
    "eventSource",
    "accessKeyId",
    "resourceName",
];

fn units(bytes: usize) -> usize {
    bytes.div_ceil(1_024)
}

/// Write units of arrivals, and of what is rolled up of them.
async fn ours(events: &RealEvents, size: usize) -> [f64; 2] {
    let items = Counting::new(MemoryItems::default());
    let encoder = Mutex::new(PackEncoder::new().unwrap());
    let admission = events.admission;
    for batch in events.records.chunks(size) {
        let texts: Vec<&str> = batch.iter().map(String::as_str).collect();
        let records = Incoming::of_one_body(&texts, &Origin::Queue);
        let (by, mut ordinals) = ((&encoder, 1), Ordinals::default());
        let clock = || admission.now;
        let done = arrive(&items, by, &admission, &records, &mut ordinals, &clock).await;
        assert!(done.errors.is_empty());
    }
    let arrived = items.take().all().write;
    let task = Task {
        account: admission.account,
        retention_days: admission.retention_days,
    };
    let mut encoder = PackEncoder::new().unwrap();
    let clock = || admission.now.plus_millis(MINUTE);
    let limits = Limits::default();
    roll(&items, task, &mut encoder, limits, &clock)
        .await
        .unwrap();
    [arrived, items.take().all().write]
}

/// An item per event under (account, time and id), and an index entry of keys alone for each lookup
/// key the event has.
fn one_item_and_indexes(events: &RealEvents) -> usize {
    plain::encode(&events.records)
        .iter()
        .map(|item| {
            let keys = "pk".len() + 12 + "sk".len() + 20 + 36;
            let attributes: usize = item
                .iter()
                .map(|(name, value)| name.len() + value.len())
                .sum();
            let index = |name: &&str| {
                item.get(*name)
                    .map(|value| units(keys + name.len() + value.len()))
            };
            units(keys + attributes) + INDEXES.iter().filter_map(index).sum::<usize>()
        })
        .sum()
}

#[tokio::test(start_paused = true)]
async fn batches_of_100_take_at_most_a_fifteenth_of_the_write_units() {
    let Some(events) = load() else { return };
    let count = f64::from(u32::try_from(events.records.len()).unwrap());
    let plain = f64::from(u32::try_from(one_item_and_indexes(&events)).unwrap()) / count;
    println!("write units an event, {count} real events");
    println!(
        "{:>8}{:>10}{:>10}{:>26}{:>8}",
        "batch", "arrivals", "rolled up", "one item and 6 indexes", "ratio"
    );
    for size in [1, 10, 100, 1_000] {
        let [arrived, rolled_up] = ours(&events, size).await.map(|units| units / count);
        let ratio = plain / (arrived + rolled_up);
        println!("{size:>8}{arrived:>10.2}{rolled_up:>10.2}{plain:>26.2}{ratio:>7.1}x");
        let least = if size < 100 { 4.0 } else { 15.0 };
        assert!(ratio >= least, "batches of {size}");
    }
}
