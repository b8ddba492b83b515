//! Whoever waits is answered before it is gone, with a receipt for each record.

use std::time::Duration;

use activity_log_calls::Recorder;
use activity_log_calls::sqs::PATIENCE as RECORDED_WITHIN;
use activity_log_control::Permission;
use activity_log_control::dynamodb::COUNTED_WITHIN;
use activity_log_core::instant::{DAY, Instant};
use activity_log_store::memory::MemoryItems;
use serde_json::{Value, json};

use crate::queues::message;
use crate::slow::{Slow, clock};
use crate::stage::{EVENTS_QUEUE, NOW, Stage, account, record};

const RECORDS: i64 = 10_000;
/// What each call to the store takes: no request of so many records is done in time.
const STEP_MS: u64 = 2_500;
/// When the gateway gives up, which told the function when it got the request.
const END: Instant = NOW.plus_millis(29_000);

async fn stage(step_ms: u64) -> Stage<Slow<MemoryItems>> {
    Stage::on(Slow::new(MemoryItems::default(), step_ms), clock).await
}

/// Records over thirty days, stored in five steps, each of which asks and writes.
fn scattered() -> Vec<u8> {
    let apart = (30 * DAY - 60_000) / 1_000 / RECORDS;
    let records: Vec<Value> = (0..RECORDS)
        .map(|number| record(&format!("e{number}"), number * apart))
        .collect();
    json!(records).to_string().into_bytes()
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_answered_in_time_and_goes_on_when_it_is_sent_again() {
    let stage = stage(STEP_MS).await;
    let key = stage.key("producer", &[Permission::Producer]).await;
    let body = scattered();
    let (status, reply) = stage.post(&key, &body, &[]).await;
    assert!(clock() < END, "{}", clock());
    assert_eq!(status, 503);
    let count = |reply: &Value, name: &str| reply[name].as_i64().unwrap();
    let (accepted, failed) = (count(&reply, "accepted"), count(&reply, "failed"));
    assert_eq!((accepted, failed), (8_000, 2_000));
    assert_eq!(reply["events"].as_array().unwrap().len(), 10_000);

    stage.app.store.set_step(0);
    let (status, reply) = stage.post(&key, &body, &[]).await;
    assert_eq!(status, 200);
    // Of the steps that were stored, the last two are so young that they are known; the others are stored once more.
    assert_eq!(count(&reply, "duplicate"), 4_000);
    assert_eq!(count(&reply, "accepted"), 6_000);
    assert_eq!(stage.stored(account()).await.len(), 10_000);
}

/// However late the last write is: what is counted and recorded after it takes its time, too.
#[tokio::test(start_paused = true)]
async fn a_slow_count_and_a_slow_call_log_lose_no_receipt() {
    let mut stage = stage(STEP_MS).await;
    let key = stage.key("producer", &[Permission::Producer]).await;
    stage.app.directory.set_step(millis(COUNTED_WITHIN));
    let log = Slow::new(stage.calls.clone(), millis(RECORDED_WITHIN));
    stage.api.recorder = Recorder::new(log, "eu-central-1");
    let (status, reply) = stage.post(&key, &scattered(), &[]).await;
    assert_eq!(status, 503);
    assert_eq!(reply["events"].as_array().unwrap().len(), 10_000);
    assert_eq!(stage.calls.take().len(), 1);
    let rest = END.millis() - clock().millis();
    assert!(rest > 0, "{rest}");
}

fn millis(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_is_not_waited_for() {
    let stage = stage(3_600_000).await;
    let key = stage.key("producer", &[Permission::Producer]).await;
    let body = json!([record("a", 1)]).to_string();
    let (status, reply) = stage.post(&key, body.as_bytes(), &[]).await;
    assert!(clock() < END, "{}", clock());
    assert_eq!((status, &reply["failed"]), (503, &json!(1)));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_takes_too_long_is_given_again() {
    let stage = stage(3_600_000).await;
    let messages = [message(&json!([record("a", 1)]), "111122223333")];
    assert_eq!(stage.deliver(EVENTS_QUEUE, &messages).await, ["m0"]);
    assert!(clock() < END, "{}", clock());
}
