//! Messages of many accounts in one delivery.

use std::sync::atomic::Ordering;

use activity_log_control::memory::InMemory;
use activity_log_control::{NewAccount, Registry as _};
use activity_log_core::account::AccountId;
use activity_log_core::pack::PackEncoder;
use activity_log_ingest::app::App;
use activity_log_ingest::metrics::Taken;
use activity_log_ingest::queue;
use activity_log_store::memory::MemoryItems;
use serde_json::{Value, json};

use crate::queues::message;
use crate::slow::{Slow, clock};
use crate::stage::{EVENTS_QUEUE, NOW, delivery, failed, record};

const STEP_MS: u64 = 10;

type Parts = App<Slow<MemoryItems>, Slow<InMemory>>;

fn accounts() -> Vec<AccountId> {
    let id = |number| format!("{number:012}").parse().unwrap();
    (1..=100).map(id).collect()
}

/// An account whose record cannot be read, and one whose events cannot be written.
fn broken() -> [AccountId; 2] {
    [accounts()[7], accounts()[8]]
}

async fn app(is_broken: bool) -> Parts {
    let control = InMemory::new();
    for id in accounts() {
        let new = NewAccount {
            id,
            name: "demo".parse().unwrap(),
            retention_override_days: None,
        };
        control.create_account(new, NOW).await.unwrap();
    }
    let mut directory = Slow::new(control, STEP_MS);
    let mut store = Slow::new(MemoryItems::default(), STEP_MS);
    if is_broken {
        directory.broken = broken()[..1].to_vec();
        store.broken = broken()[1..].to_vec();
    }
    let encoder = PackEncoder::new().unwrap();
    App::new((store, directory), encoder, 30, clock)
}

/// A message of each account; gives the numbers of those that failed, and how often one waited for another.
async fn deliver(app: &Parts, id: &str) -> (Vec<String>, u64) {
    let of = |account: &AccountId| message(&json!([record(id, 1)]), account.as_str());
    let messages: Vec<Value> = accounts().iter().map(of).collect();
    let event = serde_json::from_value(delivery(EVENTS_QUEUE, &messages)).unwrap();
    let before = tokio::time::Instant::now();
    let until = clock().plus_millis(25_000);
    let answer = queue::answer(app, &event, &[], until, &mut Taken::default()).await;
    let waited = u64::try_from(before.elapsed().as_millis()).unwrap();
    let answer = serde_json::to_value(answer).unwrap();
    (failed(&answer), waited / STEP_MS)
}

#[tokio::test(start_paused = true)]
async fn a_hundred_accounts_wait_for_each_other_a_few_times_only() {
    let app = app(false).await;
    let (failed, rounds) = deliver(&app, "a").await;
    assert!(failed.is_empty());
    // One for all accounts' records; then head, known?, create, usage, twenty accounts at a time.
    assert!(rounds <= 1 + 5 * 4, "{rounds}");
    let (failed, rounds) = deliver(&app, "b").await;
    assert!(failed.is_empty());
    assert!(
        rounds <= 5 * 3,
        "records and heads are remembered: {rounds}"
    );
}

#[tokio::test(start_paused = true)]
async fn accounts_are_remembered_for_some_seconds() {
    let app = app(false).await;
    for id in ["a", "b"] {
        deliver(&app, id).await;
        assert_eq!(app.directory.asked.load(Ordering::Relaxed), 1);
    }
    tokio::time::advance(std::time::Duration::from_secs(5)).await;
    deliver(&app, "c").await;
    assert_eq!(app.directory.asked.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_fails_stops_no_other() {
    let app = app(true).await;
    let (failed, _) = deliver(&app, "a").await;
    assert_eq!(failed, ["m7", "m8"]);
}
