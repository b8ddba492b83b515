//! The archiver killed - the process, by SIGKILL - before and after every call to AWS, and run again: the
//! bucket ends up as if nothing had happened, to the byte.

use crate::cloud::{Cloud, Objects};
use crate::invocation::{Ended, invoke};
use crate::proxy::{Death, Proxy};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_call_it_dies_at_the_bucket_ends_up_the_same() {
    let Some(mut cloud) = Cloud::start().await else {
        println!("skipped: ACTIVITY_LOG_TEST_DYNAMODB names no emulator");
        return;
    };
    cloud.ingest_two_windows().await;
    let proxy = Proxy::start(&cloud.endpoint).await;

    cloud.new_trail().await;
    proxy.let_live();
    assert_eq!(invoke(&cloud, &proxy).await, Ended::Answered);
    let calls = proxy.calls();
    println!("{} calls: {}", calls.len(), calls.join(", "));
    let undisturbed = cloud.objects().await;
    cloud.check(&undisturbed);
    for step in [
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "PutObject",
        // What is dropped is decided.
        "PutItem",
        "TransactWriteItems",
        "Sign",
    ] {
        assert!(calls.iter().any(|call| call == step), "no {step}");
    }

    // Before the call after is, to AWS, the same as after a call.
    let deaths = (1..=calls.len()).map(Death::After);
    for (call, death) in [(1, Death::Before(1))].into_iter().chain((1..).zip(deaths)) {
        cloud.new_trail().await;
        proxy.let_die(death);
        assert_eq!(invoke(&cloud, &proxy).await, Ended::Killed, "{death:?}");
        proxy.let_live();
        cloud.expire_claim().await;
        assert_eq!(invoke(&cloud, &proxy).await, Ended::Answered, "{death:?}");
        let objects = cloud.objects().await;
        let keys = |objects: &Objects| objects.keys().cloned().collect::<Vec<_>>();
        assert_eq!(
            keys(&objects),
            keys(&undisturbed),
            "{death:?} at {}",
            calls[call - 1]
        );
        assert!(objects == undisturbed, "{death:?} at {}", calls[call - 1]);
    }

    // Again and again: what one run has recorded, the next need not do.
    cloud.new_trail().await;
    let mut runs = 0;
    loop {
        proxy.let_die(Death::After(calls.len() * 2 / 3));
        if invoke(&cloud, &proxy).await == Ended::Answered {
            break;
        }
        runs += 1;
        cloud.expire_claim().await;
    }
    assert!(runs > 0);
    assert!(cloud.objects().await == undisturbed);
    cloud.stop().await;
}
