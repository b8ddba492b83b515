//! Events that come late, twice, or while somebody reads.

use activity_log_core::account::AccountId;
use activity_log_core::event::{Admission, Event};
use activity_log_core::find::find;
use activity_log_core::ingest::Outcome;
use activity_log_core::origin::Origin;
use activity_log_core::query::{Attribute, Query};
use activity_log_core::segment::build::{Draft, SegmentEncoder};
use activity_log_core::store::Committed;
use activity_log_core::store::key::SegmentKey;
use activity_log_core::window::{WINDOW_MS, Window};

use super::Store;
use super::sample::{
    NOW, RETENTION_DAYS, Sample, account, expected, ids, page, query, read, send, send_at, spread,
};

/// Batches in any order, with events older than those already there.
pub async fn late_and_out_of_order_events<S: Store>(store: &S) {
    let (account, samples) = (account(), spread(60));
    let mut shuffled = samples.clone();
    shuffled.sort_by_key(|sample| (sample.number * 7_919) % 61);
    for batch in shuffled.chunks(7) {
        send(store, account, batch).await;
    }
    assert_eq!(
        ids(&read(store, account, &Query::default(), 8).await),
        expected(&samples)
    );
}

/// Events that arrive between two pages disturb nothing: what was there at the first page comes
/// once, newer ones are not seen, older ones are.
pub async fn paging_while_events_arrive<S: Store>(store: &S) {
    let account = account();
    let there: Vec<Sample> = (0..60)
        .map(|number| Sample::new(100 + i64::from(number / 4), number))
        .collect();
    send(store, account, &there).await;
    let (mut seen, mut after, mut number) = (Vec::new(), None, 1_000);
    loop {
        let found = find(store, account, &Query::default(), &page(7, after))
            .await
            .expect("a page");
        seen.extend(ids(&found.events));
        let arriving: Vec<Sample> = [0, 99, 105, 114, 130]
            .map(|before| {
                number += 1;
                Sample::new(before, number)
            })
            .to_vec();
        if number < 1_100 {
            send(store, account, &arriving).await;
        }
        match found.next {
            None => break,
            next => after = next,
        }
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), seen.len(), "an event came twice");
    let there = expected(&there);
    let seen: Vec<String> = seen.into_iter().filter(|id| there.contains(id)).collect();
    assert_eq!(seen, there);
}

/// The same batch twice is one: all duplicates, in whatever order.
pub async fn the_same_batch_twice<S: Store>(store: &S) {
    let (account, mut samples) = (account(), spread(40));
    send(store, account, &samples).await;
    samples.reverse();
    let again = send_at(store, account, &samples, NOW.plus_millis(WINDOW_MS)).await;
    assert!(
        again.iter().all(|one| *one == Outcome::Duplicate),
        "{again:?}"
    );
    assert_eq!(
        ids(&read(store, account, &Query::default(), 3).await),
        expected(&samples)
    );
}

/// An event that comes in two different batches, or twice in one, is read once, and the second
/// sender hears so.
pub async fn the_same_event_in_two_batches<S: Store>(store: &S) {
    let (account, samples) = (account(), spread(30));
    send(store, account, &samples[..20]).await;
    let mut second = samples[10..].to_vec();
    second.push(samples[29].clone());
    let outcomes = send_at(store, account, &second, NOW).await;
    let duplicates: Vec<bool> = outcomes
        .iter()
        .map(|one| *one == Outcome::Duplicate)
        .collect();
    let expected_duplicates: Vec<bool> = (10..31).map(|place| place < 20 || place == 30).collect();
    assert_eq!(duplicates, expected_duplicates);
    // Two writers at once do not see each other: both segments are stored, and still each event is
    // read once.
    // Of one minute and one class, so that each writer makes one segment of its two.
    let race = [500, 501, 502].map(|number| Sample {
        read_only: false,
        ..Sample::new(i64::from(number) - 495, number)
    });
    write_unchecked(store, account, &race[..2]).await;
    write_unchecked(store, account, &race[1..]).await;
    let all: Vec<Sample> = samples.iter().chain(&race).cloned().collect();
    for size in [1, 4, 100] {
        assert_eq!(
            ids(&read(store, account, &Query::default(), size).await),
            expected(&all)
        );
    }
    let by_name = query(&[(Attribute::EventId, &race[1].id())]);
    assert_eq!(read(store, account, &by_name, 10).await.len(), 1);
}

/// Writes a batch as if nothing of it were known.
async fn write_unchecked<S: Store>(store: &S, account: AccountId, samples: &[Sample]) {
    for draft in drafts(account, samples) {
        let window = Window::of(NOW);
        let entries = draft.entries(window, RETENTION_DAYS);
        store.index(&entries).await.expect("written");
        let committed = store.commit(&draft.segment(window, RETENTION_DAYS)).await;
        assert_eq!(committed.expect("written"), Committed::Stored);
    }
}

fn drafts(account: AccountId, samples: &[Sample]) -> Vec<Draft> {
    let records: Vec<String> = samples.iter().map(Sample::record).collect();
    let admission = Admission {
        account,
        now: NOW,
        retention_days: RETENTION_DAYS,
    };
    let events: Vec<Event<'_>> = records
        .iter()
        .map(|record| Event::parse(record, 0, &Origin::Queue, &admission).expect("an event"))
        .collect();
    let members: Vec<usize> = (0..events.len()).collect();
    let mut encoder = SegmentEncoder::new().expect("an encoder");
    encoder
        .encode(account, &events, &members)
        .expect("a batch encodes")
}

/// A writer that died between index and commit leaves nothing that can be read, and the batch
/// sent again is accepted.
pub async fn a_segment_without_commit_does_not_exist<S: Store>(store: &S) {
    let (account, sample) = (account(), Sample::new(10, 1));
    let drafts = drafts(account, std::slice::from_ref(&sample));
    let entries = drafts[0].entries(Window::of(NOW), RETENTION_DAYS);
    store.index(&entries).await.expect("written");
    for query in [
        query(&[(Attribute::EventName, sample.name)]),
        query(&[(Attribute::EventId, &sample.id())]),
    ] {
        assert_eq!(read(store, account, &query, 10).await, []);
    }
    send(store, account, std::slice::from_ref(&sample)).await;
    let found = read(
        store,
        account,
        &query(&[(Attribute::EventName, sample.name)]),
        10,
    )
    .await;
    assert_eq!(ids(&found), [sample.id()]);
}

/// Everything committed is marked in the window it says it was committed in.
pub async fn window_marks_name_what_was_written<S: Store>(store: &S) {
    let (account, samples) = (account(), spread(50));
    let later = NOW.plus_millis(WINDOW_MS);
    send(store, account, &samples[..25]).await;
    send_at(store, account, &samples[25..], later).await;
    let mut marked = 0;
    for (time, range) in [(NOW, &samples[..25]), (later, &samples[25..])] {
        let window = Window::of(time);
        let (mut keys, mut after): (Vec<SegmentKey>, Option<String>) = (Vec::new(), None);
        loop {
            let slice = store.marks(account, window, after.as_deref(), 2).await;
            let slice = slice.expect("marks");
            keys.extend(slice.items);
            after = slice.resume;
            if after.is_none() {
                break;
            }
        }
        assert!(keys.iter().map(SegmentKey::sort).is_sorted());
        let segments = store.fetch(&keys).await.expect("segments");
        assert_eq!(segments.len(), keys.len());
        assert!(segments.iter().all(|segment| segment.window == window));
        let rows: usize = segments
            .iter()
            .map(|segment| {
                activity_log_core::segment::view::View::open(segment)
                    .expect("a segment")
                    .rows()
            })
            .sum();
        assert_eq!(rows, range.len());
        marked += rows;
    }
    assert_eq!(marked, samples.len());
}
