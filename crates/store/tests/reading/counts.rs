//! Counts.

use std::collections::HashMap;

use activity_log_core::index::value_hash;
use activity_log_core::instant::{DAY, Instant, MINUTE, SECOND};
use activity_log_core::query::{Attribute, Query};
use activity_log_core::read::{Bucket, CountRequest, Counts, Events, ReadLimits};
use activity_log_core::reader::EventCounter as _;
use rand::Rng as _;

use crate::pages::something;
use crate::world::{World, account};

const TOP: usize = 3;

fn request(world: &mut World) -> CountRequest {
    let widths = [
        10 * SECOND,
        7 * MINUTE,
        60 * MINUTE,
        61 * MINUTE,
        DAY,
        30 * DAY,
    ];
    let width_ms = widths[world.random.random_range(0..widths.len())];
    let buckets = world.random.random_range(1..=30);
    let unit = [1, 60 * MINUTE][world.random.random_range(0..2)];
    let end = world.now.millis() / unit * unit + unit;
    let length = width_ms * i64::try_from(buckets).unwrap();
    CountRequest {
        start: Instant::from_millis(end - length),
        width_ms,
        buckets,
        top: None,
        before: None,
        horizon: world.horizon(),
        now: world.now,
        deadline: None,
    }
}

/// What the model counts.
fn expected(world: &World, query: &Query, request: &CountRequest) -> (Vec<Bucket>, Vec<u64>) {
    let mut buckets = vec![Bucket::default(); request.buckets];
    let mut top: HashMap<String, u64> = HashMap::new();
    for row in world.model.answer(query, request.horizon) {
        let place =
            (row.position.time.millis() - request.start.millis()).div_euclid(request.width_ms);
        let Some(bucket) = usize::try_from(place)
            .ok()
            .and_then(|at| buckets.get_mut(at))
        else {
            continue;
        };
        let event = row.event();
        bucket.events += 1;
        bucket.failed += u64::from(event.fields.error_code.is_some());
        *top.entry(event.fields.name.to_string()).or_default() += 1;
    }
    let mut top: Vec<u64> = top.into_values().collect();
    top.sort_unstable_by(|a, b| b.cmp(a));
    top.truncate(TOP);
    (buckets, top)
}

/// Counts to the end, answer by answer.
async fn count<R: activity_log_core::items::ItemReader>(
    events: &Events<R>,
    query: &Query,
    request: &CountRequest,
) -> (Vec<Bucket>, Vec<Counts>) {
    let mut request = request.clone();
    let mut sum = vec![Bucket::default(); request.buckets];
    let mut all = Vec::new();
    loop {
        let counts = events.counts(account(), query, &request).await.unwrap();
        for (sum, more) in sum.iter_mut().zip(&counts.buckets) {
            sum.events += more.events;
            sum.failed += more.failed;
        }
        let next = counts.next;
        all.push(counts);
        match next {
            None => return (sum, all),
            Some(next) => {
                assert!(request.before.is_none_or(|before| next < before));
                request.before = Some(next);
            }
        }
    }
}

/// Whether one random count is the model's.
pub async fn compare<R: activity_log_core::items::ItemReader>(
    world: &mut World,
    query: &Query,
    events: &Events<R>,
) {
    let request = request(world);
    let (buckets, _) = expected(world, query, &request);
    let (sum, _) = count(events, query, &request).await;
    assert_eq!(sum, buckets, "{query:?} {request:?}");
}

async fn check(seed: u64) {
    let mut world = World::new(seed);
    world.upgrades = false;
    for _ in 0..60 {
        something(&mut world).await;
    }
    let events = Events::shared(world.items.clone(), 1_000_000);
    for _ in 0..20 {
        let query = world.query();
        let mut request = request(&mut world);
        let (buckets, top) = expected(&world, &query, &request);
        let (sum, _) = count(&events, &query, &request).await;
        assert_eq!(sum, buckets, "seed {seed}: {query:?} {request:?}");
        let tight = ReadLimits {
            requests: 3,
            half_units: 6,
            rounds: 2,
        };
        let (sum, _) = count(&events.within(tight), &query, &request).await;
        assert_eq!(
            sum, buckets,
            "seed {seed}, step by step: {query:?} {request:?}"
        );
        request.top = Some((Attribute::EventName, TOP));
        let (sum, all) = count(&events, &query, &request).await;
        assert_eq!(sum, buckets, "seed {seed}, with top: {query:?} {request:?}");
        let [one] = &*all else { panic!("one answer") };
        let found: Vec<u64> = one.top.iter().map(|(_, events)| *events).collect();
        assert_eq!(found, top, "seed {seed}: {query:?} {request:?}");
        something(&mut world).await;
    }
}

#[tokio::test]
async fn counts_are_the_models() {
    let seeds = std::env::var("SEEDS")
        .ok()
        .and_then(|seeds| seeds.parse().ok());
    for seed in 0..seeds.unwrap_or(4) {
        check(seed).await;
    }
}

/// The hash of this user's name begins as that of the event name `GetObject` does: 22 bits.
const LIKE_GET_OBJECT: &str = "x6819312";

#[tokio::test]
async fn values_whose_hashes_begin_alike_are_told_apart() {
    let (name, like) = (Attribute::EventName, Attribute::Username);
    let prefix = |hash: u64| hash >> (64 - 22);
    assert_eq!(
        prefix(value_hash(name, "GetObject")),
        prefix(value_hash(like, LIKE_GET_OBJECT))
    );
    let mut world = World::new(1);
    let record = |number: i64, now: Instant| {
        let (user, name) = if number < 5 {
            (LIKE_GET_OBJECT, "PutObject")
        } else {
            ("alice", "GetObject")
        };
        let time = now.plus_millis(-number * SECOND);
        let text = format!(
            r#"{{"eventTime":"{time}","eventID":"e{number}","eventName":"{name}","userIdentity":{{"type":"IAMUser","userName":"{user}"}}}}"#
        );
        (text, "import".to_owned())
    };
    let batch: Vec<_> = (0..45).map(|number| record(number, world.now)).collect();
    world.arrive(&batch).await;
    world.advance(MINUTE);
    world.roll_up().await;
    let events = Events::shared(world.items.clone(), 0);
    let request = CountRequest {
        width_ms: 10 * SECOND,
        buckets: 30,
        start: world.now.plus_millis(-300 * SECOND),
        ..request(&mut world)
    };
    for (attribute, value, count) in [(name, "GetObject", 40), (like, LIKE_GET_OBJECT, 5)] {
        let query = crate::costs::with(&[(attribute, value)]);
        let (sum, _) = self::count(&events, &query, &request).await;
        assert_eq!(sum.iter().map(|one| one.events).sum::<u64>(), count);
    }
}
