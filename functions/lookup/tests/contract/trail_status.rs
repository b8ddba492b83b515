//! Logging, and what `GetTrailStatus` tells of it.

use activity_log_control::{TrailArchive as _, TrailReader as _};
use activity_log_core::instant::MINUTE;
use activity_log_core::subscription::Subscription;
use aws_sdk_cloudtrail::primitives::DateTime;
use serde_json::{Value, json};

use crate::stage::{AUDIT, NOW, Stage, refused, with_trail};

async fn status(stage: &Stage, client: &aws_sdk_cloudtrail::Client) -> Value {
    let asked = json!({"Name": "audit"});
    stage.call(client, "GetTrailStatus", &asked).await
}

fn nothing_yet() -> Value {
    json!({
        "IsLogging": false,
        "LatestDeliveryAttemptTime": "",
        "LatestNotificationAttemptTime": "",
        "LatestNotificationAttemptSucceeded": "",
        "LatestDeliveryAttemptSucceeded": "",
        "TimeLoggingStarted": "",
        "TimeLoggingStopped": "",
    })
}

#[tokio::test]
async fn a_trail_that_never_logged() {
    let (stage, _, client) = with_trail().await;
    assert_eq!(status(&stage, &client).await, nothing_yet());
    let typed = client.get_trail_status().name(AUDIT).send().await.unwrap();
    assert_eq!(typed.is_logging(), Some(false));
    assert_eq!(typed.start_logging_time(), None);
    assert_eq!(typed.latest_delivery_attempt_time(), Some(""));
}

#[tokio::test]
async fn started_and_stopped_by_name_and_arn() {
    let (stage, _, client) = with_trail().await;
    assert_eq!(
        stage
            .call(&client, "StartLogging", &json!({"Name": AUDIT}))
            .await,
        json!({})
    );
    let mut expected = nothing_yet();
    expected["IsLogging"] = json!(true);
    expected["StartLoggingTime"] = json!(1_795_176_000);
    expected["TimeLoggingStarted"] = json!("2026-11-20T12:00:00Z");
    assert_eq!(status(&stage, &client).await, expected);

    // Again changes nothing.
    stage.clock.advance(1_500);
    client.start_logging().name("audit").send().await.unwrap();
    assert_eq!(status(&stage, &client).await, expected);

    client.stop_logging().name(AUDIT).send().await.unwrap();
    expected["IsLogging"] = json!(false);
    expected["StopLoggingTime"] = json!(1_795_176_001.5);
    expected["TimeLoggingStopped"] = json!("2026-11-20T12:00:01Z");
    assert_eq!(status(&stage, &client).await, expected);
    let typed = client.get_trail_status().name("audit").send().await;
    assert_eq!(
        typed.unwrap().stop_logging_time(),
        Some(&DateTime::from_millis(1_795_176_001_500))
    );
    stage.clock.advance(MINUTE);
    client.stop_logging().name("audit").send().await.unwrap();
    assert_eq!(
        status(&stage, &client).await["StopLoggingTime"],
        expected["StopLoggingTime"]
    );
}

#[tokio::test]
async fn how_deliveries_went() {
    let (stage, account, client) = with_trail().await;
    client.start_logging().name("audit").send().await.unwrap();
    let (trails, name) = (&stage.directory, "audit".parse().unwrap());
    let mut trail = trails.trail(account, &name).await.unwrap().unwrap();
    let good = NOW.plus_millis(6 * MINUTE);
    let bad = NOW.plus_millis(11 * MINUTE + 1);
    trail.delivery.archives.succeeded(good);
    trail.delivery.archives.failed(bad, "AccessDenied");
    trail.delivery.digests.succeeded(good);
    trails.note_delivery(&trail).await.unwrap();
    let failing = status(&stage, &client).await;
    assert_eq!(failing["LatestDeliveryTime"], json!(good.seconds()));
    assert_eq!(failing["LatestDeliveryError"], json!("AccessDenied"));
    assert_eq!(
        failing["LatestDeliveryAttemptTime"],
        json!("2026-11-20T12:11:00Z")
    );
    assert_eq!(
        failing["LatestDeliveryAttemptSucceeded"],
        json!("2026-11-20T12:06:00Z")
    );
    assert_eq!(failing["LatestDigestDeliveryTime"], json!(good.seconds()));
    assert_eq!(failing.get("LatestDigestDeliveryError"), None);

    trail.delivery.archives.succeeded(bad);
    trail.delivery.digests.failed(bad, "NoSuchBucket");
    trails.note_delivery(&trail).await.unwrap();
    let well = status(&stage, &client).await;
    assert_eq!(well.get("LatestDeliveryError"), None);
    assert_eq!(well["LatestDigestDeliveryError"], json!("NoSuchBucket"));
}

#[tokio::test]
async fn what_waits_to_be_archived() {
    let (stage, account, client) = with_trail().await;
    client.start_logging().name("audit").send().await.unwrap();
    assert_eq!(
        status(&stage, &client).await.get("OldestPendingWindow"),
        None
    );
    // The window of noon is sealed at 12:06; the clock is then at 12:11.
    stage.clock.advance(11 * MINUTE);
    let noon = json!(NOW.seconds());
    assert_eq!(status(&stage, &client).await["OldestPendingWindow"], noon);

    let trails = &stage.directory;
    let subscribed = Subscription::since(NOW);
    let mut archived = 0;
    loop {
        let name = "audit".parse().unwrap();
        let trail = trails.trail(account, &name).await.unwrap().unwrap();
        let Some(window) = trail.due_window(stage.clock.at_server(), &subscribed) else {
            break;
        };
        let after = trail.archived(window, &subscribed);
        assert!(trails.advance(&trail, &after, None, None).await.unwrap());
        archived += 1;
    }
    assert_eq!(archived, 2);
    assert_eq!(
        status(&stage, &client).await.get("OldestPendingWindow"),
        None
    );
}

#[tokio::test]
async fn stops_and_starts_that_pile_up_are_a_conflict() {
    let (stage, _, client) = with_trail().await;
    // A clock that goes on would outlast the signature's; the SDK's goes on with it.
    for _ in 0..activity_log_core::trail::logging::MAX_RUNS {
        client.start_logging().name("audit").send().await.unwrap();
        stage.clock.advance(10 * MINUTE);
        client.stop_logging().name("audit").send().await.unwrap();
        stage.clock.advance(10 * MINUTE);
    }
    let (code, message) = refused(client.start_logging().name("audit").send().await);
    assert_eq!(code, "ConflictException");
    assert!(
        message.starts_with("The trail cannot be started now: "),
        "{message}"
    );
}
