//! `alog plugin test`, the program itself: small filters written as WebAssembly text, and those of target/plugins
//! where `ACTIVITY_LOG_PLUGINS` says that they are built.

// The host's own tests and these need the same guests.
#[path = "../../../crates/plugin/tests/guest/mod.rs"]
mod guest;

mod built;

use std::path::Path;
use std::process::Command;

use guest::{Guest, manifest, parameter};
use serde_json::Value;
use tempfile::TempDir;

/// What the tool told.
#[derive(Debug)]
struct Told {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// No address, no access key, no variables at all.
fn try_out(folder: &Path, arguments: &[&str]) -> Told {
    let output = Command::new(env!("CARGO_BIN_EXE_alog"))
        .args(["plugin", "test"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap();
    Told {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A filter and three events in a folder.
fn folder(guest: &Guest) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("f.wasm"), guest.component()).unwrap();
    let event = |id: &str, day: &str, name: &str| {
        format!(
            r#"{{"eventTime":"{day}T12:00:00Z","eventID":"{id}","eventName":"{name}","eventSource":"x.amazonaws.com","userAgent":"aws-cli"}}"#
        )
    };
    let events = [
        event("e1", "2016-01-01", "DeleteBucket"),
        event("e2", "2026-11-20", "ListBuckets"),
        event("e3", "2026-11-19", "DescribeInstances"),
    ];
    std::fs::write(folder.path().join("e.ndjson"), events.join("\n")).unwrap();
    folder
}

#[test]
fn the_verdicts_are_shown_newest_first_with_what_the_filter_wrote() {
    let folder = folder(&Guest::default());
    let told = try_out(folder.path(), &["f.wasm", "e.ndjson", "e.ndjson"]);
    assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""), "{told:?}");
    let (head, cost) = told.stdout.split_once("cost ").unwrap();
    assert_eq!(
        head,
        "plugin      starts-with-d@1.2.3\n\
         description Keeps rows whose first input begins with a D, and copies that input\n\
         inputs      eventName\n\
         outputs     adds copy\n\
         \n\
         kept 2 of 3 events, dropped 1\n\
         \n\
         kept     2026-11-19T12:00:00Z  DescribeInstances  e3\n\
         \x20        copy = \"DescribeInstances\"\n\
         kept     2016-01-01T12:00:00Z  DeleteBucket  e1\n\
         \x20        copy = \"DeleteBucket\"\n\
         \n"
    );
    assert!(
        cost.contains(" fuel an event, peak memory 128.00 KiB, batches "),
        "{cost}"
    );

    let told = try_out(folder.path(), &["f.wasm", "e.ndjson", "--show", "dropped"]);
    assert!(
        told.stdout
            .contains("\ndropped  2026-11-20T12:00:00Z  ListBuckets  e2\n"),
        "{told:?}"
    );
    assert!(!told.stdout.contains("\nkept  "), "{told:?}");
    let told = try_out(
        folder.path(),
        &["f.wasm", "e.ndjson", "--show", "all", "--rows", "1"],
    );
    assert!(told.stdout.contains("… and 2 more (--rows)\n"), "{told:?}");
    let told = try_out(folder.path(), &["f.wasm", "e.ndjson", "--show", "none"]);
    assert!(!told.stdout.contains("e3"), "{told:?}");
}

#[test]
fn what_stands_twice_counts_once() {
    let folder = folder(&Guest::default());
    std::fs::copy(folder.path().join("e.ndjson"), folder.path().join("again")).unwrap();
    let told = try_out(folder.path(), &["f.wasm", "e.ndjson", "again"]);
    let expected = "kept 2 of 3 events, dropped 1 (3 more stand there twice and count once)\n";
    assert!(told.stdout.contains(expected), "{told:?}");
}

#[test]
fn a_field_that_is_replaced_is_shown_before_and_after() {
    // Its output is its first input: here, the user agent takes the place of the name.
    let mut described = manifest();
    described.inputs = vec!["eventName".to_owned(), "userAgent".to_owned()];
    described.outputs = vec!["userAgent".to_owned()];
    let folder = folder(&Guest {
        manifest: described,
        ..Guest::default()
    });
    let told = try_out(folder.path(), &["f.wasm", "e.ndjson"]);
    assert!(
        told.stdout
            .contains("         userAgent: \"aws-cli\" -> \"DeleteBucket\"\n"),
        "{told:?}"
    );
    let told = try_out(folder.path(), &["f.wasm", "e.ndjson", "--json"]);
    let value: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(value["rows"][1]["outputs"][0]["before"]["value"], "aws-cli");
    assert_eq!(
        value["rows"][1]["outputs"][0]["after"]["value"],
        "DeleteBucket"
    );
    assert_eq!((&value["kept"], &value["dropped"]), (&2.into(), &1.into()));
}

#[test]
fn parameters_are_checked_as_a_report_checks_them() {
    let mut described = manifest();
    described.parameters = vec![parameter("rule", true)];
    let folder = folder(&Guest {
        manifest: described,
        ..Guest::default()
    });
    std::fs::write(folder.path().join("rule.yml"), "title: x").unwrap();
    let told = try_out(
        folder.path(),
        &["f.wasm", "e.ndjson", "--parameter", "rule=@rule.yml"],
    );
    assert_eq!(told.code, Some(0), "{told:?}");
    let told = try_out(folder.path(), &["f.wasm", "e.ndjson"]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.stderr
            .contains("starts-with-d 1.2.3 failed before the first event"),
        "{told:?}"
    );
    assert!(told.stderr.contains("rule"), "{told:?}");
    let told = try_out(
        folder.path(),
        &["f.wasm", "e.ndjson", "--parameter", "hours=1"],
    );
    assert!(told.stderr.contains("hours"), "{told:?}");
}

#[test]
fn a_failure_names_batch_event_and_limit() {
    let folder = folder(&Guest::filtering("unreachable"));
    let told = try_out(folder.path(), &["f.wasm", "e.ndjson"]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.stdout
            .contains("kept 0 of 3 events, dropped 0, failed before the other 3\n"),
        "{told:?}"
    );
    let expected = "error: PluginFailed: The plugin starts-with-d 1.2.3 failed on batch 1, at event e2 of \
                    2026-11-20T12:00:00Z: trap: ";
    assert!(told.stderr.starts_with(expected), "{told:?}");

    let folder = self::folder(&Guest::default());
    let told = try_out(folder.path(), &["f.wasm", "e.ndjson", "--fuel", "10"]);
    assert_eq!(told.code, Some(1));
    assert!(told.stderr.contains("fuel"), "{told:?}");
}

#[test]
fn what_an_upload_would_be_refused_for_is_refused_here() {
    let folder = folder(&Guest::default());
    std::fs::write(folder.path().join("module.wasm"), Guest::default().module()).unwrap();
    std::fs::write(folder.path().join("text.wasm"), "hello").unwrap();
    for (file, expected) in [
        (
            "module.wasm",
            "error: module.wasm: this is a core module, not a component; run `alog plugin build`",
        ),
        (
            "text.wasm",
            "error: text.wasm: this is not a WebAssembly component",
        ),
        ("none.wasm", "error: none.wasm: No such file"),
    ] {
        let told = try_out(folder.path(), &[file, "e.ndjson"]);
        assert_eq!(told.code, Some(1));
        assert!(told.stderr.starts_with(expected), "{told:?}");
    }
}

#[test]
fn events_that_the_service_would_not_take_are_named() {
    let folder = folder(&Guest::default());
    let odd = r#"{"eventTime":"2026-11-20T12:00:00Z","eventID":"x"}"#;
    std::fs::write(folder.path().join("odd.json"), odd).unwrap();
    let told = try_out(folder.path(), &["f.wasm", "odd.json"]);
    assert_eq!(told.code, Some(1));
    assert_eq!(
        told.stderr,
        "error: odd.json, event 0: eventName: is required (the service would not take it)\n"
    );
    std::fs::write(folder.path().join("none.json"), "[]").unwrap();
    let told = try_out(folder.path(), &["f.wasm", "none.json"]);
    assert_eq!(
        told.stderr,
        "error: there is no event with a time in these files\n"
    );
}

#[test]
fn a_whole_day_with_fractions_of_a_second_is_taken() {
    let folder = folder(&Guest::default());
    let event = |id: &str, time: &str| {
        format!(r#"{{"eventTime":"2026-11-28T{time}Z","eventName":"D","eventID":"{id}"}}"#)
    };
    for last in ["23:59:59.400", "23:59:59.999999999", "23:59:59"] {
        let day = [event("d1", "00:00:00"), event("d2", last)].join("\n");
        std::fs::write(folder.path().join("day.ndjson"), day).unwrap();
        let told = try_out(folder.path(), &["f.wasm", "day.ndjson"]);
        assert!(told.stdout.contains("kept 2 of 2 events"), "{told:?}");
    }
}

#[test]
fn digests_in_a_folder_are_passed_over() {
    let folder = folder(&Guest::default());
    std::fs::rename(folder.path().join("e.ndjson"), folder.path().join("e.json")).unwrap();
    let digest = r#"{"awsAccountId":"1","digestStartTime":"a","digestEndTime":"b","logFiles":[]}"#;
    std::fs::write(folder.path().join("digest.json"), digest).unwrap();
    let told = try_out(folder.path(), &["f.wasm", "."]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert_eq!(told.stderr, "note: 1 digest of a trail was passed over\n");
    assert!(told.stdout.contains("kept 2 of 3 events"), "{told:?}");
}

#[test]
fn the_log_is_shown() {
    let guest = Guest {
        log: true,
        ..Guest::filtering(&format!(
            "(call $log (i32.const 4096) (i32.const 4)) {}",
            guest::STARTS_WITH_D
        ))
    };
    let folder = folder(&guest);
    let told = try_out(folder.path(), &["f.wasm", "e.ndjson"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    // A line a batch.
    assert!(told.stdout.ends_with(" lines\n  | star\n"), "{told:?}");
    assert!(told.stdout.contains("batches 1\n"), "{told:?}");
}
