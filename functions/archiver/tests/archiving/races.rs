//! Ingest racing the seal and the roll-up: writers that are slow, that meet in the same moment, or that never commit, a
//! roll-up and an archiver that come whenever they like.

use std::collections::BTreeSet;

use activity_log_core::event::{Admission, Event};
use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::items::ItemWriter as _;
use activity_log_core::origin::Origin;
use activity_log_core::pack::{ArrivalDraft, PackEncoder};
use activity_log_core::slot::{MAX_COMMIT_MS, MAX_WRITE_MS, SEAL_AFTER_MS};
use activity_log_core::window::WINDOW_MS;
use proptest::prelude::*;

use crate::stage::{START, Stage, account, minutes, record};

/// What a writer of a batch does: it waits for no others, as when many send the same at once.
#[derive(Clone, Debug)]
struct Batch {
    /// seconds after the start at which it takes its slot
    begins: i64,
    /// milliseconds until it commits; `None`: it dies before
    takes: Option<i64>,
    /// which events
    events: Vec<u8>,
}

fn batch() -> impl Strategy<Value = Batch> {
    (
        0..3 * WINDOW_MS / SECOND,
        prop::option::weighted(0.9, 0..MAX_WRITE_MS + MAX_COMMIT_MS),
        prop::collection::vec(0..40_u8, 1..6),
    )
        .prop_map(|(begins, takes, events)| Batch {
            begins,
            takes,
            events,
        })
}

enum Action {
    Commit(usize),
    RollUp,
    Tick,
}

fn draft(batch: &Batch) -> ArrivalDraft {
    let admission = Admission {
        account: account(),
        now: START,
        retention_days: 30,
    };
    // Newest first, as a draft has them.
    let mut events: BTreeSet<(i64, u8)> = BTreeSet::new();
    events.extend(
        batch
            .events
            .iter()
            .map(|event| (-i64::from(event % 3), *event)),
    );
    let texts: Vec<String> = events
        .iter()
        .rev()
        .map(|(minute, event)| record(&format!("e{event:02}"), minutes(*minute)))
        .collect();
    let events: Vec<Event<'_>> = texts
        .iter()
        .map(|text| Event::parse(text, 0, &Origin::Queue, &admission).unwrap())
        .collect();
    let events: Vec<&Event<'_>> = events.iter().collect();
    ArrivalDraft::new(&mut PackEncoder::new().unwrap(), account(), &events).unwrap()
}

/// The ids of committed events; and those of the archives.
async fn play(batches: &[Batch], ticks: &[i64], roll_ups: &[i64]) -> (Vec<String>, Vec<String>) {
    let stage = Stage::new().await;
    stage.trail("audit", |_| {}).await;
    let at = |seconds: &i64| START.plus_millis(seconds * SECOND);
    let mut actions: Vec<(Instant, Action)> = Vec::new();
    for (number, batch) in batches.iter().enumerate() {
        if let Some(takes) = batch.takes {
            let commits = at(&batch.begins).plus_millis(takes);
            actions.push((commits, Action::Commit(number)));
        }
    }
    // The moment a window is sealed is the earliest at which it is archived, and the likeliest to be too early.
    let seals = (1..=3).map(|window| START.plus_millis(window * WINDOW_MS + SEAL_AFTER_MS));
    actions.extend(seals.map(|time| (time, Action::Tick)));
    actions.extend(ticks.iter().map(|seconds| (at(seconds), Action::Tick)));
    actions.extend(roll_ups.iter().map(|seconds| (at(seconds), Action::RollUp)));
    actions.sort_by_key(|(time, _)| *time);

    let store = &stage.app.ports.store;
    let mut committed = BTreeSet::new();
    for (time, action) in actions {
        stage.at(time);
        match action {
            Action::Tick => {
                stage.tick().await;
            }
            Action::RollUp => stage.roll_up().await,
            Action::Commit(number) => {
                let batch = &batches[number];
                let item = draft(batch).item(at(&batch.begins), 1);
                store.create(&item).await.unwrap();
                committed.extend(batch.events.iter().map(|event| format!("e{event:02}")));
            }
        }
    }
    stage.at(minutes(61)).tick().await;
    let digests = stage.app.ports.buckets.digests("audit");
    for window in digests[0]["activityLog"]["windows"].as_array().unwrap() {
        let count = |name: &str| window[name].as_u64().unwrap_or(0);
        let known = ["archived", "filteredOut", "duplicates", "conflicts"].map(count);
        assert_eq!(count("ingested"), known.iter().sum::<u64>());
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
        roll_ups in prop::collection::vec(0..1_500_i64, 0..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (committed, archived) = runtime.block_on(play(&batches, &ticks, &roll_ups));
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
    let (committed, archived) = play(&batches, &[], &[]).await;
    assert_eq!(committed, ["e00", "e03", "e06", "e09"]);
    assert_eq!(archived, committed);
}
