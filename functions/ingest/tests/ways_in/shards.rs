//! Over how many partitions arrivals are spread: as the account's head says, or said a moment ago.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use activity_log_core::head::Head;
use activity_log_core::items::{Item, ItemWriter as _};
use activity_log_core::shards::{REMEMBERED_MS, Shards};
use activity_log_store::memory::MemoryItems;
use serde_json::{Value, json};

use crate::imports::notice;
use crate::queues::message;
use crate::slow::{Slow, clock};
use crate::stage::{EVENTS_QUEUE, NOW, Stage, account, gzip, record};

type Slowly = Stage<Slow<MemoryItems>>;

/// Batches sent one by one: enough that each of some shards gets one.
const BATCHES: usize = 60;

async fn stage() -> Slowly {
    Stage::on(Slow::new(MemoryItems::default(), 0), clock).await
}

async fn put_head(stage: &Slowly, read: u8, write: u8) {
    let items = &stage.app.store.inside;
    let revision = items.all().iter().map(|item| item.revision).max();
    let head = Head {
        revision: revision.unwrap_or(0),
        shards: Shards {
            read,
            write,
            since: NOW,
        },
        ..Head::default()
    };
    let item = head.item(account(), NOW).unwrap();
    assert!(items.swap(&item).await.unwrap());
}

/// Sends batches, and gives the partitions they came to lie in.
async fn partitions(stage: &Slowly, name: &str) -> BTreeSet<String> {
    for number in 0..BATCHES {
        let event = record(&format!("{name}{number}"), 1);
        let messages = [message(&json!([event]), account().as_str())];
        assert!(stage.deliver(EVENTS_QUEUE, &messages).await.is_empty());
    }
    let is_arrival = |item: &Item| item.key.partition.starts_with("L#");
    let items = stage.app.store.inside.all().into_iter();
    let partitions = items.filter(is_arrival).map(|item| item.key.partition);
    let partitions = partitions.collect();
    stage.app.store.inside.retain(|item| !is_arrival(item));
    partitions
}

fn shard(number: u8) -> String {
    format!("L#{}#n#{number}", account())
}

#[tokio::test(start_paused = true)]
async fn arrivals_are_spread_as_a_head_of_the_last_minute_says() {
    let stage = stage().await;
    assert_eq!(partitions(&stage, "a").await, [shard(0)].into());
    // One question about the head, and one each about a batch sent again.
    assert_eq!(stage.app.store.reads.load(Ordering::Relaxed), BATCHES + 1);
    let before = [shard(0)].into();
    put_head(&stage, 4, 2).await;
    assert_eq!(partitions(&stage, "b").await, before);
    let remembered = Duration::from_millis(REMEMBERED_MS.unsigned_abs());
    tokio::time::advance(remembered).await;
    assert_eq!(partitions(&stage, "c").await, [shard(0), shard(1)].into());
    assert_eq!(partitions(&stage, "d").await, [shard(0), shard(1)].into());
}

#[tokio::test(start_paused = true)]
async fn a_head_that_cannot_be_read_keeps_no_event_out() {
    let stage = stage().await;
    put_head(&stage, 4, 4).await;
    let items = &stage.app.store.inside;
    let head = items.all().remove(0);
    // Of a version to come.
    let strange = Item {
        value: vec![u8::MAX],
        ..head.clone()
    };
    assert!(items.swap(&strange).await.unwrap());
    assert_eq!(partitions(&stage, "a").await, [shard(0)].into());
    // It is asked for again as soon as it may be readable.
    let mended = Item {
        revision: head.revision + 1,
        ..head
    };
    assert!(items.swap(&mended).await.unwrap());
    assert_eq!(partitions(&stage, "b").await.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn who_stores_for_long_asks_again_meanwhile() {
    let stage = stage().await;
    let records: Vec<Value> = (0..10_000)
        .map(|number| record(&format!("e{number}"), number / 100))
        .collect();
    let key = format!("AWSLogs/{}/CloudTrail/large.json.gz", account());
    stage.put(&key, gzip(json!(records).to_string().as_bytes()));
    stage.app.store.set_step(4_000);
    let end = clock().plus_millis(900_000);
    let (failed, _) = stage.import_until(end, &[notice(&key)]).await;
    assert!(failed.is_empty());
    // Five steps of eight seconds, and the head before the first, the third and the fifth.
    assert_eq!(stage.app.store.reads.load(Ordering::Relaxed), 5 + 3);
}
