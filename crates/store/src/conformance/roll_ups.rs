//! What is read whenever it is rolled up.

use std::future::Future;

use activity_log_core::account::AccountId;
use activity_log_core::instant::{DAY, Instant};
use activity_log_core::query::{Attribute, Query};

use super::items::Items;
use super::rolled::{Most, Rolled, Wanted};
use super::sample::{
    NOW, Sample, account, expected, ids, page, query, read, send, send_at, spread,
};

/// Reads everything by pages of these sizes, and each sample by its id.
async fn check<I: Items>(store: &Rolled<I>, account: AccountId, samples: &[Sample]) {
    for size in [1, 7, 1_000] {
        let found = read(store, account, &Query::default(), size).await;
        assert_eq!(ids(&found), expected(samples), "pages of {size}");
    }
    for sample in samples.iter().step_by(5) {
        let by_id = query(&[(Attribute::EventId, &sample.id())]);
        let found = read(store, account, &by_id, 10).await;
        assert_eq!(ids(&found), [sample.id()]);
    }
}

/// Events older than what is rolled up already, before and after they are rolled up themselves.
pub async fn late_events_after_a_roll_up<I: Items>(store: &Rolled<I>) {
    let (account, samples) = (account(), spread(60));
    let (late, first): (Vec<Sample>, Vec<Sample>) = samples
        .iter()
        .cloned()
        .partition(|sample| sample.number % 4 == 0);
    send(store, account, &first).await;
    store.roll_up(account).await;
    check(store, account, &first).await;
    send(store, account, &late[..5]).await;
    send(store, account, &late[5..]).await;
    check(store, account, &samples).await;
    store.roll_up(account).await;
    check(store, account, &samples).await;
}

/// Copies of one event in one slot, in several, in one roll-up, before and after one: it is read once at every moment, and
/// all are counted.
pub async fn copies_across_roll_ups<I: Items>(store: &Rolled<I>) {
    let (account, samples) = (account(), spread(30));
    send(store, account, &samples[..20]).await;
    send(store, account, &samples[5..15]).await;
    check(store, account, &samples[..20]).await;
    store.roll_up(account).await;
    check(store, account, &samples[..20]).await;
    send(store, account, &samples[10..]).await;
    send(store, account, &samples[12..14]).await;
    check(store, account, &samples).await;
    // Another text under the id and time of an event that is there.
    let forged = Sample {
        name: "DeleteTrail",
        ..samples[3].clone()
    };
    send_at(store, account, std::slice::from_ref(&forged), NOW).await;
    check(store, account, &samples).await;
    store.roll_up(account).await;
    check(store, account, &samples).await;
    let found = read(store, account, &Query::default(), 100).await;
    assert!(found.iter().all(|event| event.name != "DeleteTrail"));
    let totals = store.head(account).await.totals;
    assert_eq!((totals.kept, totals.copies, totals.conflicts), (30, 22, 1));
}

/// Arrivals expire under a run that stays. `expire` deletes what has expired by then.
pub async fn arrivals_expire_under_their_run<I: Items, F: Future<Output = ()>>(
    store: &Rolled<I>,
    expire: impl Fn(Instant) -> F,
) {
    let (account, samples) = (account(), spread(40));
    for batch in samples.chunks(11) {
        send(store, account, batch).await;
    }
    store.roll_up(account).await;
    expire(NOW.plus_millis(15 * DAY)).await;
    check(store, account, &samples).await;
    let wanted = Wanted {
        after: None,
        max_rows: 7,
        batches: usize::MAX,
    };
    let all = store
        .stream(Most::ALL, account, &Query::default(), wanted)
        .await;
    assert_eq!(all.rows.len(), samples.len());
}

/// A client that pages while it is rolled up between its pages, and again and again.
pub async fn paging_while_it_is_rolled_up<I: Items>(store: &Rolled<I>) {
    let (account, samples) = (account(), spread(120));
    let mut batches = samples.chunks(6);
    for batch in batches.by_ref().take(14) {
        send(store, account, batch).await;
    }
    let there = &samples[..14 * 6];
    let queries = [
        query(&[]),
        query(&[(Attribute::EventName, "GetUser")]),
        query(&[
            (Attribute::ReadOnly, "true"),
            (Attribute::Username, "user-2"),
        ]),
    ];
    for query in &queries {
        let whole = ids(&read(store, account, query, 1_000).await);
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let found = store.find(Most::ALL, account, query, &page(3, after)).await;
            seen.extend(ids(&found.events));
            after = found.next;
            if after.is_none() {
                break;
            }
            store.roll_up(account).await;
            if let Some(batch) = batches.next() {
                send(store, account, batch).await;
            }
        }
        let known: Vec<String> = expected(there);
        let of_then = |id: &String| known.contains(id);
        let seen: Vec<String> = seen.into_iter().filter(of_then).collect();
        let whole: Vec<String> = whole.into_iter().filter(of_then).collect();
        assert_eq!(seen, whole, "{query:?}");
    }
}
