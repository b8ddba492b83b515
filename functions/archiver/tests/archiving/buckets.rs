//! Buckets that fail, fill, or fail half way.

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

#[tokio::test]
async fn what_expired_before_it_could_be_delivered_is_counted() {
    const DAYS: i64 = 24 * 60;
    let stage = Stage::new().await;
    let trail = stage.trail("audit", |_| {}).await;
    let late = |number| record(&format!("e{number}"), minutes(-20 * DAYS));
    stage.ingest(&[late(0), late(1)]).await;
    stage.ingest(&numbered(0, 10, 0)).await;
    stage
        .configure(&trail, |trail| trail.logging.stop(START))
        .await;
    let buckets = &stage.app.ports.buckets;
    buckets
        .state()
        .broken
        .insert("audit".to_owned(), "AccessDenied");
    stage.at(minutes(6)).tick().await;
    buckets.state().broken.clear();
    // Ten days later the retention of the late ones is over.
    stage.at(minutes(15 * DAYS));
    stage.app.ports.store.sweep(minutes(15 * DAYS).seconds());
    let done = stage.tick().await;
    assert_eq!(buckets.ids("audit").len(), 10);
    assert_eq!(done.expired_segments, 1);
    let digests = buckets.digests("audit");
    let window = &digests[0]["activityLog"]["windows"][0];
    assert_eq!(window["expiredSegments"], 1);
    assert_eq!(window["ingested"], 10);
    assert!(window["retentionOver"].is_null());
}

#[tokio::test]
async fn what_waited_longer_than_its_marks_last_is_told_of() {
    const DAYS: i64 = 24 * 60;
    let stage = Stage::new().await;
    let trail = stage.trail("audit", |_| {}).await;
    stage.ingest(&numbered(0, 10, 0)).await;
    stage
        .configure(&trail, |trail| trail.logging.stop(START))
        .await;
    let buckets = &stage.app.ports.buckets;
    buckets
        .state()
        .broken
        .insert("audit".to_owned(), "AccessDenied");
    stage.at(minutes(29 * DAYS)).tick().await;
    buckets.state().broken.clear();
    stage.at(minutes(61 * DAYS));
    stage.app.ports.store.sweep(minutes(61 * DAYS).seconds());
    let done = stage.tick().await;
    assert_eq!(buckets.ids("audit").len(), 0);
    assert_eq!(done.expired_segments, 1);
    let digests = buckets.digests("audit");
    let window = &digests[0]["activityLog"]["windows"][0];
    assert_eq!(window["retentionOver"], true);
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
