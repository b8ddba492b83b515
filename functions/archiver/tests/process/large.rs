//! A large window needs no more memory than a small one.

use crate::cloud::{Cloud, archived_ids};
use crate::invocation::{Ended, run};
use crate::proxy::Proxy;

/// Events, unless `ACTIVITY_LOG_TEST_EVENTS` says another number.
const EVENTS: usize = 60_000;
/// Far below what the function is given (`template.yaml`: 1,769 MB), and far below the window's own size
/// where that is a million events.
const MOST_BYTES: u64 = 160 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_window_passes_in_little_memory() {
    let Some(mut cloud) = Cloud::start().await else {
        println!("skipped: ACTIVITY_LOG_TEST_DYNAMODB names no emulator");
        return;
    };
    let events = std::env::var("ACTIVITY_LOG_TEST_EVENTS").ok();
    let events = events.map_or(EVENTS, |events| events.parse().unwrap());
    cloud.ingest_many(events).await;
    let proxy = Proxy::start(&cloud.endpoint).await;
    cloud.new_trail().await;
    let (ended, peak_bytes) = run(&cloud, &proxy).await;
    assert_eq!(ended, Ended::Answered);
    println!("{events} events: at most {} MB", peak_bytes >> 20);
    let (ids, archives) = archived_ids(&cloud.objects().await);
    assert_eq!(ids.len(), events);
    assert!(ids.is_sorted_by(|one, next| one < next), "each once");
    assert!(archives > 1);
    assert!(peak_bytes < MOST_BYTES, "{peak_bytes} bytes");
    cloud.stop().await;
}
