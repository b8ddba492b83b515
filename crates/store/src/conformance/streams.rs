//! Whole answers in batches.

use activity_log_core::event::limits::RECORD_BYTES;
use activity_log_core::page::Position;
use activity_log_core::query::{Attribute, Query};

use super::items::Items;
use super::rolled::{Most, Rolled, Wanted};
use super::sample::{NOW, Sample, account, expected, query, send, send_at, spread};
use super::size::large;

/// All batches of this size behind a position.
fn rest(max_rows: usize, after: Option<Position>) -> Wanted {
    Wanted {
        after,
        max_rows,
        batches: usize::MAX,
    }
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
pub async fn streams_of_any_size<I: Items>(store: &Rolled<I>) {
    let (account, samples) = (account(), spread(90));
    for batch in samples.chunks(11) {
        send(store, account, batch).await;
    }
    // A second copy of some, in a batch of its own.
    send_at(store, account, &samples[5..30], NOW).await;
    let little = Most {
        requests: 1,
        bytes: 1,
    };
    for most in [Most::ALL, little] {
        for size in [1, 7, 90, 4_096] {
            let query = Query::default();
            let given = store.stream(most, account, &query, rest(size, None)).await;
            assert_eq!(given.rows, wanted(&samples), "batches of {size}");
            assert_eq!(given.reached, None);
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
        let given = store.stream(most, account, &filtered, rest(4, None)).await;
        assert_eq!(given.rows, wanted(&matching));
    }
}

/// A stream that goes on after any position of an earlier one gives the rest, no more and no less.
pub async fn streams_that_go_on<I: Items>(store: &Rolled<I>) {
    let (account, samples) = (account(), spread(60));
    for batch in samples.chunks(7) {
        send(store, account, batch).await;
    }
    let query = Query::default();
    for batches in [1, 2, 5] {
        let first = Wanted {
            batches,
            ..rest(8, None)
        };
        let first = store.stream(Most::ALL, account, &query, first).await;
        let more = rest(8, first.reached);
        let more = store.stream(Most::ALL, account, &query, more).await;
        let given = [first.rows, more.rows].concat();
        assert_eq!(given, wanted(&samples), "after {batches}");
    }
}

/// Rows too large to be in one batch are in several, and lose nothing.
pub async fn streams_of_large_events<I: Items>(store: &Rolled<I>) {
    let account = account();
    let samples: Vec<Sample> = (0..80).map(|number| large(number, RECORD_BYTES)).collect();
    for batch in samples.chunks(40) {
        send(store, account, batch).await;
    }
    let query = Query::default();
    let given = store
        .stream(Most::ALL, account, &query, rest(4_096, None))
        .await;
    assert_eq!(given.rows, wanted(&samples));
}
