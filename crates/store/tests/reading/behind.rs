//! Reading while the roll-up stands still: what a page reads is bounded, and it gets on or says why it cannot.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use activity_log_core::instant::{Instant, MINUTE, SECOND};
use activity_log_core::items::{Ask, Consistency, Item, ItemReader, Key, Slice};
use activity_log_core::page::{PageRequest, Position};
use activity_log_core::query::{Attribute, Filter, Query};
use activity_log_core::read::{CountRequest, Events, Range, ReadLimits, Step, Stream};
use activity_log_core::reader::{EventCounter as _, EventReader as _, ReadError};
use activity_log_core::slot::SLOT_MS;
use activity_log_store::memory::MemoryItems;

use crate::world::{World, account};

/// Items of a slice: as if they were large.
const SLICE: usize = 10;
/// Slots in which something came.
const SLOTS: i64 = 300;
/// Requests of a page, about.
const REQUESTS: usize = 30;

/// Items of which a slice holds few, and how many slices were read.
struct Small {
    items: Arc<MemoryItems>,
    slices: AtomicUsize,
}

impl ItemReader for Small {
    async fn range(&self, ask: &Ask) -> Result<Slice, ReadError> {
        self.slices.fetch_add(1, Ordering::Relaxed);
        let limit = Some(ask.limit.unwrap_or(usize::MAX).min(SLICE));
        self.items
            .range(&Ask {
                limit,
                ..ask.clone()
            })
            .await
    }

    async fn get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, ReadError> {
        self.items.get(keys, consistency).await
    }
}

/// Three batches of two events a slot, all on time; what is not is in `late`.
async fn world(seed: u64, late: i64) -> World {
    let mut world = World::new(seed);
    for slot in 0..SLOTS {
        for batch in 0..3 {
            let ages = [SECOND * (batch + 1), 4 * MINUTE + batch];
            let records = ages.map(|age| world.record(age));
            world.arrive(&records).await;
        }
        if slot < late {
            let record = world.record(20 * MINUTE);
            world.arrive(&[record]).await;
        }
        world.advance(SLOT_MS);
    }
    world
}

fn reader(world: &World) -> (Events<Small>, Arc<Small>) {
    let small = Arc::new(Small {
        items: Arc::clone(&world.items),
        slices: AtomicUsize::new(0),
    });
    let limits = ReadLimits {
        requests: REQUESTS,
        ..ReadLimits::default()
    };
    (Events::shared(Arc::clone(&small), 0).within(limits), small)
}

/// The whole answer, and how many pages it had.
async fn read(world: &World, query: &Query) -> (Vec<Position>, usize) {
    let (events, small) = reader(world);
    let (mut found, mut pages) = (Vec::new(), 0);
    let mut page = world.page(1_000);
    loop {
        small.slices.store(0, Ordering::Relaxed);
        let answer = events.find(account(), query, &page).await.unwrap();
        // A slice of a range is read in any case, and both of the late ones.
        let slices = small.slices.load(Ordering::Relaxed);
        assert!(slices <= REQUESTS + 4, "{slices} slices");
        pages += 1;
        found.extend(answer.events.into_iter().map(|event| event.position));
        let Some(next) = answer.next else {
            return (found, pages);
        };
        assert!(page.after.is_none_or(|after| after < next), "{next:?}");
        page = PageRequest {
            after: Some(next),
            ..world.page(1_000)
        };
    }
}

fn by_name(name: &str) -> Query {
    Query {
        filters: vec![Filter::is(Attribute::EventName, name)],
        ..Query::default()
    }
}

#[tokio::test]
async fn pages_get_on_while_nothing_is_rolled_up() {
    // More late ones than a slice holds, but few.
    let world = world(5, 15).await;
    for query in [Query::default(), by_name("PutObject"), by_name("Nothing")] {
        let expected = world.model.answer(&query, world.horizon());
        let expected: Vec<Position> = expected.iter().map(|row| row.position.clone()).collect();
        let (found, pages) = read(&world, &query).await;
        assert_eq!(found, expected, "{query:?}");
        assert!(pages > 3, "{pages} pages: nothing was cut");
    }
}

/// What may be held of them: some hundred of the 1,800 rows.
const FEW_BYTES: usize = 60_000;

#[tokio::test]
async fn pages_that_may_hold_little_get_on() {
    let world = world(8, 100).await;
    let events = reader(&world)
        .0
        .within(ReadLimits::default())
        .holding(FEW_BYTES);
    for query in [Query::default(), by_name("PutObject"), by_name("Nothing")] {
        let expected = world.model.answer(&query, world.horizon());
        let expected: Vec<Position> = expected.iter().map(|row| row.position.clone()).collect();
        let (mut found, mut pages, mut page) = (Vec::new(), 0, world.page(1_000));
        loop {
            let answer = events.find(account(), &query, &page).await.unwrap();
            found.extend(answer.events.into_iter().map(|event| event.position));
            pages += 1;
            let Some(next) = answer.next else { break };
            assert!(page.after.is_none_or(|after| after < next), "{next:?}");
            page = PageRequest {
                after: Some(next),
                ..world.page(1_000)
            };
        }
        assert_eq!(found, expected, "{query:?}");
        assert!(pages > 5, "{pages} pages: nothing was cut");
    }
}

#[tokio::test]
async fn a_report_that_may_not_hold_it_all_says_so() {
    let world = world(9, 0).await;
    let query = Query::default();
    let range = || Range {
        after: None,
        horizon: world.horizon(),
        now: world.now,
    };
    let events = Events::shared(Arc::clone(&world.items), 0);
    let mut whole = Stream::new(&events, account(), &query, range());
    assert!(matches!(whole.next().await, Ok(Step::Batch(_))));
    let events = events.holding(FEW_BYTES);
    let mut stream = Stream::new(&events, account(), &query, range());
    let Err(ReadError::Throttled(source)) = stream.next().await else {
        panic!("it was held")
    };
    let told = "more events wait to be rolled up than a report may hold";
    assert_eq!(source.to_string(), told);
}

#[tokio::test]
async fn counts_get_on_too() {
    for held in [usize::MAX, 2 * FEW_BYTES] {
        counts_get_on(held).await;
    }
}

async fn counts_get_on(held: usize) {
    let world = world(6, 15).await;
    let events = if held == usize::MAX {
        reader(&world).0
    } else {
        reader(&world).0.within(ReadLimits::default()).holding(held)
    };
    let start = Instant::from_millis(world.now.millis() - SLOTS * SLOT_MS - 30 * MINUTE);
    let (mut sum, mut before, mut answers) = (0, None, 0);
    loop {
        let request = CountRequest {
            start,
            width_ms: MINUTE,
            buckets: 100,
            top: Some((Attribute::EventName, 3)),
            before,
            horizon: world.horizon(),
            now: world.now,
            deadline: None,
        };
        let answer = events.counts(account(), &Query::default(), &request).await;
        let answer = answer.unwrap();
        answers += 1;
        sum += answer.buckets.iter().map(|one| one.events).sum::<u64>();
        let Some(next) = answer.next else { break };
        assert!(before.is_none_or(|before| next < before), "{next:?}");
        before = Some(next);
    }
    let expected = world.model.answer(&Query::default(), world.horizon()).len();
    assert_eq!(sum, expected as u64);
    assert!(answers > 3, "{answers} answers: nothing was cut");
}

#[tokio::test]
async fn what_cannot_get_on_says_so_until_it_is_rolled_up() {
    // Of late ones no key tells how old they are: all must be read.
    let mut world = world(7, SLOTS).await;
    let (events, small) = reader(&world);
    let answer = events
        .find(account(), &Query::default(), &world.page(10))
        .await;
    assert!(matches!(answer, Err(ReadError::Throttled(_))), "{answer:?}");
    let slices = small.slices.load(Ordering::Relaxed);
    assert!(slices <= REQUESTS + 2 * 16, "{slices} slices");
    world.advance(MINUTE);
    world.roll_up().await;
    let answer = events
        .find(account(), &Query::default(), &world.page(10))
        .await;
    assert_eq!(answer.unwrap().events.len(), 10);
}
