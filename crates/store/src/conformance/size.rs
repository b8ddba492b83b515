//! Large events and large pages.

use activity_log_core::event::limits::RECORD_BYTES;
use activity_log_core::query::{Attribute, Query};

use super::items::Items;
use super::rolled::{Most, Rolled};
use super::sample::{Sample, account, expected, ids, page, query, read, send};

/// Text that zstd cannot shrink much: base64 of a multiplicative hash.
pub(super) fn noise(bytes: usize, seed: u64) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state = seed;
    (0..bytes)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(ALPHABET[(state >> 58) as usize])
        })
        .collect()
}

pub(super) fn large(number: u32, bytes: usize) -> Sample {
    let mut sample = Sample::new(30, number);
    let empty = sample.record().len() + r#","custom":"""#.len();
    sample.extra = format!(r#","custom":"{}""#, noise(bytes - empty, u64::from(number)));
    sample
}

/// Events of the largest size there is, several in one batch: stored, paged, found.
pub async fn events_of_256_kilobytes<I: Items>(store: &Rolled<I>) {
    let account = account();
    let samples: Vec<Sample> = (0..5).map(|number| large(number, RECORD_BYTES)).collect();
    assert_eq!(samples[0].record().len(), RECORD_BYTES);
    send(store, account, &samples).await;
    for size in [1, 2, 10] {
        let events = read(store, account, &Query::default(), size).await;
        assert_eq!(ids(&events), expected(&samples));
        assert!(
            events
                .iter()
                .all(|event| event.record.len() == RECORD_BYTES)
        );
    }
    let one = read(
        store,
        account,
        &query(&[(Attribute::EventId, &samples[3].id())]),
        10,
    )
    .await;
    assert_eq!(one[0].record, samples[3].record());
}

/// Answers above DynamoDB's page of 1 MB are complete, and a page that must not be so large ends
/// early and says where to go on.
pub async fn a_page_larger_than_a_megabyte<I: Items>(store: &Rolled<I>) {
    let account = account();
    let samples: Vec<Sample> = (0..60).map(|number| large(number, 60 * 1024)).collect();
    for batch in samples.chunks(20) {
        send(store, account, batch).await;
    }
    let events = read(store, account, &Query::default(), 1_000).await;
    assert_eq!(ids(&events), expected(&samples));
    let by_source = query(&[(Attribute::EventSource, "ec2.amazonaws.com")]);
    assert_eq!(
        ids(&read(store, account, &by_source, 1_000).await),
        expected(&samples)
    );

    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let mut request = page(1_000, after);
        request.max_bytes = 300 * 1024;
        let found = store
            .find(Most::ALL, account, &Query::default(), &request)
            .await;
        assert!(found.events.len() <= 5 && !found.events.is_empty());
        seen.extend(ids(&found.events));
        match found.next {
            None => break,
            next => after = next,
        }
    }
    assert_eq!(seen, expected(&samples));
}

/// More large events in one second than a reader keeps in memory: frames it gave up are read again. Of what is not rolled
/// up a page reads less than that.
pub async fn more_large_events_than_a_reader_keeps<I: Items>(store: &Rolled<I>) {
    let account = account();
    let samples: Vec<Sample> = (0..190).map(|number| large(number, RECORD_BYTES)).collect();
    for batch in samples.chunks(40) {
        send(store, account, batch).await;
    }
    store.roll_up(account).await;
    let events = read(store, account, &Query::default(), 1_000).await;
    assert_eq!(ids(&events), expected(&samples));
    for (event, sample) in events.iter().rev().zip(&samples) {
        assert_eq!(event.record, sample.record());
    }
}
