//! Pages.

use activity_log_core::page::{PageRequest, Position};
use activity_log_core::query::Query;
use activity_log_core::read::Events;
use activity_log_core::reader::EventReader as _;
use activity_log_core::slot::Slot;
use activity_log_store::memory::MemoryItems;
use rand::Rng as _;

use crate::rolled;
use crate::world::{World, account};

/// A world in which something happened.
pub async fn busy(seed: u64, steps: usize) -> World {
    let mut world = World::new(seed);
    for _ in 0..steps {
        something(&mut world).await;
    }
    world
}

/// Something happens.
pub async fn something(world: &mut World) {
    match world.random.random_range(0..10) {
        0..=5 => {
            let sizes = [1, 1, 3, 10, 40, 200];
            let size = sizes[world.random.random_range(0..sizes.len())];
            let batch = world.batch(size);
            world.arrive(&batch).await;
        }
        6 | 7 => {
            let most = [2_000, 10_000, 60_000, 3_600_000][world.random.random_range(0..4)];
            let millis = world.random.random_range(1..most);
            world.advance(millis);
        }
        8 => world.roll_up().await,
        _ => world.merge().await,
    }
}

/// Reads an answer to its end, page by page; something may happen between pages.
async fn read(
    events: &Events<MemoryItems>,
    world: &World,
    query: &Query,
    max_events: usize,
) -> Vec<(Position, String, String)> {
    let mut page = world.page(max_events);
    let mut all = Vec::new();
    loop {
        let found = events.find(account(), query, &page).await.unwrap();
        assert!(found.events.len() <= max_events);
        let rows = found.events.into_iter();
        all.extend(rows.map(|event| (event.position, event.record, event.origin)));
        match found.next {
            Some(next) => page.after = Some(next),
            None => return all,
        }
    }
}

async fn check(seed: u64) {
    let mut world = busy(seed, 60).await;
    let events = Events::shared(world.items.clone(), 1_000_000);
    for _ in 0..20 {
        let query = world.query();
        let expected: Vec<_> = world
            .model
            .answer(&query, world.horizon())
            .into_iter()
            .map(|row| (row.position.clone(), row.text.clone(), row.origin.clone()))
            .collect();
        let sizes = [1, 2, 7, 50, 1_000];
        let mut size = sizes[world.random.random_range(0..sizes.len())];
        if expected.len() / size > 30 {
            size = 50;
        }
        let found = read(&events, &world, &query, size).await;
        let same = expected.iter().zip(&found).take_while(|(a, b)| a == b);
        let same = same.count();
        assert_eq!(
            (expected.len(), expected.get(same)),
            (found.len(), found.get(same)),
            "seed {seed}, pages of {size}, row {same}: {query:?}"
        );
        something(&mut world).await;
    }
}

#[tokio::test]
async fn every_answer_is_the_models() {
    let seeds = std::env::var("SEEDS")
        .ok()
        .and_then(|seeds| seeds.parse().ok());
    for seed in 0..seeds.unwrap_or(8) {
        check(seed).await;
    }
}

/// Between any two pages of an answer something is rolled up, or merged: what a page gave from L0 must not come again from
/// L1, and what one found in a block must go on in another.
async fn check_between_pages(seed: u64) {
    let mut world = busy(seed, 40).await;
    // Enough that is not rolled up yet for each turn to find more.
    for _ in 0..12 {
        let batch = world.batch(15);
        world.arrive(&batch).await;
        world.advance(10_000);
    }
    let events = Events::shared(world.items.clone(), 1_000_000);
    let query = world.query();
    let horizon = world.horizon();
    let expected = world.model.answer(&query, horizon);
    let expected: Vec<Position> = expected.iter().map(|row| row.position.clone()).collect();
    let size = expected.len().div_ceil(40).max(1);
    let mut found: Vec<Position> = Vec::new();
    let mut after = None;
    loop {
        let page = PageRequest {
            after: after.take(),
            horizon,
            ..world.page(size)
        };
        let page = events.find(account(), &query, &page).await.unwrap();
        found.extend(page.events.into_iter().map(|event| event.position));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
        if world.random.random_range(0..3) == 0 {
            world.merge().await;
        } else {
            // A slot at a time.
            world.advance(10_000);
            let upto = rolled::head(&world.items).await.watermark;
            let last = Slot::last_sealed(world.now);
            let upto = upto.map_or(last, |upto| upto.next().min(last));
            rolled::roll_up(&world.items, &world.model, upto, world.now).await;
        }
    }
    assert_eq!(expected, found, "seed {seed}, pages of {size}: {query:?}");
}

#[tokio::test]
async fn each_event_is_given_once_whatever_is_rolled_up_between_pages() {
    for seed in 0..60 {
        check_between_pages(1_000 + seed).await;
    }
}
