//! Reading right after writing: who heard "accepted" finds the event in every lookup that begins later, while many write
//! and it is rolled up and merged meanwhile. Over items in memory, and over the DynamoDB that `ACTIVITY_LOG_TEST_DYNAMODB`
//! names.

mod table;

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Ordinals, Outcome, arrive};
use activity_log_core::instant::{DAY, Instant, MINUTE, SECOND};
use activity_log_core::items::{ItemReader, ItemWriter};
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::page::{PageRequest, Position};
use activity_log_core::query::{Attribute, Filter, Query};
use activity_log_core::read::{CountRequest, Events};
use activity_log_core::reader::{EventCounter as _, EventReader as _};
use activity_log_core::rollup::Task;
use activity_log_core::rollup::merge::{Merged, merge};
use activity_log_core::rollup::roll::{Limits, Step, roll};
use activity_log_store::memory::MemoryItems;
use tokio::sync::RwLock;
use tokio::task::JoinSet;

const NOW: Instant = Instant::from_seconds(1_795_132_800);
const RETENTION_DAYS: u32 = 30;
const WRITERS: u64 = 8;
/// How far the clock goes on at a time.
const TICK_MS: i64 = 4 * SECOND;

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

/// One store, and all who use it.
struct World<I> {
    items: Arc<I>,
    events: Events<I>,
    encoder: Mutex<PackEncoder>,
    now_ms: AtomicI64,
    /// Held by who writes: a write does not take ten seconds, so the clock waits.
    writing: RwLock<()>,
    numbers: AtomicU64,
    is_over: AtomicBool,
    /// steps of the roll-up, and merges
    rolled: AtomicU64,
}

impl<I: ItemReader + ItemWriter> World<I> {
    fn new(items: I) -> Arc<Self> {
        let items = Arc::new(items);
        Arc::new(Self {
            events: Events::shared(Arc::clone(&items), 1_000_000),
            items,
            encoder: Mutex::new(PackEncoder::new().unwrap()),
            now_ms: AtomicI64::new(NOW.millis()),
            writing: RwLock::default(),
            numbers: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            rolled: AtomicU64::new(0),
        })
    }

    fn now(&self) -> Instant {
        Instant::from_millis(self.now_ms.load(Ordering::SeqCst))
    }

    /// Writes a batch: the positions of its events once all are accepted. Some are late.
    async fn write(&self, writer: u64) -> Vec<Position> {
        let _writing = self.writing.read().await;
        let now = self.now();
        let mut sent = Vec::new();
        for _ in 0..=self.numbers.load(Ordering::Relaxed) % 3 {
            let number = self.numbers.fetch_add(1, Ordering::Relaxed);
            let age_ms = if number.is_multiple_of(7) {
                20 * MINUTE
            } else {
                100
            };
            let time = now.plus_millis(-age_ms);
            let id = format!("e{number:06}");
            let text = format!(
                r#"{{"eventTime":"{time}","eventID":"{id}","eventName":"PutObject","userIdentity":{{"type":"IAMUser","userName":"u{writer}"}}}}"#
            );
            sent.push((text, Position { time, id }));
        }
        let texts: Vec<&str> = sent.iter().map(|(text, _)| &**text).collect();
        let records = Incoming::of_one_body(&texts, &Origin::Queue);
        let admission = Admission {
            account: account(),
            now,
            retention_days: RETENTION_DAYS,
        };
        let (by, mut ordinals) = ((&self.encoder, 1), Ordinals::default());
        let clock = || self.now();
        let done = arrive(
            &*self.items,
            by,
            &admission,
            &records,
            &mut ordinals,
            &clock,
        )
        .await;
        for receipt in &done.receipts {
            assert_eq!(receipt.outcome, Outcome::Accepted, "{:?}", done.errors);
        }
        sent.into_iter().map(|(_, position)| position).collect()
    }

    async fn find(&self, query: &Query) -> Vec<Position> {
        let now = self.now();
        let page = PageRequest {
            max_events: 1_000,
            max_bytes: usize::MAX,
            after: None,
            horizon: now.plus_millis(-i64::from(RETENTION_DAYS) * DAY),
            now,
            deadline: None,
        };
        let found = self.events.find(account(), query, &page).await.unwrap();
        found.events.into_iter().map(|one| one.position).collect()
    }

    async fn count(&self, position: &Position, query: &Query) -> u64 {
        let now = self.now();
        let request = CountRequest {
            start: position.time,
            width_ms: 1,
            buckets: 1,
            top: None,
            before: None,
            horizon: now.plus_millis(-i64::from(RETENTION_DAYS) * DAY),
            now,
            deadline: None,
        };
        let counts = self.events.counts(account(), query, &request).await;
        counts.unwrap().buckets[0].events
    }

    /// The event is there in every way of asking, once.
    async fn check(&self, writer: u64, position: &Position) {
        let at = Query {
            start: Some(position.time),
            end: Some(position.time),
            ..Query::default()
        };
        let by_user = Query {
            filters: vec![Filter::is(Attribute::Username, format!("u{writer}"))],
            ..at.clone()
        };
        let by_id = Query {
            filters: vec![Filter::is(Attribute::EventId, position.id.as_str())],
            ..Query::default()
        };
        for query in [&at, &by_user, &by_id] {
            let found = self.find(query).await;
            let found = found.iter().filter(|one| *one == position).count();
            assert_eq!(found, 1, "{position:?} by {query:?}");
        }
        assert_eq!(self.count(position, &by_id).await, 1, "{position:?}");
    }

    /// Writes, and reads at once what was accepted; and what was before, for it may be on its way from L0 to L1.
    async fn write_and_read(&self, writer: u64, batches: u64) {
        let mut before = Vec::new();
        for _ in 0..batches {
            let written = self.write(writer).await;
            for position in written.iter().chain(before.last()) {
                self.check(writer, position).await;
            }
            before.extend(written);
            tokio::task::yield_now().await;
        }
    }

    /// Rolls up and merges again and again, while the clock goes on.
    async fn roll_up(&self) {
        let task = Task {
            account: account(),
            retention_days: RETENTION_DAYS,
        };
        let (clock, mut encoder) = (|| self.now(), PackEncoder::new().unwrap());
        while !self.is_over.load(Ordering::Relaxed) {
            {
                let _clock = self.writing.write().await;
                self.now_ms.fetch_add(TICK_MS, Ordering::SeqCst);
            }
            let step = roll(&*self.items, task, &mut encoder, Limits::default(), &clock).await;
            let merged = merge(&*self.items, task, &clock).await.unwrap();
            let is_step = matches!(step.unwrap(), Step::Rolled(_));
            let done = u64::from(is_step) + u64::from(matches!(merged, Merged::Blocks(_)));
            self.rolled.fetch_add(done, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    }
}

async fn check<I: ItemReader + ItemWriter + 'static>(items: I, batches: u64) {
    let world = World::new(items);
    let roll_ups = {
        let world = Arc::clone(&world);
        tokio::spawn(async move { world.roll_up().await })
    };
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let world = Arc::clone(&world);
        writers.spawn(async move { world.write_and_read(writer, batches).await });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    world.is_over.store(true, Ordering::Relaxed);
    roll_ups.await.unwrap();
    // What is there in the end is all that was accepted.
    let mut all = world.find(&Query::default()).await;
    let written = world.numbers.load(Ordering::Relaxed).min(1_000);
    assert_eq!(all.len() as u64, written);
    all.dedup();
    assert_eq!(all.len() as u64, written);
    let rolled = world.rolled.load(Ordering::Relaxed);
    assert!(rolled > 5, "nothing went on meanwhile: {rolled} steps");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_accepted_is_read_in_memory() {
    check(MemoryItems::default(), 40).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_accepted_is_read_on_dynamodb() {
    if let Some(store) = table::store().await {
        check(store, 5).await;
    }
}
