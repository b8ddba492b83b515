//! Whole answers, as reports read them.

use activity_log_core::columns::{Column, Columns};
use activity_log_core::query::Query;
use activity_log_core::read::{Events, Range, ReadLimits, Step, Stream};
use activity_log_store::memory::MemoryItems;
use rand::Rng as _;

use crate::pages::{busy, something};
use crate::world::{World, account};

/// Reads an answer to its end, while other things happen.
async fn read(
    events: &Events<MemoryItems>,
    world: &mut World,
    query: &Query,
    limits: ReadLimits,
    max_rows: usize,
) -> Vec<(String, String)> {
    let range = Range {
        after: None,
        horizon: world.horizon(),
        now: world.now,
    };
    let mut stream = Stream::within(limits, max_rows, events, account(), query, range);
    let mut all = Vec::new();
    loop {
        let batch = match stream.next().await.unwrap() {
            Step::Batch(batch) => batch,
            Step::Reached(_) => continue,
            Step::End => return all,
        };
        assert!(batch.rows().len() <= max_rows);
        let wanted: Vec<usize> = (0..batch.rows().len()).collect();
        let records = stream.records(&batch, &wanted).await.unwrap();
        for (nth, at) in batch.rows().iter().enumerate() {
            let columns = Columns::decode(batch.parts()[at.part].columns()).unwrap();
            let origin = columns.text(Column::Origin).of_row(at.row).unwrap();
            assert_eq!(records.get(nth).len(), columns.record_bytes(at.row));
            all.push((records.get(nth).to_owned(), origin.to_owned()));
        }
        let last = batch.rows().last().unwrap();
        let columns = Columns::decode(batch.parts()[last.part].columns()).unwrap();
        assert_eq!(batch.reached().time, columns.time(last.row));
        assert_eq!(batch.reached().id, columns.id(last.row));
        something(world).await;
    }
}

async fn check(seed: u64) {
    let mut world = busy(seed, 60).await;
    let events = Events::shared(world.items.clone(), 1_000_000);
    for _ in 0..8 {
        let query = world.query();
        let expected: Vec<_> = world
            .model
            .answer(&query, world.horizon())
            .into_iter()
            .map(|row| (row.text.clone(), row.origin.clone()))
            .collect();
        let tight = ReadLimits {
            requests: 3,
            half_units: 6,
            rounds: 2,
        };
        let limits = if world.random.random() {
            tight
        } else {
            ReadLimits::default()
        };
        let max_rows = [1, 10, 100, 4_096][world.random.random_range(0..4)];
        let max_rows = max_rows.max(expected.len() / 50);
        let found = read(&events, &mut world, &query, limits, max_rows).await;
        let same = expected.iter().zip(&found).take_while(|(a, b)| a == b);
        let same = same.count();
        assert_eq!(
            (expected.len(), expected.get(same)),
            (found.len(), found.get(same)),
            "seed {seed}, row {same}: {query:?}"
        );
    }
}

#[tokio::test]
async fn a_stream_is_the_answer_of_one_moment() {
    let seeds = std::env::var("SEEDS")
        .ok()
        .and_then(|seeds| seeds.parse().ok());
    for seed in 0..seeds.unwrap_or(6) {
        check(seed).await;
    }
}
