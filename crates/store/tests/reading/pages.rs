//! Pages.

use activity_log_core::page::Position;
use activity_log_core::query::Query;
use activity_log_core::read::Events;
use activity_log_core::reader::EventReader as _;
use activity_log_store::kept::MemoryItems;
use rand::Rng as _;

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
