//! The real events of `../shared/data/cloudtrail`, where they are, in VK's shape.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use crate::world::{DEFAULT, World};

/// After the newest of them, and less than 30 days after the oldest.
const NOW: &str = "2023-07-12T00:00:00Z";

/// By id; `None`, having said why, where they are absent.
fn records() -> Option<BTreeMap<String, Value>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cloudtrail");
    let Ok(folder) = std::fs::read_dir(&root) else {
        eprintln!("skipped: there are no real events in {}", root.display());
        return None;
    };
    let mut records = BTreeMap::new();
    for entry in folder {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap_or_default();
        let Ok(mut file) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        for record in file["Records"].as_array_mut().unwrap() {
            let id = record["eventID"].as_str().unwrap().to_owned();
            records.insert(id, record.take());
        }
    }
    Some(records)
}

fn check(log: &Value, record: &Value) {
    assert_eq!(log["timestamp"], record["eventTime"]);
    assert_eq!(log["action"], record["eventName"]);
    assert_eq!(log["source"], record["eventSource"]);
    // Of some the record says nothing.
    let request_id = record["requestID"].as_str().unwrap_or_default();
    assert_eq!(log["request_id"], request_id);
    assert_eq!(log["user_agent"].as_str(), record["userAgent"].as_str());
    let is_success = record.get("errorCode").is_none() && record.get("errorMessage").is_none();
    assert_eq!(log["success"], if is_success { "yes" } else { "no" });
    let bodies = [
        ("request_body", "requestParameters"),
        ("response_body", "responseElements"),
    ];
    for (body, field) in bodies {
        let text = log[body].as_str().unwrap();
        let value = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(text).unwrap()
        };
        assert_eq!(value, record[field], "{record}");
    }
}

#[tokio::test]
async fn all_real_events_in_portions_of_ten_each_once() {
    let Some(records) = records() else { return };
    assert!(records.len() > 2_800, "{} records", records.len());
    let world = World::at(NOW);
    let all: Vec<Value> = records.values().cloned().collect();
    for batch in all.chunks(100) {
        world.send(batch).await;
    }
    let mut failed = 0;
    let ids = world
        .walk(DEFAULT, "limit=10", |logs, _| {
            for log in logs {
                check(log, &records[log["event_id"].as_str().unwrap()]);
                failed += usize::from(log["success"] == "no");
            }
        })
        .await;
    assert_eq!(ids.len(), records.len(), "one or more twice");
    assert_eq!(
        ids.iter().collect::<BTreeSet<_>>(),
        records.keys().collect()
    );
    assert!(failed > 0, "no real call failed");
}

#[tokio::test]
async fn every_source_of_the_real_events_finds_its_own() {
    let Some(records) = records() else { return };
    let world = World::at(NOW);
    let all: Vec<Value> = records.values().cloned().collect();
    for batch in all.chunks(100) {
        world.send(batch).await;
    }
    let mut counts = BTreeMap::new();
    for record in records.values() {
        *counts
            .entry(record["eventSource"].as_str().unwrap())
            .or_insert(0) += 1;
    }
    for (source, count) in counts {
        let query = format!("limit=1000&source={source}");
        let ids = world
            .walk(DEFAULT, &query, |logs, _| {
                assert!(logs.iter().all(|log| log["source"] == source));
            })
            .await;
        assert_eq!(ids.len(), count, "{source}");
    }
}
