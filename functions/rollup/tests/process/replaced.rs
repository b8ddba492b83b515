//! A run is killed in the middle of a step: another ends within a minute what it began.

use std::time::{Duration, Instant};

use crate::account::Account;
use crate::cloud::Cloud;
use crate::invocation::{Ended, hand};
use crate::proxy::Proxy;

/// How soon the account is rolled up all the same.
const SOON: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_run_is_replaced_within_a_minute() {
    let Some(cloud) = Cloud::start().await else {
        println!("skipped: ACTIVITY_LOG_TEST_DYNAMODB names no emulator");
        return;
    };
    let proxy = Proxy::start(&cloud.endpoint).await;
    let account = Account::new(&cloud, 0).await;
    cloud.queue.send(account.message()).await;
    let received = cloud.queue.wait().await;
    // A run's items are under way, and the account is claimed.
    proxy.let_live();
    proxy.stall("BatchWriteItem");
    let ended = hand(&cloud, &proxy, &received, proxy.stalled()).await;
    assert_eq!(ended, Ended::Killed);
    let died = Instant::now();
    assert!(cloud.queue.receive().await.is_none());

    proxy.let_live();
    proxy.go_on();
    let received = cloud.queue.wait().await;
    let again = died.elapsed();
    let ended = hand(&cloud, &proxy, &received, std::future::pending()).await;
    let done = died.elapsed();
    println!("the message came again after {again:?}, and all was done after {done:?}");
    assert_eq!(ended, Ended::Answered);
    assert!(done < SOON, "{done:?}");
    account.check(&cloud).await;
    cloud.stop().await;
}
