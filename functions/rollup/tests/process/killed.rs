//! The roll-up killed - the process, by SIGKILL - before and after every call to AWS, and run again: every event is
//! counted and read once, and what was left out is told.

use crate::account::Account;
use crate::cloud::Cloud;
use crate::invocation::{Ended, invoke};
use crate::proxy::{Death, Proxy};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_call_it_dies_at_another_run_ends_what_it_began() {
    let Some(cloud) = Cloud::start().await else {
        println!("skipped: ACTIVITY_LOG_TEST_DYNAMODB names no emulator");
        return;
    };
    let proxy = Proxy::start(&cloud.endpoint).await;

    let account = Account::new(&cloud, 0).await;
    proxy.let_live();
    let ended = invoke(&cloud, &proxy, account.message()).await;
    assert_eq!(ended, Ended::Answered);
    let calls = proxy.calls();
    println!("{} calls: {}", calls.len(), calls.join(", "));
    account.check(&cloud).await;
    for step in ["BatchWriteItem", "PutItem", "SendMessage"] {
        assert!(calls.iter().any(|call| call == step), "no {step}");
    }

    // Before the call after is, to AWS, the same as after a call.
    let deaths = (1..=calls.len()).map(Death::After);
    let deaths = std::iter::once(Death::Before(1)).chain(deaths);
    for (number, death) in (1..).zip(deaths) {
        let account = Account::new(&cloud, number).await;
        proxy.let_die(death);
        let ended = invoke(&cloud, &proxy, account.message()).await;
        assert_eq!(ended, Ended::Killed, "{death:?}");
        proxy.let_live();
        account.expire_claim(&cloud).await;
        let ended = invoke(&cloud, &proxy, account.message()).await;
        assert_eq!(ended, Ended::Answered, "{death:?}");
        account.check(&cloud).await;
    }
    cloud.stop().await;
}
