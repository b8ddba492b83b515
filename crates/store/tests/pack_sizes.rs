//! Write units an event of packs of real events, by how many are packed together. What differs from sender to sender in
//! earnest, ids and access keys, is drawn anew for every event: the real ones are of few senders.

use activity_log_benches::real::load;
use activity_log_benches::varied::varied;
use activity_log_core::event::Event;
use activity_log_core::instant::Instant;
use activity_log_core::items::Item;
use activity_log_core::items::key::{self, ContentHash};
use activity_log_core::origin::Origin;
use activity_log_core::pack::{ArrivalDraft, FRAME_ROWS, PackEncoder, PackRow};
use activity_log_store::memory::charged_bytes;

/// Bytes and write units an event.
fn measured(items: &[Item], events: usize) -> (f64, f64) {
    let bytes: usize = items.iter().map(charged_bytes).sum();
    let units: usize = items
        .iter()
        .map(|item| charged_bytes(item).div_ceil(1_024))
        .sum();
    let an_event = |sum: usize| {
        f64::from(u32::try_from(sum).unwrap()) / f64::from(u32::try_from(events).unwrap())
    };
    (an_event(bytes), an_event(units))
}

#[test]
fn packs_of_real_events_take_few_write_units() {
    let Some(real) = load() else { return };
    let records = varied(&real.records);
    let account = real.admission.account;
    let parsed: Vec<Event<'_>> = records
        .iter()
        .rev()
        .map(|record| {
            Event::parse(
                record,
                0,
                &Origin::Producer("forwarder".to_owned()),
                &real.admission,
            )
            .unwrap()
        })
        .collect();
    let events: Vec<&Event<'_>> = parsed.iter().collect();
    let mut encoder = PackEncoder::new().unwrap();
    println!(
        "{} real events: bytes and write units an event",
        events.len()
    );
    for (size, most) in [(1, 1.02), (10, 0.27), (100, 0.15), (1_000, 0.14)] {
        let batches = events.chunks(size);
        let draft = |batch: &[&Event<'_>]| ArrivalDraft::new(&mut encoder, account, batch).unwrap();
        let items: Vec<Item> = batches
            .map(draft)
            .map(|draft| draft.item(real.admission.now, 1))
            .collect();
        let (bytes, units) = measured(&items, events.len());
        println!("arrivals of {size:>5}: {bytes:>6.1} B {units:.3}");
        assert!(units <= most, "arrivals of {size}: {units}");
    }
    let frames = events.chunks(FRAME_ROWS as usize).map(|rows| Item {
        key: key::frame(account, ContentHash([7; 12]), 1, 0),
        value: encoder
            .encode(rows.iter().map(|event| PackRow {
                text: &event.text,
                origin: &event.origin,
            }))
            .unwrap(),
        expires: Instant::from_seconds(1_795_000_000),
        revision: 0,
    });
    let items: Vec<Item> = frames.collect();
    let (bytes, units) = measured(&items, events.len());
    println!("frames of {FRAME_ROWS:>7}: {bytes:>6.1} B {units:.3}");
    assert!(units <= 0.13, "frames: {units}");
}
