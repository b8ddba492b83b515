//! What accounts send is counted, by the day.

use activity_log_control::memory::InMemory;
use activity_log_control::{Day, Permission, StoreError, Usage, UsageCount};
use activity_log_core::account::AccountId;
use activity_log_core::ingest::{Incoming, Outcome};
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_ingest::app::App;
use activity_log_ingest::control::Control;
use activity_log_ingest::receivers::Receiver;
use activity_log_store::memory::MemoryItems;
use serde_json::json;

use crate::stage::{EVENTS_QUEUE, NOW, Stage, account, record};

#[tokio::test]
async fn every_way_in_counts_what_became_of_the_records() {
    let stage = Stage::new().await;
    let key = stage.key("producer", &[Permission::Producer]).await;
    let (a, b, c) = (record("a", 1), record("ä", 2), record("c", 3));
    // Spaces between records are none of theirs; those within are.
    let body = format!("[ {a} ,\n {a}, 7, {b}]");
    stage.post(&key, body.as_bytes(), &[]).await;
    let stored = a.to_string().len() + b.to_string().len();
    let mut count = UsageCount {
        events: 2,
        bytes: stored as u64,
        duplicates: 1,
        rejected: 1,
    };
    assert_eq!(stage.usage(account()).await, count);

    stage.post(&key, b"hello", &[]).await;
    assert_eq!(stage.usage(account()).await, count, "no records");

    let body = json!([c, c]).to_string();
    let attribute = json!({"stringValue": account().to_string(), "dataType": "String",
        "stringListValues": [], "binaryListValues": []});
    let message = json!({"body": body, "messageAttributes": {"accountId": attribute}});
    let failed = stage.deliver(EVENTS_QUEUE, &[message]).await;
    assert!(failed.is_empty());
    count += UsageCount {
        events: 1,
        bytes: c.to_string().len() as u64,
        duplicates: 1,
        rejected: 0,
    };
    assert_eq!(stage.usage(account()).await, count);
    assert_eq!(stage.app.take_uncounted(), 0);
}

/// Counters that cannot be written.
struct Down;

impl Usage for Down {
    async fn add(&self, _: AccountId, day: Day, _: UsageCount) -> Result<(), StoreError> {
        Err(StoreError::Exists {
            item: day.to_string(),
        })
    }
}

#[tokio::test]
async fn what_cannot_be_counted_is_stored_all_the_same() {
    let control = Control {
        directory: InMemory::new(),
        usage: Down,
    };
    let parts = (MemoryItems::default(), control);
    let encoder = PackEncoder::new().unwrap();
    let app = App::new(parts, encoder, 30, || NOW);
    let receiver = Receiver {
        account: account(),
        retention_days: 30,
    };
    let text = record("a", 1).to_string();
    let records = [text.as_str()];
    let records = Incoming::of_one_body(&records, &Origin::Queue);
    for outcome in [Outcome::Accepted, Outcome::Duplicate] {
        let done = app
            .store(receiver, &records, "api", NOW.plus_millis(29_000))
            .await;
        assert_eq!(done.receipts[0].outcome, outcome);
        assert_eq!(app.take_uncounted(), 1);
    }
}
