//! A run that takes longer than its message is hidden, and is killed: another ends within a minute what it began.

use std::time::{Duration, Instant};

use crate::cloud::Cloud;
use crate::invocation::{Ended, hand, message};
use crate::proxy::Proxy;

/// Longer than a message is hidden, and than a claim holds, after a beat.
const LONG: Duration = Duration::from_secs(48);
/// How soon the trail is delivered all the same.
const SOON: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_run_is_replaced_within_a_minute_and_no_living_one() {
    let Some(mut cloud) = Cloud::start().await else {
        println!("skipped: ACTIVITY_LOG_TEST_DYNAMODB names no emulator");
        return;
    };
    cloud.ingest_two_windows().await;
    let proxy = Proxy::start(&cloud.endpoint).await;
    cloud.new_trail().await;
    cloud.queue.send(message()).await;
    let received = cloud.queue.wait().await;
    // In the middle of a window: an archive's part is under way, for as long as S3 may take.
    proxy.let_live();
    proxy.stall("UploadPart");
    let death = async {
        proxy.stalled().await;
        let began = Instant::now();
        while began.elapsed() < LONG {
            assert!(cloud.queue.receive().await.is_none(), "it lives");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let (ended, _) = hand(&cloud, &proxy, &received, death).await;
    assert_eq!(ended, Ended::Killed);
    let died = Instant::now();
    let beats = proxy.calls();
    let beats = beats
        .iter()
        .filter(|call| *call == "ChangeMessageVisibility");
    assert!(beats.count() >= 5, "the first, and one in ten seconds");

    proxy.let_live();
    proxy.go_on();
    let received = cloud.queue.wait().await;
    let again = died.elapsed();
    let (ended, _) = hand(&cloud, &proxy, &received, std::future::pending()).await;
    let done = died.elapsed();
    println!("the message came again after {again:?}, and all was done after {done:?}");
    assert_eq!(ended, Ended::Answered);
    assert!(done < SOON, "{done:?}");
    cloud.check(&cloud.objects().await);
    cloud.stop().await;
}
