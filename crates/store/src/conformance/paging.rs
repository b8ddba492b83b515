//! Order and pages.

use activity_log_core::account::AccountId;
use activity_log_core::instant::SECOND;
use activity_log_core::page::FoundEvent;
use activity_log_core::query::{Attribute, Query};

use super::items::Items;
use super::rolled::{Most, Rolled};
use super::sample::{NOW, Sample, account, expected, ids, page, query, read, send, spread};

/// Newest first, over (eventTime, eventID), and each record to the byte.
pub async fn newest_first<I: Items>(store: &Rolled<I>) {
    let (account, samples) = (account(), spread(120));
    for batch in samples.chunks(17) {
        send(store, account, batch).await;
    }
    let events = read(store, account, &Query::default(), 1_000).await;
    assert_eq!(ids(&events), expected(&samples));
    for event in events {
        let sample = samples
            .iter()
            .find(|one| one.id() == event.position.id)
            .expect("a sample");
        assert_eq!(event.record, sample.record());
        assert_eq!(event.read_only, sample.read_only);
        assert_eq!(event.position.time, sample.time());
        assert_eq!(
            (event.name.as_str(), event.username.as_deref()),
            (sample.name, Some(&*sample.user))
        );
    }
}

/// Pages of any size hold each event once, and no page but the last is short.
pub async fn pages_of_any_size<I: Items>(store: &Rolled<I>) {
    let (account, samples) = (account(), spread(90));
    for batch in samples.chunks(11) {
        send(store, account, batch).await;
    }
    for size in [1, 2, 7, 50, 89, 90, 91, 1_000] {
        let events = read(store, account, &Query::default(), size).await;
        assert_eq!(ids(&events), expected(&samples), "pages of {size}");
    }
}

/// 110 events in one second, as real data has, in several batches.
pub async fn many_events_in_one_second<I: Items>(store: &Rolled<I>) {
    let account = account();
    let samples: Vec<Sample> = (0..110).map(|number| Sample::new(60, number)).collect();
    for batch in samples.chunks(13) {
        send(store, account, batch).await;
    }
    for size in [1, 7, 50, 109, 110] {
        let events = read(store, account, &Query::default(), size).await;
        assert_eq!(ids(&events), expected(&samples), "pages of {size}");
    }
}

/// Both ends of a time range are inclusive, wherever they cut a minute.
pub async fn time_ranges<I: Items>(store: &Rolled<I>) {
    let account = account();
    let samples: Vec<Sample> = (0..100)
        .map(|number| Sample::new(i64::from(number) * 7, number))
        .collect();
    send(store, account, &samples).await;
    for (from, to) in [(0, 0), (7, 7), (8, 13), (70, 350), (0, 10_000), (350, 70)] {
        let (start, end) = (
            NOW.plus_millis(-to * SECOND),
            NOW.plus_millis(-from * SECOND),
        );
        let query = Query {
            start: Some(start),
            end: Some(end),
            ..Query::default()
        };
        let within: Vec<Sample> = samples
            .iter()
            .filter(|one| (from..=to).contains(&one.before))
            .cloned()
            .collect();
        assert_eq!(
            ids(&read(store, account, &query, 9).await),
            expected(&within),
            "{from}..={to}"
        );
    }
}

/// A page that may read next to nothing ends early, says where to go on, and always gets on: also
/// within one second, and where the answer is empty.
pub async fn pages_that_may_read_little<I: Items>(store: &Rolled<I>) {
    let account = account();
    let mut samples: Vec<Sample> = (0..40).map(|number| Sample::new(30, number)).collect();
    samples.extend((40..60).map(|number| Sample::new(i64::from(number) * 43_000, number)));
    for sample in &samples {
        send(store, account, std::slice::from_ref(sample)).await;
    }
    let queries = [
        query(&[]),
        query(&[(Attribute::ReadOnly, "true")]),
        query(&[(Attribute::EventName, "GetUser")]),
        query(&[
            (Attribute::EventName, "GetUser"),
            (Attribute::Username, "user-2"),
        ]),
        query(&[
            (Attribute::EventName, "GetUser"),
            (Attribute::EventName, "PutObject"),
        ]),
        query(&[(Attribute::EventId, &samples[50].id())]),
        query(&[(Attribute::EventId, "absent")]),
    ];
    for query in &queries {
        let whole = ids(&read(store, account, query, 1_000).await);
        for (requests, bytes) in [(1, 1), (3, usize::MAX), (usize::MAX, 3_000)] {
            let most = Most { requests, bytes };
            let found = read_within(store, account, query, most).await;
            assert_eq!(ids(&found), whole, "{query:?} within {most:?}");
        }
    }
}

async fn read_within<I: Items>(
    store: &Rolled<I>,
    account: AccountId,
    query: &Query,
    most: Most,
) -> Vec<FoundEvent> {
    let (mut events, mut after) = (Vec::new(), None);
    for _ in 0..500 {
        let found = store.find(most, account, query, &page(7, after)).await;
        events.extend(found.events);
        match found.next {
            None => return events,
            next => after = next,
        }
    }
    panic!("500 pages and no end: {query:?} within {most:?}");
}
