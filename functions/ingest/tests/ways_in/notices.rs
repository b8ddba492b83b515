//! Notices of files: each file has its chance, and what is wrong with one is told.

use std::io;
use std::sync::{Arc, Mutex};

use activity_log_store::memory::MemoryItems;
use lambda_runtime::tracing::subscriber;
use serde_json::{Value, json};

use crate::imports::notice_of;
use crate::slow::{Slow, clock};
use crate::stage::{NOW, Stage, account, gzip, record};

fn key(name: &str) -> String {
    format!("AWSLogs/111122223333/CloudTrail/{name}.json.gz")
}

/// So many events, within two hours.
fn file(name: &str, events: i64) -> Vec<u8> {
    let records = (0..events).map(|number| record(&format!("{name}{number}"), number));
    gzip(json!(records.collect::<Vec<_>>()).to_string().as_bytes())
}

/// The notice as the queue gives it for the so-many-th time.
fn given(notice: &Value, time: u32) -> [Value; 1] {
    let mut notice = notice.clone();
    notice["attributes"] = json!({"ApproximateReceiveCount": time.to_string()});
    [notice]
}

#[tokio::test(start_paused = true)]
async fn a_file_that_takes_all_the_time_keeps_no_other_of_its_notice_from_being_stored() {
    let stage = Stage::on(Slow::new(MemoryItems::default(), 1_000), clock).await;
    stage.put(&key("large"), file("l", 4_001));
    stage.put(&key("small"), file("s", 1));
    let notice = notice_of(&[&key("large"), &key("small")]);
    let end = clock().plus_millis(14_500);
    let (failed, imported) = stage.import_until(end, &given(&notice, 1)).await;
    assert_eq!(failed, ["m0"]);
    // The second was not even read.
    assert_eq!((imported.files_unfinished, imported.files_failed), (2, 0));
    assert!(clock() < end);

    let end = clock().plus_millis(14_500);
    let (failed, imported) = stage.import_until(end, &given(&notice, 2)).await;
    assert_eq!(failed, ["m0"]);
    assert_eq!(imported.files_imported, 1);
    stage.app.store.set_step(0);
    assert!(stage.stored(account()).await.contains(&"s0".to_owned()));
}

#[tokio::test]
async fn without_time_no_file_is_read() {
    let stage = Stage::new().await;
    // Read, it would fail: there is no such file.
    let notice = notice_of(&[&key("a"), &key("b")]);
    let end = NOW.plus_millis(10_000);
    let (failed, imported) = stage.import_until(end, &[notice]).await;
    assert_eq!(failed, ["m0"]);
    assert_eq!((imported.files_unfinished, imported.files_failed), (1, 0));
}

#[tokio::test]
async fn an_entry_that_names_no_file_keeps_no_other_from_being_stored() {
    let stage = Stage::new().await;
    stage.put(&key("a"), file("a", 1));
    let notice = notice_of(&[&key("a")]);
    let mut body: Value = serde_json::from_str(notice["body"].as_str().unwrap()).unwrap();
    let entries = body["Records"].as_array_mut().unwrap();
    entries.insert(0, json!({"s3": {"object": "a"}}));
    let (failed, imported) = stage.import(&[json!({"body": body.to_string()})]).await;
    assert_eq!(failed, ["m0"]);
    assert_eq!((imported.files_imported, imported.files_failed), (1, 1));
    assert_eq!(stage.stored(account()).await, ["a0"]);
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The words that docs/operations.md searches the log for.
#[tokio::test]
async fn a_file_that_was_not_imported_is_told_in_the_words_people_search_for() {
    let docs = include_str!("../../../../docs/operations.md");
    let said = "a file was not imported";
    assert!(docs.contains(&format!("`{said}`")));
    let lines = Lines::default();
    let writer = lines.clone();
    let log = subscriber::fmt().json().with_writer(move || writer.clone());
    let kept = tracing::subscriber::set_default(log.finish());
    let stage = Stage::new().await;
    stage.import(&[notice_of(&[&key("missing")])]).await;
    drop(kept);
    let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let told = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let told: Vec<Value> = told
        .filter(|line: &Value| line["level"] == "ERROR")
        .collect();
    assert_eq!(told.len(), 1, "{lines}");
    assert_eq!(told[0]["fields"]["message"], said);
    assert_eq!(told[0]["fields"]["key"], key("missing"));
}
