//! A large report needs no more memory than a small one.

use activity_log_core::reports::Format;

use crate::cloud::{Cloud, message};
use crate::invocation::{Ended, LONG, invoke};
use crate::proxy::Proxy;

/// Events, unless `ACTIVITY_LOG_TEST_EVENTS` says another number.
const EVENTS: usize = 60_000;
/// Far below what the function is given, and below the report's own size where it is a million events.
const MOST_BYTES: u64 = 200 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_report_is_built_in_little_memory() {
    let Some(mut cloud) = Cloud::start().await else {
        println!("skipped: ACTIVITY_LOG_TEST_DYNAMODB names no emulator");
        return;
    };
    let events = std::env::var("ACTIVITY_LOG_TEST_EVENTS").ok();
    let events = events.map_or(EVENTS, |events| events.parse().unwrap());
    cloud.ingest(events, 16).await;
    let proxy = Proxy::start(&cloud.endpoint).await;
    for format in Format::ALL {
        let report = cloud.report(format, None).await;
        let (ended, peak_bytes) = invoke(&cloud, &proxy, message(&report), LONG).await;
        assert_eq!(ended, Ended::Answered);
        let stored = cloud.stored(&report).await;
        assert_eq!(
            (stored.state.as_str(), stored.progress.rows),
            ("ready", events as u64),
            "{:?}",
            stored.state
        );
        println!("{format}, {events} events: at most {} MB", peak_bytes >> 20);
        assert!(peak_bytes < MOST_BYTES, "{format}: {peak_bytes} bytes");
        if format == Format::Csv {
            cloud.check(&cloud.object(&report).await.unwrap());
        }
    }
    cloud.stop().await;
}
