//! `alog replay`, the program itself, against a service on a socket that checks its signatures.

mod service;

use std::path::Path;
use std::process::{Command, Output};

use service::{KEY_ID, Received, SECRET, Service, accept, error};

/// `n` records in two files, newest first, some of the same second.
fn write_logs(directory: &Path, n: u64) {
    let record = |i: u64| {
        let seconds = i / 3;
        format!(
            r#"{{"eventTime": "2023-07-10T12:{:02}:{:02}Z","eventID":"{i}", "n":1.0}}"#,
            seconds / 60,
            seconds % 60
        )
    };
    let records: Vec<String> = (0..n).rev().map(record).collect();
    let (later, earlier) = records.split_at(records.len() / 2);
    let envelope = format!(r#"{{"Records":[{}]}}"#, later.join(","));
    std::fs::write(directory.join("later.json"), envelope).unwrap();
    std::fs::write(directory.join("earlier.json"), earlier.join("\n")).unwrap();
}

fn replay(service: &Service, directory: &Path, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_alog"))
        .arg("replay")
        .arg(directory)
        .args(options)
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("ACTIVITY_LOG_URL", service.origin())
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const UNTIL: [&str; 2] = ["--until", "2026-11-20T12:00:00Z"];

#[test]
fn all_records_arrive_signed_in_order_and_moved() {
    let logs = tempfile::tempdir().unwrap();
    write_logs(logs.path(), 250);
    let service = Service::start(|_, batch| accept(batch));
    let output = replay(
        &service,
        logs.path(),
        &[&UNTIL[..], &["--concurrency", "1"]].concat(),
    );
    assert_eq!(
        stdout(&output),
        "accepted 250, duplicate 0, rejected 0\n",
        "{}",
        stderr(&output)
    );
    assert!(output.status.success());

    let received = service.stop();
    let sizes: Vec<usize> = received.iter().map(|batch| batch.records.len()).collect();
    assert_eq!(sizes, [100, 100, 50]);
    let records: Vec<&str> = received.iter().flat_map(Received::texts).collect();
    assert!(records[0].starts_with(r#"{"eventTime": "2026-11-20T11:58:37Z","eventID":"#));
    assert!(records[249].starts_with(r#"{"eventTime": "2026-11-20T12:00:00Z","eventID":"#));
    assert!(
        records
            .iter()
            .all(|record| record.ends_with(r#", "n":1.0}"#))
    );
    assert!(records.is_sorted_by_key(|record| &record[..36]));
}

#[test]
fn the_same_replay_again_is_byte_for_byte_the_same() {
    let logs = tempfile::tempdir().unwrap();
    write_logs(logs.path(), 30);
    let bodies = || {
        let service = Service::start(|_, batch| accept(batch));
        let output = replay(
            &service,
            logs.path(),
            &[&UNTIL[..], &["--batch", "7"]].concat(),
        );
        assert!(output.status.success(), "{}", stderr(&output));
        let received = service.stop().into_iter();
        let mut bodies: Vec<_> = received.map(|batch| batch.body).collect();
        bodies.sort();
        bodies
    };
    let first = bodies();
    assert_eq!(first.len(), 5);
    assert_eq!(first, bodies());
}

#[test]
fn kept_times_are_kept() {
    let logs = tempfile::tempdir().unwrap();
    write_logs(logs.path(), 2);
    let service = Service::start(|_, batch| accept(batch));
    let output = replay(&service, logs.path(), &["--keep-times"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let received = service.stop();
    assert_eq!(
        received[0].texts().collect::<Vec<_>>(),
        [
            r#"{"eventTime": "2023-07-10T12:00:00Z","eventID":"0", "n":1.0}"#,
            r#"{"eventTime": "2023-07-10T12:00:00Z","eventID":"1", "n":1.0}"#
        ]
    );
}

#[test]
fn what_is_rejected_is_told_and_fails() {
    let logs = tempfile::tempdir().unwrap();
    write_logs(logs.path(), 3);
    let service = Service::start(|_, _| {
        let body = r#"{"accepted":1,"duplicate":1,"rejected":1,"failed":0,"events":[
            {"index":0,"status":"accepted"},{"index":1,"status":"duplicate"},
            {"index":2,"status":"rejected","field":"eventName","rule":"is required"}]}"#;
        (207, body.to_owned())
    });
    let output = replay(&service, logs.path(), &[]);
    let first = logs.path().join("later.json");
    assert_eq!(
        stdout(&output),
        format!(
            "rejected 1: eventName is required (first: {}, event 0)\n\
             accepted 1, duplicate 1, rejected 1\n",
            first.display()
        )
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn trouble_is_waited_out() {
    let logs = tempfile::tempdir().unwrap();
    write_logs(logs.path(), 5);
    let service = Service::start(|request, batch| match request {
        0 => error(429, "TooManyRequests"),
        1 => (502, "<html>".to_owned()),
        _ => accept(batch),
    });
    let output = replay(&service, logs.path(), &[]);
    assert_eq!(stdout(&output), "accepted 5, duplicate 0, rejected 0\n");
    assert_eq!(service.stop().len(), 3);
}

#[test]
fn a_denial_ends_it_with_the_services_words() {
    let logs = tempfile::tempdir().unwrap();
    write_logs(logs.path(), 5);
    let service = Service::start(|_, _| error(403, "AccessDeniedException"));
    let output = replay(&service, logs.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr(&output),
        "error: the service refuses: AccessDeniedException: as scripted\n"
    );
    assert!(stdout(&output).ends_with("accepted 0, duplicate 0, rejected 0, failed 5\n"));
    assert_eq!(service.stop().len(), 1);
}

#[test]
fn a_missing_address_is_named() {
    let directory = tempfile::tempdir().unwrap();
    write_logs(directory.path(), 2);
    let output = Command::new(env!("CARGO_BIN_EXE_alog"))
        .arg("replay")
        .arg(directory.path())
        .env_clear()
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(stderr(&output).contains("--url"), "{}", stderr(&output));
}
