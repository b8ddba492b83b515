//! What a plugin is handed, of every dialect.

use std::sync::{Arc, Mutex};

use activity_log_benches::real;
use activity_log_core::instant::MINUTE;
use activity_log_core::items::{Ask, Consistency, Item, ItemReader, Key, Slice};
use activity_log_core::origin::Origin;
use activity_log_core::reader::ReadError;
use activity_log_core::reports::Format;
use activity_log_plugin::{Batch, Value as Handed};
use activity_log_store::memory::MemoryItems;
use serde_json::{Value, json};

use crate::stage::{NOW, Run, constant, filter, put, request, roll_up, store};

/// A row's value of a column, as JSON; `None`: absent.
fn value(batch: &Batch<'_>, column: usize, row: usize) -> Option<Value> {
    let column = &batch.columns[column];
    Some(match column.values[column.index[row] as usize] {
        Handed::Absent => return None,
        Handed::Null => Value::Null,
        Handed::Boolean(value) => value.into(),
        Handed::Integer(value) => value.into(),
        Handed::Float(value) => value.into(),
        Handed::Text(text) => text.into(),
        Handed::Json(text) => serde_json::from_str(text).unwrap(),
    })
}

type Seen = Arc<Mutex<Vec<Vec<Option<Value>>>>>;

/// Runs a report whose plugin keeps every row, and gives what it saw.
async fn seen(
    inputs: &'static [&'static str],
    records: &[String],
    now: activity_log_core::instant::Instant,
) -> Vec<Vec<Option<Value>>> {
    let store = store(records, now).await;
    let seen: Seen = Arc::default();
    let request = request(Format::Json, now);
    let start = || {
        let seen = Arc::clone(&seen);
        Some(filter(inputs, &[], move |batch| {
            for row in 0..batch.rows as usize {
                let values = (0..batch.columns.len()).map(|column| value(batch, column, row));
                seen.lock().unwrap().push(values.collect());
            }
            Ok(constant(batch, vec![]))
        }))
    };
    let run = Run {
        filter: &start,
        now,
        batch: 700,
        ..Run::of(&request)
    };
    run.run(&store).await.unwrap();
    let mut seen = seen.lock().unwrap();
    std::mem::take(&mut *seen)
}

#[tokio::test]
async fn lookup_fields_mean_the_same_in_every_dialect() {
    let records = [
        json!({"eventTime": "2026-11-20T11:59:03+00:00", "eventID": "c", "eventName": "GetObject", "eventSource": "s3.amazonaws.com",
            "awsRegion": "r", "sourceIPAddress": "10.0.0.1", "errorCode": "Denied", "eventType": "AwsApiCall",
            "userIdentity": {"type": "Root", "accessKeyId": "AKIA"}}),
        json!({"eventTime": "2026-11-20T11:59:02Z", "eventID": "b", "eventName": "stop", "userName": "bob", "project": "p", "readOnly": "true"}),
        json!({"timestamp": "2026-11-20T11:59:01.5Z", "event_id": "a", "action": "delete", "source": "nova", "method": "DELETE",
            "user_email": "e@x", "project_id": "q"}),
    ];
    let records: Vec<String> = records.iter().map(Value::to_string).collect();
    let inputs = &[
        "eventTime",
        "eventID",
        "eventName",
        "eventSource",
        "awsRegion",
        "sourceIPAddress",
        "errorCode",
        "eventType",
        "userIdentity.accessKeyId",
        "userName",
        "project",
        "readOnly",
    ];
    let seen = seen(inputs, &records, NOW).await;
    let row = |values: &Value| -> Vec<Option<Value>> {
        let values = values.as_array().unwrap().iter();
        values
            .map(|value| (!value.is_null()).then(|| value.clone()))
            .collect()
    };
    let expected = [
        row(&json!([
            "2026-11-20T11:59:03Z",
            "c",
            "GetObject",
            "s3.amazonaws.com",
            "r",
            "10.0.0.1",
            "Denied",
            "AwsApiCall",
            "AKIA",
            "root",
            null,
            true
        ])),
        row(&json!([
            "2026-11-20T11:59:02Z",
            "b",
            "stop",
            null,
            null,
            null,
            null,
            null,
            null,
            "bob",
            "p",
            true
        ])),
        row(&json!([
            "2026-11-20T11:59:01.5Z",
            "a",
            "delete",
            "nova",
            null,
            null,
            null,
            null,
            null,
            "e@x",
            "q",
            false
        ])),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn other_inputs_are_as_they_stand_in_the_record() {
    let Some(events) = real::load() else { return };
    let inputs = &[
        "eventID",
        "userIdentity.type",
        "requestParameters",
        "",
        "userAgent",
        "additionalEventData.MFAUsed",
        "eventName",
        "errorCode",
    ];
    let seen = seen(inputs, &events.records, events.admission.now).await;
    let records: Vec<Value> = events
        .records
        .iter()
        .map(|record| serde_json::from_str(record).unwrap())
        .collect();
    let by_id: std::collections::HashMap<&str, &Value> = records
        .iter()
        .map(|record| (record["eventID"].as_str().unwrap(), record))
        .collect();
    assert_eq!(seen.len(), by_id.len());
    for row in &seen {
        let record = by_id[row[0].as_ref().unwrap().as_str().unwrap()];
        assert_eq!(row[3].as_ref(), Some(record));
        for (column, path) in [
            (1, "/userIdentity/type"),
            (2, "/requestParameters"),
            (4, "/userAgent"),
            (5, "/additionalEventData/MFAUsed"),
            (6, "/eventName"),
            (7, "/errorCode"),
        ] {
            assert_eq!(row[column].as_ref(), record.pointer(path), "{path}");
        }
    }
}

/// Gives frames that are rubbish: a record that is read fails the test.
struct NoFrames(MemoryItems);

impl NoFrames {
    fn spoil(mut items: Vec<Item>) -> Vec<Item> {
        let frames = items.iter_mut();
        for frame in frames.filter(|item| item.key.partition.starts_with("F#")) {
            frame.value = vec![0xff; 3];
        }
        items
    }
}

impl ItemReader for NoFrames {
    async fn range(&self, ask: &Ask) -> Result<Slice, ReadError> {
        let found = self.0.range(ask).await?;
        Ok(Slice {
            items: Self::spoil(found.items),
            ..found
        })
    }

    async fn get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, ReadError> {
        Ok(Self::spoil(self.0.get(keys, consistency).await?))
    }
}

#[tokio::test]
async fn of_rows_that_are_dropped_no_record_is_read() {
    let records: Vec<String> = (0..50)
        .map(|number| {
            json!({"eventTime": NOW.plus_millis(-number * 1_000).to_string(), "eventID": format!("{number}"), "eventName": "StopInstances"})
                .to_string()
        })
        .collect();
    let store = MemoryItems::default();
    put(&store, &Origin::Queue, &records, NOW).await;
    roll_up(&store, NOW.plus_millis(MINUTE)).await;
    let store = Arc::new(NoFrames(store));
    let request = request(Format::Csv, NOW);
    for (inputs, keep, reads) in [
        (&["eventName", "eventTime", "readOnly"][..], false, false),
        (&["eventName"], true, true),
        (&["eventName", "userAgent"], false, true),
        (&[""], false, true),
    ] {
        let start = || {
            Some(filter(inputs, &[], move |batch| {
                let mut verdict = constant(batch, vec![]);
                verdict.keep.fill(keep);
                Ok(verdict)
            }))
        };
        let run = Run {
            filter: &start,
            ..Run::of(&request)
        };
        let done = run.run(&store).await;
        assert_eq!(done.is_err(), reads, "{inputs:?}");
        if let Ok(done) = done {
            assert_eq!(
                (
                    done.progress.scanned,
                    done.progress.matched,
                    done.progress.rows
                ),
                (50, 50, 0)
            );
        }
    }
}
