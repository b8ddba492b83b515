//! What the log of calls costs a caller: the same lookups answered over the emulator's DynamoDB, KMS and SQS with
//! their records sent and with their records dropped, in turns, in one process. Skipped unless
//! `ACTIVITY_LOG_TEST_DYNAMODB` names an emulator. For the numbers:
//!
//! ```text
//! ACTIVITY_LOG_TEST_DYNAMODB=http://127.0.0.1:4566 cargo test --workspace --test latency -- --nocapture
//! ```
//!
//! The emulator answers SQS about as fast as DynamoDB, so the ratio says how many more requests a call waits for,
//! not how many milliseconds it is on AWS.

mod cloud;
mod request;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant as Stopwatch};

use activity_log_calls::sqs::SqsCallLog;
use activity_log_calls::{CallLog, CallLogError};
use activity_log_core::account::AccountId;
use activity_log_core::origin::Origin;
use activity_log_lookup::app::Context;

use crate::cloud::Cloud;

/// Lookups of each kind that are timed.
const TIMED: usize = 200;
/// Lookups before: the first open connections and keys.
const WARM: usize = 20;
/// The issue's rule: it must not double the latency of a lookup.
const MOST_RATIO: f64 = 2.0;

/// The product's log of calls, which the test can switch off.
#[derive(Clone)]
pub struct Switched {
    log: SqsCallLog,
    is_on: Arc<AtomicBool>,
}

impl CallLog for Switched {
    async fn append(
        &self,
        account: AccountId,
        origin: Origin,
        record: String,
    ) -> Result<(), CallLogError> {
        if self.is_on.load(Ordering::Relaxed) {
            self.log.append(account, origin, record).await?;
        }
        Ok(())
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// How long the app takes to answer one lookup, and to have it recorded.
async fn lookup(cloud: &Cloud) -> Duration {
    let now = cloud::now();
    let request = request::lookup(&cloud.key, now);
    let context = Context {
        now,
        request_id: "request-1",
    };
    let began = Stopwatch::now();
    let answered = cloud.app.answer(&request, context).await;
    let took = began.elapsed();
    let body = answered.response.body();
    assert_eq!(answered.response.status(), 200, "{body:?}");
    assert!(answered.unrecorded.is_none());
    let reply: serde_json::Value = serde_json::from_slice(body).unwrap();
    assert_eq!(reply["Events"].as_array().unwrap().len(), 50);
    took
}

#[tokio::test]
async fn a_recorded_lookup_takes_less_than_twice_as_long() {
    let Some(cloud) = Cloud::start().await else {
        println!("skipped: ACTIVITY_LOG_TEST_DYNAMODB names no emulator");
        return;
    };
    let switch = &cloud.is_recorded;
    for _ in 0..WARM {
        lookup(&cloud).await;
    }
    let before = cloud.records().await;
    let (mut recorded, mut dropped) = (Vec::new(), Vec::new());
    for number in 0..TIMED {
        // Recorded first, then second: neither is always the one that comes after the other.
        for is_on in [number % 2 == 0, number % 2 != 0] {
            switch.store(is_on, Ordering::Relaxed);
            let took = lookup(&cloud).await;
            let times = if is_on { &mut recorded } else { &mut dropped };
            times.push(took);
        }
    }
    assert_eq!(cloud.records().await - before, TIMED, "each in the queue");
    assert_eq!((recorded.len(), dropped.len()), (TIMED, TIMED));
    let (with, without) = (millis(median(recorded)), millis(median(dropped)));
    let ratio = with / without;
    println!(
        "median of {TIMED} lookups each, in turns: {with:.2} ms recorded, {without:.2} ms not; ratio {ratio:.2}"
    );
    assert!(ratio < MOST_RATIO, "{with} ms against {without} ms");
}
