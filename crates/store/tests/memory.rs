//! The conformance suites in memory: of the port of items, and of a store on it that is never rolled up, after each batch,
//! and at any moment.

use activity_log_store::conformance::rolled::{Rolled, When};
use activity_log_store::memory::MemoryItems;

fn store(when: When) -> Rolled<MemoryItems> {
    Rolled::new(MemoryItems::default(), when)
}

mod never {
    use super::{When, store};

    activity_log_store::conformance_suite!(async { Some(store(When::Asked)) });
}

mod after_each_batch {
    use super::{When, store};

    activity_log_store::conformance_suite!(async { Some(store(When::EachBatch)) });
}

mod at_any_moment {
    use super::{When, store};

    activity_log_store::conformance_suite!(async { Some(store(When::AnyMoment(3))) });
}

#[tokio::test]
async fn arrivals_expire_under_their_run() {
    let store = store(When::Asked);
    let expire = async |now| store.items().expire(now);
    activity_log_store::conformance::arrivals_expire_under_their_run(&store, expire).await;
}

/// Some 50 MB of records: in memory only, where that is quick.
#[tokio::test]
async fn more_large_events_than_a_reader_keeps() {
    for when in [When::Asked, When::EachBatch] {
        activity_log_store::conformance::more_large_events_than_a_reader_keeps(&store(when)).await;
    }
}

mod items {
    use super::MemoryItems;

    activity_log_store::items_suite!(async { Some(MemoryItems::default()) });
}
