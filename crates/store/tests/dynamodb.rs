//! The conformance suites on DynamoDB's API: the emulator named by `ACTIVITY_LOG_TEST_DYNAMODB`, which
//! `tests/run` starts. Each check makes a table of its own.

mod table;

use activity_log_store::dynamodb::DynamoStore;

async fn store() -> Option<DynamoStore> {
    table::store().await.map(DynamoStore::consistent)
}

activity_log_store::conformance_suite!(store());
activity_log_store::segments_suite!(store());

mod items {
    activity_log_store::items_suite!(super::store());
}
