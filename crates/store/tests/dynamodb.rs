//! The conformance suites on DynamoDB's API: the emulator named by `ACTIVITY_LOG_TEST_DYNAMODB`, which
//! `tests/run` starts. Each check makes a table of its own.

mod table;

use activity_log_store::conformance::rolled::{Rolled, When};
use activity_log_store::dynamodb::DynamoStore;

async fn store() -> Option<DynamoStore> {
    table::store().await
}

async fn rolled(when: When) -> Option<Rolled<DynamoStore>> {
    Some(Rolled::new(store().await?, when))
}

mod after_each_batch {
    use super::{When, rolled};

    activity_log_store::conformance_suite!(rolled(When::EachBatch));
}

mod at_any_moment {
    use super::{When, rolled};

    activity_log_store::conformance_suite!(rolled(When::AnyMoment(3)));
}

mod items {
    activity_log_store::items_suite!(super::store());
}
