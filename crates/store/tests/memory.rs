//! The conformance suites on the stores in memory.

use activity_log_store::memory::MemoryStore;

activity_log_store::conformance_suite!(async { Some(MemoryStore::default()) });
activity_log_store::segments_suite!(async { Some(MemoryStore::default()) });

/// Some 50 MB of records: in memory only, where that is quick.
#[tokio::test]
async fn more_large_events_than_a_reader_keeps() {
    let store = MemoryStore::default();
    activity_log_store::conformance::more_large_events_than_a_reader_keeps(&store).await;
}

mod items {
    use activity_log_store::kept::MemoryItems;

    activity_log_store::items_suite!(async { Some(MemoryItems::default()) });
}
