//! Ingest racing the seal: writers that are slow, that meet in the same moment, or that never commit,
//! and an archiver that comes whenever it likes.

use std::collections::BTreeSet;

use activity_log_core::event::{Admission, Event};
use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::origin::Origin;
use activity_log_core::segment::build::{Draft, SegmentEncoder};
use activity_log_core::store::SegmentWriter as _;
use activity_log_core::trail::progress::SEAL_AFTER_MS;
use activity_log_core::window::{MAX_WRITE_MS, WINDOW_MS, Window};
use proptest::prelude::*;

use crate::stage::{START, Stage, account, minutes, record};

/// What a writer of a batch does: it neither checks for known events nor waits for others, as when many
/// send the same at once.
#[derive(Clone, Debug)]
struct Batch {
    /// seconds after the start at which it marks
    begins: i64,
    /// milliseconds until it commits; `None`: it dies before
    takes: Option<i64>,
    /// which events
    events: Vec<u8>,
}

fn batch() -> impl Strategy<Value = Batch> {
    // The slowest commit that ingest lets begin, and what is left of the function's time after it.
    let slowest = MAX_WRITE_MS + 4 * SECOND;
    (
        0..3 * WINDOW_MS / SECOND,
        prop::option::weighted(0.9, 0..slowest),
        prop::collection::vec(0..40_u8, 1..6),
    )
        .prop_map(|(begins, takes, events)| Batch {
            begins,
            takes,
            events,
        })
}

enum Action {
    Mark(usize),
    Commit(usize),
    Tick,
}

fn drafts(batch: &Batch) -> Vec<Draft> {
    let admission = Admission {
        account: account(),
        now: START,
        retention_days: 30,
    };
    // A few minutes of event time, so that copies meet in segments of different batches.
    let events: BTreeSet<u8> = batch.events.iter().copied().collect();
    let texts: Vec<String> = events
        .iter()
        .map(|event| record(&format!("e{event:02}"), minutes(-i64::from(event % 3))))
        .collect();
    let events: Vec<Event<'_>> = texts
        .iter()
        .map(|text| Event::parse(text, 0, &Origin::Queue, &admission).unwrap())
        .collect();
    let members: Vec<usize> = (0..events.len()).collect();
    let mut encoder = SegmentEncoder::new().unwrap();
    encoder.encode(account(), &events, &members).unwrap()
}

/// The ids of committed events; and those of the archives.
async fn play(batches: &[Batch], ticks: &[i64]) -> (Vec<String>, Vec<String>) {
    let stage = Stage::new().await;
    stage.trail("audit", |_| {}).await;
    let drafts: Vec<Vec<Draft>> = batches.iter().map(drafts).collect();
    let mut actions: Vec<(Instant, Action)> = Vec::new();
    for (at, batch) in batches.iter().enumerate() {
        let begins = START.plus_millis(batch.begins * SECOND);
        actions.push((begins, Action::Mark(at)));
        if let Some(takes) = batch.takes {
            actions.push((begins.plus_millis(takes), Action::Commit(at)));
        }
    }
    // The moment a window is sealed is the earliest at which it is archived, and the likeliest to be too early.
    let seals = (1..=3).map(|window| START.plus_millis(window * WINDOW_MS + SEAL_AFTER_MS));
    actions.extend(seals.map(|time| (time, Action::Tick)));
    let at = |seconds: &i64| START.plus_millis(seconds * SECOND);
    actions.extend(ticks.iter().map(|seconds| (at(seconds), Action::Tick)));
    actions.sort_by_key(|(time, _)| *time);

    let store = &stage.app.ports.store;
    let mut committed = BTreeSet::new();
    for (time, action) in actions {
        match action {
            Action::Tick => {
                stage.at(time).tick().await;
            }
            Action::Mark(batch) => {
                for draft in &drafts[batch] {
                    store
                        .index(&draft.entries(Window::of(time), 30))
                        .await
                        .unwrap();
                }
            }
            Action::Commit(batch) => {
                let window = Window::of(START.plus_millis(batches[batch].begins * SECOND));
                for draft in &drafts[batch] {
                    store.commit(&draft.segment(window, 30)).await.unwrap();
                }
                let events = batches[batch].events.iter();
                committed.extend(events.map(|event| format!("e{event:02}")));
            }
        }
    }
    stage.at(minutes(61)).tick().await;
    let digests = stage.app.ports.buckets.digests("audit");
    for window in digests[0]["activityLog"]["windows"].as_array().unwrap() {
        let count = |name: &str| window[name].as_u64().unwrap();
        let known = count("archived") + count("filteredOut") + count("duplicates");
        assert_eq!(count("ingested"), known);
    }
    (
        committed.into_iter().collect(),
        stage.app.ports.buckets.ids("audit"),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_committed_event_is_archived_once(
        batches in prop::collection::vec(batch(), 1..25),
        ticks in prop::collection::vec(0..1_500_i64, 0..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (committed, archived) = runtime.block_on(play(&batches, &ticks));
        prop_assert_eq!(archived, committed);
    }
}

#[tokio::test]
async fn the_copy_of_a_race_is_left_out_and_counted() {
    let batch = |begins, events: &[u8]| Batch {
        begins,
        takes: Some(10),
        events: events.to_vec(),
    };
    // Within one window, and over two: event 3 three times.
    let batches = [batch(10, &[0, 3]), batch(10, &[3, 6]), batch(400, &[3, 9])];
    let (committed, archived) = play(&batches, &[]).await;
    assert_eq!(committed, ["e00", "e03", "e06", "e09"]);
    assert_eq!(archived, committed);
}
