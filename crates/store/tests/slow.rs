//! Lookups over a store that takes its time: a page ends at its deadline, gets on, and gives each event once. Time is
//! tokio's, and paused: requests made at once take no longer than one.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Ordinals, Outcome, arrive};
use activity_log_core::instant::{DAY, Instant, SECOND};
use activity_log_core::items::{Ask, Consistency, Item, ItemReader, Key, Slice};
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::page::{Deadline, PageRequest};
use activity_log_core::query::{Attribute, Filter, Query};
use activity_log_core::read::{CountRequest, Events};
use activity_log_core::reader::{EventCounter as _, EventReader as _, ReadError};
use activity_log_core::rollup::Task;
use activity_log_core::rollup::roll::{Limits, Step, roll};
use activity_log_store::memory::MemoryItems;
use tokio::time::Instant as Tick;

const NOW: Instant = Instant::from_seconds(1_795_132_800);
const RETENTION_DAYS: u32 = 30;
/// Events, five minutes apart.
const EVENTS: i64 = 2_000;
/// Events of a block.
const BLOCK: usize = 5;
/// Between two batches: each comes in a slot of its own, and is sealed when the next comes.
const STEP_MS: i64 = 30 * SECOND;
/// How long a request to the store takes.
const REQUEST: Duration = Duration::from_secs(1);
/// How long reading for a page may go on.
const DEADLINE_MS: i64 = 3_000;
/// What had begun when that was over, and the records of what was picked.
const GRACE: Duration = Duration::from_secs(4);

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

/// Of the `n`th newest event.
fn id(number: i64) -> String {
    format!("e{:05}", EVENTS - number)
}

fn name(number: i64) -> &'static str {
    if number % 50 == 49 {
        "GetUser"
    } else {
        "PutUser"
    }
}

fn record(number: i64) -> String {
    let time = NOW.plus_millis(-300_000 * number);
    let (id, name) = (id(number), name(number));
    format!(r#"{{"eventTime":"{time}","eventID":"{id}","eventName":"{name}"}}"#)
}

/// Items whose every request takes a while.
struct Slow(MemoryItems);

impl ItemReader for Slow {
    async fn range(&self, ask: &Ask) -> Result<Slice, ReadError> {
        tokio::time::sleep(REQUEST).await;
        self.0.range(ask).await
    }

    async fn get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, ReadError> {
        tokio::time::sleep(REQUEST).await;
        self.0.get(keys, consistency).await
    }
}

struct World {
    events: Events<Slow>,
    now: Instant,
    grace: Duration,
    /// about, of a bucket of counts
    hours: i64,
}

async fn send(items: &MemoryItems, encoder: &Mutex<PackEncoder>, batch: &[String], now: Instant) {
    let texts: Vec<&str> = batch.iter().map(String::as_str).collect();
    let batch = Incoming::of_one_body(&texts, &Origin::Queue);
    let admission = Admission {
        account: account(),
        now,
        retention_days: RETENTION_DAYS,
    };
    let (by, mut ordinals) = ((encoder, 1), Ordinals::default());
    let done = arrive(items, by, &admission, &batch, &mut ordinals, &|| now).await;
    let mut outcomes = done.receipts.iter().map(|receipt| &receipt.outcome);
    assert!(outcomes.all(|one| *one == Outcome::Accepted));
}

impl World {
    /// Each few events are a block of their own.
    async fn new() -> Self {
        Self::with_again(0).await
    }

    /// And so many of the newest came again since.
    async fn with_again(again: usize) -> Self {
        let items = MemoryItems::default();
        let encoder = Mutex::new(PackEncoder::new().unwrap());
        let task = Task {
            account: account(),
            retention_days: RETENTION_DAYS,
        };
        let records: Vec<String> = (0..EVENTS).map(record).collect();
        let mut now = NOW;
        for batch in records.chunks(BLOCK) {
            now = now.plus_millis(STEP_MS);
            send(&items, &encoder, batch, now).await;
            let sealed = || now.plus_millis(STEP_MS);
            let mut encoder = PackEncoder::new().unwrap();
            let rolled = roll(&items, task, &mut encoder, Limits::default(), &sealed).await;
            assert!(matches!(rolled, Ok(Step::Rolled(_))), "{rolled:?}");
        }
        now = now.plus_millis(STEP_MS);
        for batch in records[..again].chunks(50) {
            send(&items, &encoder, batch, now).await;
        }
        Self {
            // Nothing is kept: each page begins anew.
            events: Events::new(Slow(items), 0),
            now: now.plus_millis(STEP_MS),
            grace: GRACE,
            hours: 6,
        }
    }

    fn deadline(&self, begun: Tick) -> Deadline {
        let now = self.now;
        let passed = move || i64::try_from(begun.elapsed().as_millis()).unwrap();
        let clock = Arc::new(move || now.plus_millis(passed()));
        Deadline::new(now.plus_millis(DEADLINE_MS), clock)
    }

    fn in_time(&self, begun: Tick) {
        let most = Duration::from_millis(DEADLINE_MS.unsigned_abs()) + self.grace;
        assert!(begun.elapsed() <= most, "{:?}", begun.elapsed());
    }

    /// The whole answer, in how many pages. Each page ended in time, and none stood still.
    async fn read(&self, filters: &[(Attribute, &str)]) -> (Vec<String>, usize) {
        let query = query(filters);
        let (mut found, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            let begun = Tick::now();
            let page = PageRequest {
                max_events: 1_000,
                max_bytes: usize::MAX,
                after: after.clone(),
                horizon: self.now.plus_millis(-i64::from(RETENTION_DAYS) * DAY),
                now: self.now,
                deadline: Some(self.deadline(begun)),
            };
            let answer = self.events.find(account(), &query, &page).await.unwrap();
            self.in_time(begun);
            pages += 1;
            found.extend(answer.events.into_iter().map(|event| event.position.id));
            let Some(next) = answer.next else {
                return (found, pages);
            };
            assert!(after.is_none_or(|after| after < next), "{next:?}");
            after = Some(next);
        }
    }

    /// How many events there are, in how many answers.
    async fn count(&self, filters: &[(Attribute, &str)]) -> (u64, usize) {
        let query = query(filters);
        let (mut sum, mut before, mut answers) = (0, None, 0);
        loop {
            let begun = Tick::now();
            let request = CountRequest {
                start: NOW.plus_millis(-40 * self.hours * (DAY / 24)),
                width_ms: self.hours * (DAY / 24) + 1,
                buckets: 50,
                top: None,
                before,
                horizon: self.now.plus_millis(-i64::from(RETENTION_DAYS) * DAY),
                now: self.now,
                deadline: Some(self.deadline(begun)),
            };
            let answer = self.events.counts(account(), &query, &request);
            let answer = answer.await.unwrap();
            self.in_time(begun);
            answers += 1;
            sum += answer.buckets.iter().map(|one| one.events).sum::<u64>();
            let Some(next) = answer.next else {
                return (sum, answers);
            };
            assert!(before.is_none_or(|before| next < before), "{next:?}");
            before = Some(next);
        }
    }
}

fn query(filters: &[(Attribute, &str)]) -> Query {
    let filters = filters
        .iter()
        .map(|(attribute, value)| Filter::is(*attribute, *value));
    Query {
        filters: filters.collect(),
        ..Query::default()
    }
}

fn expected(is_wanted: impl Fn(i64) -> bool) -> Vec<String> {
    let wanted = (0..EVENTS).filter(|number| is_wanted(*number));
    wanted.map(id).collect()
}

#[tokio::test(start_paused = true)]
async fn a_page_through_everything_ends_at_its_deadline() {
    let (found, pages) = World::new().await.read(&[]).await;
    assert_eq!(found, expected(|_| true));
    assert!(pages > 2, "{pages} pages: the deadline was never reached");
}

#[tokio::test(start_paused = true)]
async fn a_page_by_an_index_ends_at_its_deadline() {
    let world = World::new().await;
    let (found, pages) = world.read(&[(Attribute::EventName, "GetUser")]).await;
    assert_eq!(found, expected(|number| name(number) == "GetUser"));
    assert!(pages > 1, "{pages} pages: the deadline was never reached");
}

#[tokio::test(start_paused = true)]
async fn looking_for_an_id_ends_in_time() {
    let world = World::new().await;
    for number in [1, EVENTS / 2, EVENTS - 1] {
        let (found, _) = world.read(&[(Attribute::EventId, &id(number))]).await;
        assert_eq!(found, [id(number)]);
    }
    let (found, _) = world.read(&[(Attribute::EventId, "nobody")]).await;
    assert!(found.is_empty());
}

#[tokio::test(start_paused = true)]
async fn counts_end_at_their_deadline() {
    let world = World::new().await;
    let (sum, answers) = world.count(&[]).await;
    assert_eq!(sum, EVENTS.unsigned_abs());
    assert!(
        answers > 1,
        "{answers} answers: the deadline was never reached"
    );
    let (sum, _) = world.count(&[(Attribute::EventName, "GetUser")]).await;
    assert_eq!(sum, (EVENTS / 50).unsigned_abs());
}

/// What a page has in any case: one look at L1 for some of what came again.
const ONE_LOOK: Duration = Duration::from_secs(9);

#[tokio::test(start_paused = true)]
async fn asking_what_came_again_ends_at_the_deadline() {
    let mut world = World::with_again(400).await;
    world.grace = ONE_LOOK;
    let (found, pages) = world.read(&[(Attribute::EventName, "PutUser")]).await;
    assert_eq!(found, expected(|number| name(number) == "PutUser"));
    assert!(pages > 3, "{pages} pages: the deadline was never reached");
    // The last 40 hours, 12 events each.
    world.hours = 1;
    let (sum, answers) = world.count(&[(Attribute::EventName, "PutUser")]).await;
    let wanted = (0..=480).filter(|number| name(*number) == "PutUser");
    assert_eq!(sum, wanted.count() as u64);
    assert!(
        answers > 3,
        "{answers} answers: the deadline was never reached"
    );
}
