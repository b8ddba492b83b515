//! Whole answers in batches.

use activity_log_core::account::AccountId;
use activity_log_core::event::limits::RECORD_BYTES;
use activity_log_core::find::{Limits, Range, Step, Stream};
use activity_log_core::page::Position;
use activity_log_core::query::{Attribute, Query};
use activity_log_core::segment::columns::Columns;

use super::Store;
use super::sample::{NOW, Sample, account, expected, page, query, send, send_at, spread};
use super::size::large;

fn range(after: Option<Position>) -> Range {
    Range {
        after,
        horizon: page(1, None).horizon,
        now: NOW,
    }
}

/// Ids and records of what a stream gives, and the position it came to; at most `batches` of it.
async fn streamed<S: Store>(
    store: &S,
    account: AccountId,
    query: &Query,
    (limits, max_rows): (Limits, usize),
    (after, batches): (Option<Position>, usize),
) -> (Vec<(String, String)>, Option<Position>) {
    let mut reached = after.clone();
    let mut stream = Stream::within(limits, max_rows, store, account, query, range(after));
    let mut given = Vec::new();
    for _ in 0..batches {
        let batch = match stream.next().await.expect("a step") {
            Step::End => return (given, None),
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
            let columns = Columns::decode(&batch.segments()[at.segment].columns).expect("columns");
            given.push((
                columns.id(at.row).into_owned(),
                records.get(place).to_owned(),
            ));
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
    (given, reached)
}

fn wanted(samples: &[Sample]) -> Vec<(String, String)> {
    let record = |id: &String| {
        samples
            .iter()
            .find(|one| one.id() == *id)
            .map(Sample::record)
    };
    let ids = expected(samples);
    ids.into_iter()
        .map(|id| (id.clone(), record(&id).expect("a sample")))
        .collect()
}

/// A stream gives what pages give, in batches of any size, also where it may read little at a time.
pub async fn streams_of_any_size<S: Store>(store: &S) {
    let (account, samples) = (account(), spread(90));
    for batch in samples.chunks(11) {
        send(store, account, batch).await;
    }
    // A second copy of some, in a segment of its own.
    send_at(store, account, &samples[5..30], NOW).await;
    let little = Limits {
        slices: 1,
        bytes: 1,
    };
    for limits in [Limits::default(), little] {
        for size in [1, 7, 90, 4_096] {
            let all = (None, usize::MAX);
            let (given, end) =
                streamed(store, account, &Query::default(), (limits, size), all).await;
            assert_eq!(given, wanted(&samples), "batches of {size}");
            assert_eq!(end, None);
        }
        let filtered = query(&[
            (Attribute::EventName, "GetUser"),
            (Attribute::Username, "user-2"),
        ]);
        let matching: Vec<Sample> = samples
            .iter()
            .filter(|one| one.name == "GetUser" && one.user == "user-2")
            .cloned()
            .collect();
        let all = (None, usize::MAX);
        let (given, _) = streamed(store, account, &filtered, (limits, 4), all).await;
        assert_eq!(given, wanted(&matching));
    }
}

/// A stream that goes on after any position of an earlier one gives the rest, no more and no less.
pub async fn streams_that_go_on<S: Store>(store: &S) {
    let (account, samples) = (account(), spread(60));
    for batch in samples.chunks(7) {
        send(store, account, batch).await;
    }
    let size = (Limits::default(), 8);
    for batches in [1, 2, 5] {
        let (mut given, reached) =
            streamed(store, account, &Query::default(), size, (None, batches)).await;
        let rest = (reached, usize::MAX);
        let (more, _) = streamed(store, account, &Query::default(), size, rest).await;
        given.extend(more);
        assert_eq!(given, wanted(&samples), "after {batches}");
    }
}

/// Rows too large to be in one batch are in several, and lose nothing.
pub async fn streams_of_large_events<S: Store>(store: &S) {
    let account = account();
    let samples: Vec<Sample> = (0..80).map(|number| large(number, RECORD_BYTES)).collect();
    for batch in samples.chunks(40) {
        send(store, account, batch).await;
    }
    let size = (Limits::default(), 4_096);
    let all = (None, usize::MAX);
    let (given, _) = streamed(store, account, &Query::default(), size, all).await;
    assert_eq!(given, wanted(&samples));
}
