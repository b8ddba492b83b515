//! The layout of segments under test, and what must hold of it alone.

use std::sync::Mutex;

use activity_log_core::account::AccountId;
use activity_log_core::event::{Admission, Event};
use activity_log_core::find::{Limits, Range, Step, Stream, find_within};
use activity_log_core::ingest::{Incoming, Ordinals, Outcome, ingest};
use activity_log_core::origin::Origin;
use activity_log_core::page::{Page, PageRequest};
use activity_log_core::query::{Attribute, Query};
use activity_log_core::segment::build::{Draft, SegmentEncoder};
use activity_log_core::segment::columns::Columns;
use activity_log_core::store::key::SegmentKey;
use activity_log_core::store::{Committed, SegmentReader, SegmentWriter, WindowReader};
use activity_log_core::window::{WINDOW_MS, Window};

use super::sample::{
    NOW, RETENTION_DAYS, Sample, account, expected, ids, page, query, read, send, send_at, spread,
};
use super::store::{Most, Store, Streamed, Wanted};

/// What holds segments.
pub trait Segments: SegmentReader + SegmentWriter + WindowReader {}
impl<S: SegmentReader + SegmentWriter + WindowReader> Segments for S {}

fn limits(most: Most) -> Limits {
    let default = Limits::default();
    Limits {
        slices: default.slices.min(most.requests),
        bytes: default.bytes.min(most.bytes),
    }
}

impl<S: Segments> Store for S {
    const KNOWS_COPIES: bool = true;

    async fn take_in(&self, admission: &Admission, records: &[Incoming<'_>]) -> Vec<Outcome> {
        let encoder = Mutex::new(SegmentEncoder::new().expect("an encoder"));
        let mut ordinals = Ordinals::default();
        let clock = || admission.now;
        let done = ingest(self, &encoder, admission, records, &mut ordinals, &clock).await;
        assert!(done.errors.is_empty(), "{:?}", done.errors);
        let receipts = done.receipts.into_iter();
        receipts.map(|receipt| receipt.outcome).collect()
    }

    async fn roll_up(&self, _: AccountId) {}

    async fn find(
        &self,
        most: Most,
        account: AccountId,
        query: &Query,
        page: &PageRequest,
    ) -> Page {
        let found = find_within(limits(most), self, account, query, page).await;
        found.expect("a page")
    }

    async fn stream(
        &self,
        most: Most,
        account: AccountId,
        query: &Query,
        wanted: Wanted,
    ) -> Streamed {
        let mut reached = wanted.after.clone();
        let range = Range {
            after: wanted.after,
            horizon: page(1, None).horizon,
            now: NOW,
        };
        let max_rows = wanted.max_rows;
        let mut stream = Stream::within(limits(most), max_rows, self, account, query, range);
        let mut rows = Vec::new();
        for _ in 0..wanted.batches {
            let batch = match stream.next().await.expect("a step") {
                Step::End => {
                    reached = None;
                    break;
                }
                Step::Reached(position) => {
                    assert!(reached.as_ref().is_none_or(|before| *before < position));
                    reached = Some(position);
                    continue;
                }
                Step::Batch(batch) => batch,
            };
            assert!((1..=max_rows).contains(&batch.rows().len()));
            let all: Vec<usize> = (0..batch.rows().len()).collect();
            let records = stream.records(&batch, &all).await.expect("records");
            for (place, at) in batch.rows().iter().enumerate() {
                let segment = &batch.segments()[at.segment];
                let columns = Columns::decode(&segment.columns).expect("columns");
                let id = columns.id(at.row).into_owned();
                rows.push((id, records.get(place).to_owned()));
            }
            // Backwards and one only: the records asked for, in that order.
            let last = all.len() - 1;
            let some = stream.records(&batch, &[last, 0]).await.expect("records");
            assert_eq!(
                (some.get(0), some.get(1)),
                (records.get(last), records.get(0))
            );
            reached = Some(batch.reached().clone());
        }
        Streamed { rows, reached }
    }
}

/// Two writers at once do not see each other: both segments are stored, and still each event is read once.
pub async fn two_writers_at_once<S: Segments>(store: &S) {
    let account = account();
    // Of one minute and one class, so that each writer makes one segment of its two.
    let race = [500, 501, 502].map(|number| Sample {
        read_only: false,
        ..Sample::new(i64::from(number) - 495, number)
    });
    write_unchecked(store, account, &race[..2]).await;
    write_unchecked(store, account, &race[1..]).await;
    for size in [1, 4, 100] {
        assert_eq!(
            ids(&read(store, account, &Query::default(), size).await),
            expected(&race)
        );
    }
    let by_name = query(&[(Attribute::EventId, &race[1].id())]);
    assert_eq!(read(store, account, &by_name, 10).await.len(), 1);
}

/// Writes a batch as if nothing of it were known.
async fn write_unchecked<S: Segments>(store: &S, account: AccountId, samples: &[Sample]) {
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
pub async fn a_segment_without_commit_does_not_exist<S: Segments>(store: &S) {
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
pub async fn window_marks_name_what_was_written<S: Segments>(store: &S) {
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
