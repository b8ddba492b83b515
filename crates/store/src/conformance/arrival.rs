//! Events that come late, twice, or while somebody reads.

use activity_log_core::ingest::Outcome;
use activity_log_core::query::{Attribute, Query};
use activity_log_core::window::WINDOW_MS;

use super::items::Items;
use super::rolled::{Most, Rolled};
use super::sample::{
    NOW, Sample, account, expected, ids, page, query, read, send, send_at, spread,
};

/// Batches in any order, with events older than those already there.
pub async fn late_and_out_of_order_events<I: Items>(store: &Rolled<I>) {
    let (account, samples) = (account(), spread(60));
    let mut shuffled = samples.clone();
    shuffled.sort_by_key(|sample| (sample.number * 7_919) % 61);
    for batch in shuffled.chunks(7) {
        send(store, account, batch).await;
    }
    assert_eq!(
        ids(&read(store, account, &Query::default(), 8).await),
        expected(&samples)
    );
}

/// Events that arrive between two pages disturb nothing: what was there at the first page comes
/// once, newer ones are not seen, older ones are.
pub async fn paging_while_events_arrive<I: Items>(store: &Rolled<I>) {
    let account = account();
    let there: Vec<Sample> = (0..60)
        .map(|number| Sample::new(100 + i64::from(number / 4), number))
        .collect();
    send(store, account, &there).await;
    let (mut seen, mut after, mut number) = (Vec::new(), None, 1_000);
    loop {
        let found = store
            .find(Most::ALL, account, &Query::default(), &page(7, after))
            .await;
        seen.extend(ids(&found.events));
        let arriving: Vec<Sample> = [0, 99, 105, 114, 130]
            .map(|before| {
                number += 1;
                Sample::new(before, number)
            })
            .to_vec();
        if number < 1_100 {
            send(store, account, &arriving).await;
        }
        match found.next {
            None => break,
            next => after = next,
        }
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), seen.len(), "an event came twice");
    let there = expected(&there);
    let seen: Vec<String> = seen.into_iter().filter(|id| there.contains(id)).collect();
    assert_eq!(seen, there);
}

/// The same batch a while later, in whatever order, is read once.
pub async fn the_same_batch_twice<I: Items>(store: &Rolled<I>) {
    let (account, mut samples) = (account(), spread(40));
    send(store, account, &samples).await;
    samples.reverse();
    send_at(store, account, &samples, NOW.plus_millis(WINDOW_MS)).await;
    assert_eq!(
        ids(&read(store, account, &Query::default(), 3).await),
        expected(&samples)
    );
}

/// An event that comes in two different batches, or twice in one, is read once.
pub async fn the_same_event_in_two_batches<I: Items>(store: &Rolled<I>) {
    let (account, samples) = (account(), spread(30));
    send(store, account, &samples[..20]).await;
    let mut second = samples[10..].to_vec();
    second.push(samples[29].clone());
    let outcomes = send_at(store, account, &second, NOW).await;
    let duplicates: Vec<bool> = outcomes
        .iter()
        .map(|one| *one == Outcome::Duplicate)
        .collect();
    // Only what stands twice in the batch is known.
    let is_known = |place: usize| place == 30;
    assert_eq!(duplicates, (10..31).map(is_known).collect::<Vec<_>>());
    for size in [1, 4, 100] {
        assert_eq!(
            ids(&read(store, account, &Query::default(), size).await),
            expected(&samples)
        );
    }
    let by_name = query(&[(Attribute::EventId, &samples[15].id())]);
    assert_eq!(read(store, account, &by_name, 10).await.len(), 1);
}
