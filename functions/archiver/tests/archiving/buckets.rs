//! Buckets that fail, fill, or fail half way.

use activity_log_archiver::metrics::Delivered;
use serde_json::Value;

use crate::stage::{SIZES, START, Stage, minutes, record};

fn numbered(from: i64, to: i64, time: i64) -> Vec<String> {
    let one = |number| record(&format!("e{number:05}"), minutes(time));
    (from..to).map(one).collect()
}

#[tokio::test]
async fn a_bucket_that_fails_is_told_of_tried_again_and_delays_no_other_trail() {
    let stage = Stage::new().await;
    let broken = stage.trail("broken", |_| {}).await;
    let whole = stage.trail("whole", |_| {}).await;
    let buckets = &stage.app.ports.buckets;
    buckets
        .state()
        .broken
        .insert("broken".to_owned(), "NoSuchBucket");
    for window in 0..20 {
        let from = window * 10;
        stage.at(minutes(window * 5));
        stage.ingest(&numbered(from, from + 10, window * 5)).await;
        let done = stage.at(minutes(window * 5 + 6)).tick().await;
        assert_eq!(done.delivery_errors, 1);
        assert_eq!(
            buckets.ids("whole").len(),
            usize::try_from(from + 10).unwrap()
        );
    }
    let status = stage.read(&broken).await.delivery.archives;
    assert_eq!(status.error.as_deref(), Some("NoSuchBucket"));
    assert_eq!(status.failing_since, Some(minutes(6)));
    assert_eq!(status.attempted, Some(minutes(101)));
    assert_eq!(status.delivered, None);

    buckets.state().broken.clear();
    let done = stage.at(minutes(106)).tick().await;
    assert_eq!(done.delivery_errors, 0);
    assert_eq!(buckets.ids("broken"), buckets.ids("whole"));
    assert_eq!(stage.read(&broken).await.delivery.archives.error, None);
    let keys = |bucket: &str| buckets.archives(bucket).len();
    assert_eq!(keys("broken"), keys("whole"));
    assert_eq!(
        buckets.digests("broken").len(),
        buckets.digests("whole").len()
    );
    assert_eq!(
        stage.read(&whole).await.delivery.archives.failing_since,
        None
    );
}

#[tokio::test]
async fn digests_that_cannot_be_delivered_keep_no_archive_back() {
    let stage = Stage::new().await;
    let trail = stage.trail("audit", |_| {}).await;
    let buckets = &stage.app.ports.buckets;
    buckets.state().no_digests = true;
    for window in 0..40 {
        stage.at(minutes(window * 5));
        stage
            .ingest(&numbered(window, window + 1, window * 5))
            .await;
        stage.at(minutes(window * 5 + 6)).tick().await;
        assert_eq!(i64::try_from(buckets.ids("audit").len()), Ok(window + 1));
    }
    let delivery = stage.read(&trail).await.delivery;
    assert_eq!(delivery.digests.error.as_deref(), Some("AccessDenied"));
    assert_eq!(delivery.digests.failing_since, Some(minutes(61)));
    assert_eq!(delivery.archives.error, None);
    buckets.state().no_digests = false;
    stage.tick().await;
    let digests = buckets.digests("audit");
    assert_eq!(digests.len(), 3, "one for each hour");
    for pair in digests.windows(2) {
        assert_eq!(pair[1]["previousDigestS3Object"], pair[0]["digestS3Object"]);
    }
}

const DAYS: i64 = 24 * 60;

/// A trail that logged for one window, and whose bucket was broken since.
async fn with_a_broken_bucket() -> Stage {
    let stage = Stage::new().await;
    let trail = stage.trail("audit", |_| {}).await;
    stage
        .configure(&trail, |trail| trail.logging.stop(START))
        .await;
    let broken = ("audit".to_owned(), "AccessDenied");
    stage.app.ports.buckets.state().broken.extend([broken]);
    stage
}

/// At this time, the bucket is mended, and the store has deleted what it may: what is delivered, and the window's entry in
/// the digest.
async fn mended(stage: &Stage, minute: i64) -> (Delivered, Value) {
    stage
        .at(minutes(minute))
        .app
        .ports
        .store
        .expire(minutes(minute));
    let buckets = &stage.app.ports.buckets;
    buckets.state().broken.clear();
    let done = stage.tick().await;
    let digest = &buckets.digests("audit")[0];
    (done, digest["activityLog"]["windows"][0].clone())
}

#[tokio::test]
async fn what_expired_before_it_could_be_delivered_is_counted() {
    let stage = with_a_broken_bucket().await;
    let late = |number| record(&format!("e{number}"), minutes(-20 * DAYS));
    stage.ingest(&[late(0), late(1)]).await;
    // A run expires with its newest event: these have one of their own.
    stage.at(minutes(1)).roll_up().await;
    stage.ingest(&numbered(0, 10, 0)).await;
    stage.at(minutes(6)).roll_up().await;
    stage.tick().await;
    // Blocks of past days are one.
    stage.at(minutes(2 * DAYS)).roll_up().await;
    // Three days after the retention of the late ones.
    let (done, window) = mended(&stage, 15 * DAYS).await;
    assert_eq!(stage.app.ports.buckets.ids("audit").len(), 10);
    assert_eq!(done.expired_parts, 1);
    assert_eq!(window["expiredParts"], 1);
    assert_eq!(window["ingested"], 10);
    assert!(window["retentionOver"].is_null());
}

#[tokio::test]
async fn of_what_nobody_knows_any_more_that_is_told() {
    // What the store had of the window is off its lists; or not yet, and is gone all the same.
    for is_off in [true, false] {
        let stage = with_a_broken_bucket().await;
        stage.ingest(&numbered(0, 10, 0)).await;
        stage.at(minutes(6)).roll_up().await;
        if is_off {
            stage.at(minutes(34 * DAYS)).roll_up().await;
        }
        let (done, window) = mended(&stage, 35 * DAYS).await;
        assert_eq!(stage.app.ports.buckets.ids("audit").len(), 0);
        assert_eq!(done.expired_parts, 1);
        assert_eq!(window["retentionOver"], true, "{is_off}");
    }
}

#[tokio::test]
async fn what_is_delivered_within_its_retention_is_whole() {
    let stage = with_a_broken_bucket().await;
    stage.ingest(&numbered(0, 10, 0)).await;
    stage.at(minutes(6)).roll_up().await;
    let (done, window) = mended(&stage, 30 * DAYS).await;
    assert_eq!(stage.app.ports.buckets.ids("audit").len(), 10);
    assert_eq!((done.expired_parts, &window["archived"]), (0, &10.into()));
    assert!(window["retentionOver"].is_null());
}

#[tokio::test]
async fn a_window_too_large_for_one_archive_fills_several() {
    let stage = Stage::new().await;
    stage.trail("audit", |_| {}).await;
    for batch in 0..20 {
        stage
            .ingest(&numbered(batch * 1_000, batch * 1_000 + 1_000, 0))
            .await;
    }
    stage.at(minutes(61)).tick().await;
    let buckets = &stage.app.ports.buckets;
    let keys = buckets.archives("audit");
    assert!(keys.len() > 1, "{keys:?}");
    for (part, key) in keys.iter().enumerate() {
        assert!(key.contains(&format!("T1205Z_{:04}", part + 1)), "{key}");
        let size = buckets.state().objects[&("audit".to_owned(), key.clone())].len();
        assert!(size as u64 <= SIZES.archive_bytes, "{size}");
    }
    assert_eq!(buckets.ids("audit").len(), 20_000);
    let files = buckets.digests("audit")[0]["logFiles"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(files, keys.len());
}

#[tokio::test]
async fn whichever_call_fails_the_bucket_ends_up_the_same_to_the_byte() {
    let whole = run(None).await;
    let calls = whole.0;
    assert!(calls > 20, "several archives of several parts: {calls}");
    for fails_from in 1..=calls {
        let (_, objects) = run(Some(fails_from)).await;
        assert!(objects == whole.1, "failing from call {fails_from}");
    }
}

type Objects = std::collections::BTreeMap<(String, String), Vec<u8>>;

/// Two windows and a digest, with a bucket that fails from this call on until the next tick.
async fn run(fails_from: Option<usize>) -> (usize, Objects) {
    let stage = Stage::new().await;
    stage.trail("audit", |_| {}).await;
    for window in 0..2 {
        stage.at(minutes(window * 5));
        for batch in 0..4 {
            let from = (window * 4 + batch) * 2_000;
            stage
                .ingest(&numbered(from, from + 2_000, window * 5))
                .await;
        }
    }
    let buckets = &stage.app.ports.buckets;
    buckets.state().fails_from = fails_from;
    stage.at(minutes(61)).tick().await;
    buckets.state().fails_from = None;
    stage.tick().await;
    let end = buckets.state();
    (end.calls, end.objects.clone())
}
