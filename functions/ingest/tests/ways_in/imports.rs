//! Files put into the import bucket.

use std::sync::atomic::Ordering;

use activity_log_core::slot::MAX_COMMIT_MS;
use activity_log_ingest::metrics::{Events, Imported};
use activity_log_store::memory::MemoryItems;
use serde_json::{Value, json};

use crate::slow::{Slow, clock};
use crate::stage::{EVENTS_QUEUE, NOW, Stage, account, gzip, record};

const CLOUDTRAIL: &str = "AWSLogs/111122223333/CloudTrail";

pub fn notice(key: &str) -> Value {
    notice_of(&[key])
}

/// A notice of several files.
pub fn notice_of(keys: &[&str]) -> Value {
    let of = |key: &&str| {
        json!({
            "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-central-1",
            "eventTime": "2026-11-20T12:00:00.000Z", "eventName": "ObjectCreated:Put",
            "userIdentity": {"principalId": "p"}, "requestParameters": {"sourceIPAddress": "192.0.2.1"},
            "responseElements": {},
            "s3": {"s3SchemaVersion": "1.0", "configurationId": "c",
                "bucket": {"name": "b", "ownerIdentity": {"principalId": "p"}, "arn": "arn:aws:s3:::b"},
                "object": {"key": key.replace('=', "%3D"), "size": 1, "eTag": "e", "sequencer": "1"}},
        })
    };
    let records: Vec<Value> = keys.iter().map(of).collect();
    json!({"body": json!({"Records": records}).to_string()})
}

fn file(id: &str) -> Vec<u8> {
    gzip(json!({"Records": [record(id, 1)]}).to_string().as_bytes())
}

#[tokio::test]
async fn files_are_imported_and_those_that_cannot_be_are_given_again() {
    let stage = Stage::new().await;
    stage.put(&format!("{CLOUDTRAIL}/a=1.json.gz"), file("a"));
    stage.put(
        &format!("{CLOUDTRAIL}/empty.json.gz"),
        gzip(br#"{"Records":[]}"#),
    );
    stage.put(&format!("{CLOUDTRAIL}/plain.json.gz"), b"{}".to_vec());
    stage.put("AWSLogs/999999999999/CloudTrail/b.json.gz", file("b"));
    stage.put("elsewhere/c.json.gz", file("c"));
    let messages = [
        notice(&format!("{CLOUDTRAIL}/a=1.json.gz")),
        notice(&format!("{CLOUDTRAIL}/empty.json.gz")),
        notice(&format!("{CLOUDTRAIL}/plain.json.gz")),
        notice("AWSLogs/999999999999/CloudTrail/b.json.gz"),
        notice("elsewhere/c.json.gz"),
        notice(&format!("{CLOUDTRAIL}/missing.json.gz")),
        json!({"body": json!({"Service": "Amazon S3", "Event": "s3:TestEvent"}).to_string()}),
        json!({"body": "no notice"}),
    ];
    let (failed, imported) = stage.import(&messages).await;
    assert_eq!(failed, ["m2", "m3", "m4", "m5", "m7"]);
    assert_eq!((imported.files_imported, imported.files_failed), (2, 5));
    assert_eq!(stage.stored(account()).await, ["a"]);
    // A notice in the queue of events is no way to have a file read.
    assert_eq!(stage.deliver(EVENTS_QUEUE, &messages[..1]).await, ["m0"]);
}

#[tokio::test]
async fn what_lies_under_any_prefix_is_found_and_what_holds_no_events_is_passed_over() {
    let stage = Stage::new().await;
    let taken = [
        "x/CloudTrail-Insight/AWSLogs/111122223333/CloudTrail/a.json.gz",
        "x/CloudTrail-Digest/AWSLogs/o-abc/111122223333/CloudTrail/b.json.gz",
        "AWSLogs/AWSLogs/111122223333/CloudTrail/c.json.gz",
        "AWSLogs/111122223333/CloudTrail-NetworkActivity/eu-central-1/d.json.gz",
    ];
    for (key, id) in taken.iter().zip(["a", "b", "c", "d"]) {
        stage.put(key, file(id));
    }
    // Not even looked at: there are no such files.
    let passed_over = [
        "AWSLogs/111122223333/CloudTrail-Digest/d.json.gz",
        "AWSLogs/111122223333/CloudTrail-Insight/i.json.gz",
        "AWSLogs/111122223333/elasticloadbalancing/eu-central-1/l.json.gz",
    ];
    let messages: Vec<Value> = taken
        .iter()
        .chain(&passed_over)
        .map(|key| notice(key))
        .collect();
    let (failed, imported) = stage.import(&messages).await;
    assert_eq!(failed, [""; 0]);
    assert_eq!(
        (imported.files_imported, imported.files_passed_over),
        (4, 3)
    );
    assert_eq!(stage.stored(account()).await, ["d", "c", "b", "a"]);
}

/// A trail's archive: a tar of files of these contents.
fn archive(files: &[String]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for content in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        let content = content.as_bytes();
        tar.append_data(&mut header, "a.json", content).unwrap();
    }
    gzip(&tar.into_inner().unwrap())
}

#[tokio::test]
async fn a_trail_s_archive_is_imported_as_cloudtrail_s_file_is() {
    let stage = Stage::new().await;
    let of = |ids: &[&str]| {
        let records: Vec<Value> = ids.iter().map(|id| record(id, 1)).collect();
        json!({"Records": records}).to_string()
    };
    let key = |name: &str| format!("{CLOUDTRAIL}/{name}.tar.gz");
    stage.put(
        &key("whole"),
        archive(&[of(&["a", "b"]), of(&[]), of(&["c"])]),
    );
    stage.put(&key("empty"), archive(&[of(&[])]));
    let many = vec!["{}"; 300_001].join(",");
    let many = format!("[{many}]");
    stage.put(&key("many"), archive(&[many.clone(), many]));
    stage.put(&key("odd"), archive(&[of(&["d"]), "no record".to_owned()]));
    let messages = ["whole", "empty", "many", "odd"].map(|name| notice(&key(name)));
    let (failed, imported) = stage.import(&messages).await;
    assert_eq!(failed, ["m2", "m3"]);
    assert_eq!((imported.files_imported, imported.files_failed), (2, 2));
    assert_eq!(stage.stored(account()).await, ["c", "b", "a"]);
}

#[tokio::test]
async fn one_bad_file_of_a_notice_stops_no_other() {
    let stage = Stage::new().await;
    stage.put(&format!("{CLOUDTRAIL}/a.json.gz"), file("a"));
    stage.put(&format!("{CLOUDTRAIL}/b.json.gz"), file("b"));
    let broken = format!("{CLOUDTRAIL}/broken.json.gz");
    let keys = [
        format!("{CLOUDTRAIL}/a.json.gz"),
        broken.clone(),
        format!("{CLOUDTRAIL}/b.json.gz"),
    ];
    let message = notice_of(&keys.each_ref().map(String::as_str));
    let (failed, imported) = stage.import(std::slice::from_ref(&message)).await;
    assert_eq!(failed, ["m0"]);
    assert_eq!((imported.files_imported, imported.files_failed), (2, 1));
    assert_eq!(stage.stored(account()).await, ["b", "a"]);
    // Mended, it is all there is left to do.
    stage.put(&broken, file("c"));
    let (failed, imported) = stage.import(&[message]).await;
    assert!(failed.is_empty());
    let expected = Events {
        events_accepted: 1,
        events_duplicate: 2,
        bytes_accepted: record("c", 1).to_string().len() as u64,
        ..Events::default()
    };
    assert_eq!(imported.events, expected);
}

#[tokio::test(start_paused = true)]
async fn a_file_too_large_for_one_invocation_is_stored_in_several() {
    let stage = Stage::on(Slow::new(MemoryItems::default(), 1_000), clock).await;
    // Five steps, each of which asks and writes.
    let records: Vec<Value> = (0..10_000)
        .map(|number| record(&format!("e{number}"), number / 100))
        .collect();
    let key = format!("{CLOUDTRAIL}/large.json.gz");
    stage.put(&key, gzip(json!(records).to_string().as_bytes()));
    let messages = [notice(&key)];
    let end = NOW.plus_millis(18_500);
    let (failed, imported) = stage.import_until(end, &messages).await;
    assert!(clock() < end);
    assert_eq!(failed, ["m0"]);
    let counts = |imported: &Imported| (imported.files_unfinished, imported.files_failed);
    assert_eq!(counts(&imported), (1, 0));
    let events = imported.events;
    assert_eq!(
        (events.events_accepted, events.events_failed),
        (6_000, 4_000)
    );

    let end = clock().plus_millis(60_000);
    let (failed, imported) = stage.import_until(end, &messages).await;
    assert!(failed.is_empty());
    assert_eq!(counts(&imported), (0, 0));
    let events = imported.events;
    assert_eq!(
        (events.events_accepted, events.events_duplicate),
        (4_000, 6_000)
    );

    // The notice comes again a while later: all of it is stored once more, and nobody sees it twice.
    tokio::time::advance(std::time::Duration::from_mins(1)).await;
    let end = clock().plus_millis(60_000);
    let (failed, imported) = stage.import_until(end, &messages).await;
    assert!(failed.is_empty());
    assert_eq!(imported.events.events_accepted, 10_000);
    stage.app.store.set_step(0);
    assert_eq!(stage.stored(account()).await.len(), 10_000);
}

#[tokio::test]
async fn a_rejected_record_has_the_file_given_again() {
    let stage = Stage::new().await;
    let key = format!("{CLOUDTRAIL}/some.json.gz");
    let records = json!([record("a", 1), record("old", 31 * 86_400), record("b", 2)]);
    stage.put(&key, gzip(records.to_string().as_bytes()));
    let (failed, imported) = stage.import(&[notice(&key)]).await;
    assert_eq!(failed, ["m0"]);
    let events = imported.events;
    assert_eq!((events.events_accepted, events.events_rejected), (2, 1));
    assert_eq!(stage.stored(account()).await, ["a", "b"]);
}

/// However long the function may run: later its slot may be sealed.
#[tokio::test(start_paused = true)]
async fn a_commit_is_waited_for_no_longer_than_slots_allow() {
    let stage = Stage::on(Slow::new(MemoryItems::default(), 0), clock).await;
    stage.app.store.write_ms.store(22_000, Ordering::Relaxed);
    let key = format!("{CLOUDTRAIL}/a.json.gz");
    stage.put(&key, file("a"));
    let (failed, imported) = stage.import(&[notice(&key)]).await;
    assert_eq!(failed, ["m0"]);
    assert_eq!(imported.events.events_failed, 1);
    assert_eq!(clock(), NOW.plus_millis(MAX_COMMIT_MS));
    assert!(stage.stored(account()).await.is_empty());
}
