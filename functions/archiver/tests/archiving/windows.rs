//! Which events are in which archive: each one once, whenever it comes.

use activity_log_core::ingest::Outcome;
use activity_log_core::origin::Origin;
use activity_log_core::slot::SEAL_AFTER_MS;
use activity_log_core::trail::format::Format;
use activity_log_lambda::queue::Turn;
use serde_json::json;
use sha2::Digest as _;

use crate::stage::{START, Stage, minutes, record, record_of};

fn numbered(from: i64, to: i64, time: i64) -> Vec<String> {
    let one = |number| record(&format!("e{number:05}"), minutes(time));
    (from..to).map(one).collect()
}

fn ids(from: i64, to: i64) -> Vec<String> {
    (from..to).map(|number| format!("e{number:05}")).collect()
}

#[tokio::test]
async fn a_window_is_archived_when_it_is_sealed_and_not_before() {
    let stage = Stage::new().await;
    let trail = stage.trail("audit", |_| {}).await;
    stage.ingest(&numbered(0, 10, 0)).await;
    let buckets = &stage.app.ports.buckets;

    stage
        .at(minutes(5).plus_millis(SEAL_AFTER_MS - 1))
        .tick()
        .await;
    assert!(buckets.ids("audit").is_empty());
    let done = stage.at(minutes(5).plus_millis(SEAL_AFTER_MS)).tick().await;
    assert_eq!((done.windows_archived, done.events_archived), (1, 10));
    assert_eq!(buckets.ids("audit"), ids(0, 10));
    assert_eq!(
        buckets.archives("audit"),
        [
            "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/20/111122223333_CloudTrail_us-east-1_20261120T1205Z_0001000000000000.tar.gz"
        ]
    );
    let status = stage.read(&trail).await.delivery.archives;
    assert_eq!(
        status.delivered,
        Some(minutes(5).plus_millis(SEAL_AFTER_MS))
    );
    assert_eq!(status.error, None);

    // Nothing came since: no archive, and nothing twice.
    stage.at(minutes(16)).tick().await;
    assert_eq!(buckets.archives("audit").len(), 1);
    stage.tick().await;
    assert_eq!(buckets.ids("audit"), ids(0, 10));
}

#[tokio::test]
async fn a_change_of_the_format_holds_from_the_next_window_on_whenever_the_archiver_comes() {
    let stage = Stage::new().await;
    let trail = stage.trail("audit", |_| {}).await;
    let mut expected = Vec::new();
    // In windows of 12:00, 12:05 (both before the archiver comes), 12:10, and 12:15.
    for (minute, format) in [
        (1, Format::JsonGz),
        (8, Format::TarGz),
        (13, Format::JsonGz),
    ] {
        stage
            .at(minutes(minute))
            .ingest(&numbered(minute * 10, minute * 10 + 10, minute))
            .await;
        expected.extend(ids(minute * 10, minute * 10 + 10));
        let now = minutes(minute);
        stage
            .configure(&trail, |trail| trail.set_format(format, now))
            .await;
    }
    stage.at(minutes(16)).ingest(&numbered(160, 170, 16)).await;
    expected.extend(ids(160, 170));
    stage.at(minutes(61)).tick().await;
    let buckets = &stage.app.ports.buckets;
    let archives = buckets.archives("audit");
    let ends: Vec<&str> = archives
        .iter()
        .map(|key| &key[key.find("_20261120T").unwrap() + 10..])
        .collect();
    assert_eq!(
        ends,
        [
            "1205Z_0001000000000000.tar.gz",
            "1210Z_0001000000000000.json.gz",
            "1215Z_0001000000000000.tar.gz",
            "1220Z_0001000000000000.json.gz"
        ]
    );
    assert_eq!(buckets.ids("audit"), expected);
    // The digest lists both, and the count of each window.
    let [digest] = &buckets.digests("audit")[..] else {
        panic!("one hour")
    };
    let listed: Vec<&str> = digest["logFiles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["s3Object"].as_str().unwrap())
        .collect();
    assert_eq!(listed, archives);
}

#[tokio::test]
async fn late_events_are_archived_with_the_window_they_came_in() {
    let stage = Stage::new().await;
    stage.trail("audit", |_| {}).await;
    for late in 0..20 {
        // Up to 19 days late, in one batch with events of now.
        stage.at(minutes(late));
        let mut batch = numbered(late * 10, late * 10 + 9, late);
        batch.push(record(
            &format!("e{:05}", late * 10 + 9),
            minutes(-late * 24 * 60),
        ));
        stage.ingest(&batch).await;
        stage.tick().await;
    }
    stage.at(minutes(40)).tick().await;
    assert_eq!(stage.app.ports.buckets.ids("audit"), ids(0, 200));
}

#[tokio::test]
async fn the_same_batch_twice_is_archived_once() {
    let stage = Stage::new().await;
    stage.trail("audit", |_| {}).await;
    let batch = numbered(0, 50, 0);
    stage.ingest(&batch).await;
    // At once, and after the first is archived.
    let again = stage.outcomes(&batch).await;
    assert!(again.iter().all(|outcome| *outcome == Outcome::Duplicate));
    stage.at(minutes(6)).tick().await;
    stage.outcomes(&numbered(25, 50, 0)).await;
    stage.ingest(&numbered(50, 60, 0)).await;
    stage.at(minutes(20)).tick().await;
    assert_eq!(stage.app.ports.buckets.ids("audit"), ids(0, 60));
}

#[tokio::test]
async fn stopping_and_starting_leaves_out_what_came_between() {
    let stage = Stage::new().await;
    let trail = stage.trail("audit", |_| {}).await;
    stage.ingest(&numbered(0, 10, 0)).await;
    stage.at(minutes(7));
    stage
        .configure(&trail, |trail| trail.logging.stop(minutes(7)))
        .await;
    stage.ingest(&numbered(10, 20, 7)).await; // the window of the stop is still the trail's
    stage.at(minutes(11)).ingest(&numbered(20, 30, 11)).await;
    stage.tick().await;
    stage.at(minutes(21));
    stage
        .configure(&trail, |trail| trail.logging.start(minutes(21)).unwrap())
        .await;
    stage.ingest(&numbered(30, 40, 21)).await;
    stage.at(minutes(40)).tick().await;
    let expected = [ids(0, 20), ids(30, 40)].concat();
    assert_eq!(stage.app.ports.buckets.ids("audit"), expected);
    let digests = stage.app.ports.buckets.digests("audit");
    assert_eq!(digests.len(), 1, "the hour is not over for the second run");
    assert_eq!(digests[0]["activityLog"]["chainEnds"], "stopped");
    stage.at(minutes(61)).tick().await;
    let digests = stage.app.ports.buckets.digests("audit");
    assert_eq!(digests.len(), 2);
    assert!(
        digests[1]["previousDigestSignature"].is_null(),
        "a new chain"
    );
    assert_eq!(digests[1]["digestStartTime"], "2026-11-20T12:20:00Z");
}

#[tokio::test]
async fn empty_hours_have_digests_too_and_each_names_the_one_before() {
    let stage = Stage::new().await;
    stage.trail("audit", |_| {}).await;
    stage.ingest(&numbered(0, 10, 0)).await;
    stage.at(minutes(3 * 60 + 1)).tick().await;
    let digests = stage.app.ports.buckets.digests("audit");
    assert_eq!(digests.len(), 3);
    assert_eq!(digests[0]["logFiles"].as_array().unwrap().len(), 1);
    for pair in digests.windows(2) {
        assert_eq!(pair[1]["previousDigestS3Object"], pair[0]["digestS3Object"]);
        assert_eq!(pair[1]["digestStartTime"], pair[0]["digestEndTime"]);
        assert_eq!(pair[1]["logFiles"].as_array().unwrap().len(), 0);
        assert_eq!(
            pair[1]["activityLog"]["windows"].as_array().unwrap().len(),
            12
        );
    }
}

#[tokio::test]
async fn without_validation_there_are_archives_and_no_digests() {
    let stage = Stage::new().await;
    stage
        .trail("audit", |trail| trail.settings.validation = false)
        .await;
    stage.ingest(&numbered(0, 10, 0)).await;
    stage.at(minutes(130)).tick().await;
    assert_eq!(stage.app.ports.buckets.ids("audit"), ids(0, 10));
    assert!(stage.app.ports.buckets.digests("audit").is_empty());
}

#[tokio::test]
async fn what_a_producer_sends_under_our_id_or_that_of_a_file_keeps_it_out_of_no_archive() {
    let eve = Origin::Producer("eve".to_owned());
    for (lower, higher) in [
        (&eve, Origin::Service),
        (&eve, Origin::Import),
        (&eve, Origin::Queue),
        (&eve, Origin::EventBridge),
        (&Origin::Import, Origin::Operator),
    ] {
        lower_copies_keep_no_higher_one_out(lower, &higher).await;
    }
}

async fn lower_copies_keep_no_higher_one_out(eve: &Origin, ours: &Origin) {
    let stage = Stage::new().await;
    stage.trail("audit", |_| {}).await;
    let event = |id: &str, name: &str| record_of(id, START, &json!({"eventName": name}));
    // Before ours, and archived before it; and in one window with it, each first. What is there first stays: nobody
    // knows yet that ours will come.
    let sent = [
        (0, eve, event("a", "Forged")),
        (6, ours, event("a", "DeleteTrail")),
        (7, eve, event("b", "Forged")),
        (8, ours, event("b", "DeleteTrail")),
        (8, ours, event("c", "DeleteTrail")),
        (9, eve, event("c", "Forged")),
        (12, eve, event("a", "Forged")),
    ];
    for (minute, origin, event) in sent {
        stage.at(minutes(minute)).tick().await;
        stage.outcomes_from(origin, &[event]).await;
    }
    stage.at(minutes(21)).tick().await;
    let archived = stage.app.ports.buckets.records("audit");
    let told = archived.iter().map(|record| {
        let text = |name: &str| record[name].as_str().unwrap().to_owned();
        (text("eventID"), text("eventName"))
    });
    let mut told: Vec<(String, String)> = told.collect();
    told.sort();
    let expected = [
        ("a", "DeleteTrail"),
        ("a", "Forged"),
        ("b", "DeleteTrail"),
        ("b", "Forged"),
        ("c", "DeleteTrail"),
    ];
    let expected = expected.map(|(id, name)| (id.to_owned(), name.to_owned()));
    assert_eq!(told, expected, "{eve} below {ours}");
}

#[tokio::test]
async fn a_window_of_which_too_much_is_not_rolled_up_waits_and_comes_again() {
    let stage = Stage::new().await;
    stage.trail("audit", |_| {}).await;
    stage.ingest(&numbered(0, 1, 0)).await;
    let noise = |number: u32| -> String {
        let parts = (0..1_500).map(|part| sha2::Sha256::digest(format!("{number}/{part}")));
        parts.map(hex::encode).collect()
    };
    stage.at(minutes(6));
    for number in 1..101 {
        let more = json!({"requestParameters": {"noise": noise(number)}});
        let record = record_of(&format!("e{number:05}"), minutes(6), &more);
        stage.ingest(&[record]).await;
    }
    stage.at(minutes(11));
    let end = minutes(26);
    // The window before is archived; what waits is no error, and counted.
    let (turn, done) = stage.deliver("audit", end).await;
    assert_eq!((turn, done.windows_archived), (Turn::Again, 1));
    assert_eq!((done.lag_seconds, done.delivery_errors), (60, 0));
    stage.roll_up().await;
    let (turn, done) = stage.deliver("audit", end).await;
    assert_eq!((turn, done.windows_archived), (Turn::Done, 1));
    assert_eq!(done.lag_seconds, 0);
    assert_eq!(stage.app.ports.buckets.ids("audit"), ids(0, 101));
}
