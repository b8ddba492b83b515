//! The conformance suites on arrivals and runs in memory: never rolled up, after each batch, and at any moment.

use activity_log_store::conformance::rolled::{Rolled, When};
use activity_log_store::kept::MemoryItems;

fn store(when: When) -> Rolled<MemoryItems> {
    Rolled::new(MemoryItems::default(), when)
}

mod never {
    use super::{When, store};

    activity_log_store::conformance_suite!(async { Some(store(When::Asked)) });
    activity_log_store::rolled_suite!(async { Some(store(When::Asked)) });
}

mod after_each_batch {
    use super::{When, store};

    activity_log_store::conformance_suite!(async { Some(store(When::EachBatch)) });
    activity_log_store::rolled_suite!(async { Some(store(When::EachBatch)) });
}

mod at_any_moment {
    use super::{When, store};

    activity_log_store::conformance_suite!(async { Some(store(When::AnyMoment(3))) });
    activity_log_store::rolled_suite!(async { Some(store(When::AnyMoment(3))) });
}

#[tokio::test]
async fn arrivals_expire_under_their_run() {
    let store = store(When::Asked);
    let expire = async |now| store.items().expire(now);
    activity_log_store::conformance::rolled::arrivals_expire_under_their_run(&store, expire).await;
}
