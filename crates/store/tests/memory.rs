//! The conformance suite on the store in memory.

use activity_log_store::memory::MemoryStore;

activity_log_store::conformance_suite!(async { Some(MemoryStore::default()) });

/// Some 50 MB of records: in memory only, where that is quick.
#[tokio::test]
async fn more_large_events_than_a_reader_keeps() {
    let store = MemoryStore::default();
    activity_log_store::conformance::more_large_events_than_a_reader_keeps(&store).await;
}
