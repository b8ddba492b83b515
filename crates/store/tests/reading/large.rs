//! A store with large blocks: row sets in chunks, directories of several pieces, pairs of frequent values.

use activity_log_core::instant::{DAY, MINUTE, SECOND};
use activity_log_core::page::Position;
use activity_log_core::query::Query;
use activity_log_core::read::{Events, Range, Step, Stream};
use activity_log_core::reader::EventReader as _;
use rand::Rng as _;

use crate::model::Arrived;
use crate::world::{World, account};

/// Ten days of some events a minute in batches, rolled up each hour and merged each half day.
pub async fn ten_days(per_minute: usize) -> World {
    let mut world = World::new(7);
    let start = world.now;
    let mut turn = 0_u32;
    while world.now < start.plus_millis(10 * DAY) {
        let batch: Vec<_> = (0..per_minute * 5)
            .map(|_| {
                let late = world.random.random_bool(0.01);
                let most = if late { 9 * DAY } else { 5 * MINUTE };
                let age = world.random.random_range(0..most);
                world.record(age)
            })
            .collect();
        world.arrive(&batch).await;
        world.advance(5 * MINUTE);
        turn += 1;
        if turn.is_multiple_of(12) {
            world.roll_up().await;
        }
        if turn.is_multiple_of(144) {
            crate::rolled::merge_last(&world.items, 12, world.now).await;
        }
    }
    world.advance(30 * SECOND);
    world
}

/// Some pages from somewhere within the answer.
async fn pages(
    world: &mut World,
    query: &Query,
    expected: &[&Arrived],
    events: &Events<impl activity_log_core::items::ItemReader>,
) {
    let size = [1, 5, 50, 200][world.random.random_range(0..4)];
    let mut page = world.page(size);
    let from = if world.random.random() || expected.is_empty() {
        0
    } else {
        let from = world.random.random_range(0..expected.len());
        page.after = Some(expected[from].position.clone());
        from + 1
    };
    let mut rest = &expected[from..];
    for _ in 0..4 {
        let found = events.find(account(), query, &page).await.unwrap();
        let found_at: Vec<&Position> = found.events.iter().map(|one| &one.position).collect();
        let wanted = &rest[..rest.len().min(size)];
        let wanted_at: Vec<&Position> = wanted.iter().map(|row| &row.position).collect();
        assert_eq!(found_at, wanted_at, "{query:?} {page:?}");
        assert_eq!(
            found.next.is_some(),
            rest.len() > size,
            "{query:?} {page:?}"
        );
        rest = &rest[wanted.len()..];
        page.after = found.next;
        if page.after.is_none() {
            break;
        }
    }
}

#[tokio::test]
async fn large_blocks_are_read_as_the_model() {
    let mut world = ten_days(2).await;
    crate::rolled::merge_last(&world.items, 20, world.now).await;
    let events = Events::shared(world.items.clone(), 4_000_000);
    for _ in 0..40 {
        let query = world.query();
        let model = world.model.clone();
        let expected = model.answer(&query, world.horizon());
        pages(&mut world, &query, &expected, &events).await;
    }
    for _ in 0..6 {
        let query = world.query();
        let model = world.model.clone();
        let expected = model.answer(&query, world.horizon());
        let range = Range {
            after: None,
            horizon: world.horizon(),
            now: world.now,
        };
        let mut stream = Stream::new(&events, account(), &query, range);
        let mut rows = 0;
        loop {
            match stream.next().await.unwrap() {
                Step::Batch(batch) => {
                    rows += batch.rows().len();
                    assert_eq!(*batch.reached(), expected[rows - 1].position, "{query:?}");
                }
                Step::Reached(_) => {}
                Step::End => break,
            }
        }
        assert_eq!(rows, expected.len(), "{query:?}");
        crate::counts::compare(&mut world, &query, &events).await;
    }
}
