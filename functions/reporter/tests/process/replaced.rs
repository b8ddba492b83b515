//! A run that takes longer than its message is hidden, and is killed: another ends within a minute what it began.

use std::time::{Duration, Instant};

use activity_log_core::reports::Format;

use crate::cloud::{Cloud, message};
use crate::invocation::{Ended, LONG, hand};
use crate::proxy::Proxy;

/// Longer than a message is hidden, and than a claim holds, after a beat.
const WHILE: Duration = Duration::from_secs(48);
/// How soon the report is ready all the same.
const SOON: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_run_is_replaced_within_a_minute_and_no_living_one() {
    let Some(mut cloud) = Cloud::start().await else {
        println!("skipped: ACTIVITY_LOG_TEST_DYNAMODB names no emulator");
        return;
    };
    // Two batches, and two parts.
    cloud.ingest(4_300, 22).await;
    let proxy = Proxy::start(&cloud.endpoint).await;
    let report = cloud.report(Format::Csv, None).await;
    let body = serde_json::to_string(&message(&report)).unwrap();
    cloud.queue.send(body).await;
    let received = cloud.queue.wait().await;
    // In the middle of the report: a part is under way, for as long as S3 may take.
    proxy.let_live();
    proxy.stall("UploadPart");
    let death = async {
        proxy.stalled().await;
        let began = Instant::now();
        while began.elapsed() < WHILE {
            assert!(cloud.queue.receive().await.is_none(), "it lives");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let (ended, _) = hand(&cloud, &proxy, &received, LONG, death).await;
    assert_eq!(ended, Ended::Killed);
    let died = Instant::now();
    assert_eq!(cloud.stored(&report).await.attempts, 1);

    proxy.let_live();
    proxy.go_on();
    let received = cloud.queue.wait().await;
    let again = died.elapsed();
    let alive = std::future::pending();
    let (ended, _) = hand(&cloud, &proxy, &received, LONG, alive).await;
    let done = died.elapsed();
    println!("the message came again after {again:?}, and all was done after {done:?}");
    assert_eq!(ended, Ended::Answered);
    assert!(done < SOON, "{done:?}");
    let stored = cloud.stored(&report).await;
    assert_eq!((stored.state.as_str(), stored.attempts), ("ready", 2));
    assert_eq!(stored.progress.rows, 4_300);
    cloud.check(&cloud.object(&report).await.unwrap());
    cloud.stop().await;
}
