//! Reading right after writing, while others write, roll up and read.

use std::sync::Arc;

use activity_log_core::query::{Attribute, Filter, Query};
use activity_log_core::read::Events;
use activity_log_core::reader::EventReader as _;
use rand::Rng as _;
use tokio::sync::Mutex;

use crate::world::{World, account};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_written_is_read() {
    let world = Arc::new(Mutex::new(World::new(1)));
    let items = world.lock().await.items.clone();
    let events = Events::shared(items, 1_000_000);
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..6 {
        let (world, events) = (Arc::clone(&world), events.clone());
        tasks.spawn(async move {
            for _ in 0..25 {
                // Who has the lock writes; reading goes on without it.
                let (page, ids) = {
                    let mut world = world.lock().await;
                    let size = world.random.random_range(1..5);
                    let batch: Vec<_> = (0..size).map(|_| world.record(writer * 1_000)).collect();
                    world.arrive(&batch).await;
                    let rows = world.model.rows.iter().rev().take(batch.len());
                    let ids: Vec<String> = rows.map(|row| row.position.id.clone()).collect();
                    match world.random.random_range(0..4) {
                        0 => world.advance(12_000),
                        1 => world.roll_up().await,
                        2 => world.merge().await,
                        _ => {}
                    }
                    (world.page(1_000), ids)
                };
                for id in ids {
                    let query = Query {
                        filters: vec![Filter::is(Attribute::EventId, id.as_str())],
                        ..Query::default()
                    };
                    let found = events.find(account(), &query, &page).await.unwrap();
                    let found: Vec<_> = found.events.iter().map(|one| &one.position.id).collect();
                    assert_eq!(found, [&id]);
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}
