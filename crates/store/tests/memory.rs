//! The conformance suite on the store in memory.

use activity_log_store::memory::MemoryStore;

activity_log_store::conformance_suite!(async { Some(MemoryStore::default()) });
