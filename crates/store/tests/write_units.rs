//! Write units an event, computed from the real items of batches of 1 to 1,000 real events, beside
//! the design with one item per event and an index per lookup key.
//!
//! Item sizes are DynamoDB's: names and values in bytes, numbers half a byte a digit and one more
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>).

use std::sync::Mutex;

use activity_log_benches::plain;
use activity_log_benches::real::{RealEvents, load};
use activity_log_core::segment::build::SegmentEncoder;
use activity_log_store::dynamodb::{Item, entry_item, segment_item};
use aws_sdk_dynamodb::types::AttributeValue;

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

fn item_bytes(item: &Item) -> usize {
    item.iter()
        .map(|(name, value)| {
            name.len()
                + match value {
                    AttributeValue::S(text) => text.len(),
                    AttributeValue::B(blob) => blob.as_ref().len(),
                    AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
                    _ => unreachable!("our items have no other types"),
                }
        })
        .sum()
}

fn ours(events: &RealEvents, size: usize) -> usize {
    let encoder = Mutex::new(SegmentEncoder::new().unwrap());
    events
        .records
        .chunks(size)
        .flat_map(|batch| activity_log_benches::encode(&encoder, &events.admission, batch))
        .map(|(segment, entries)| {
            let entries: usize = entries
                .iter()
                .map(|entry| units(item_bytes(&entry_item(entry))))
                .sum();
            units(item_bytes(&segment_item(&segment))) + entries
        })
        .sum()
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

#[test]
fn batches_of_100_take_at_most_a_quarter_of_the_write_units() {
    let Some(events) = load() else { return };
    let count = f64::from(u32::try_from(events.records.len()).unwrap());
    let plain = f64::from(u32::try_from(one_item_and_indexes(&events)).unwrap()) / count;
    println!("write units an event, {count} real events");
    println!(
        "{:>8}{:>10}{:>26}{:>8}",
        "batch", "segments", "one item and 6 indexes", "ratio"
    );
    for size in [1, 10, 100, 1_000] {
        let ours = f64::from(u32::try_from(ours(&events, size)).unwrap()) / count;
        println!("{size:>8}{ours:>10.2}{plain:>26.2}{:>7.1}x", plain / ours);
        assert!(size < 100 || plain / ours >= 4.0, "batches of {size}");
    }
}
