//! What must never be seen.

use activity_log_core::instant::DAY;
use activity_log_core::query::{Attribute, Query};

use super::items::Items;
use super::rolled::Rolled;
use super::sample::{
    NOW, RETENTION_DAYS, Sample, account, expected, ids, query, read, send, send_at, spread,
};

/// The same events in two accounts are two sets of events.
pub async fn two_accounts_never_see_each_other<I: Items>(store: &Rolled<I>) {
    let (one, other, third) = (account(), account(), account());
    let samples = spread(40);
    send(store, one, &samples[..30]).await;
    send(store, other, &samples[20..]).await;
    for (account, samples) in [
        (one, &samples[..30]),
        (other, &samples[20..]),
        (third, &[][..]),
    ] {
        assert_eq!(
            ids(&read(store, account, &Query::default(), 9).await),
            expected(samples)
        );
        for id in (0..40).map(|number| Sample::new(0, number).id()) {
            let found = read(store, account, &query(&[(Attribute::EventId, &id)]), 9).await;
            assert_eq!(
                found.len(),
                samples.iter().filter(|one| one.id() == id).count()
            );
        }
        let named = query(&[(Attribute::EventName, "GetUser")]);
        let expected_named: Vec<Sample> = samples
            .iter()
            .filter(|one| one.name == "GetUser")
            .cloned()
            .collect();
        assert_eq!(
            ids(&read(store, account, &named, 9).await),
            expected(&expected_named)
        );
    }
}

/// DynamoDB deletes expired items within days: until then they are there, and must not be returned,
/// not even from a frame that also holds events still alive.
pub async fn expired_events_are_not_returned<I: Items>(store: &Rolled<I>) {
    let account = account();
    let edge = i64::from(RETENTION_DAYS) * DAY / 1_000;
    // Around the horizon, within one minute of event time.
    let samples: Vec<Sample> = (0..40)
        .map(|number| Sample::new(edge - 20 + i64::from(number), number))
        .collect();
    let earlier = NOW.plus_millis(-DAY);
    send_at(store, account, &samples, earlier).await;
    let alive: Vec<Sample> = samples
        .iter()
        .filter(|one| one.before <= edge)
        .cloned()
        .collect();
    assert_eq!(alive.len(), 21);
    assert_eq!(
        ids(&read(store, account, &Query::default(), 4).await),
        expected(&alive)
    );
    for name in ["RunInstances", "GetUser"] {
        let found = read(store, account, &query(&[(Attribute::EventName, name)]), 4).await;
        let alive: Vec<Sample> = alive
            .iter()
            .filter(|one| one.name == name)
            .cloned()
            .collect();
        assert_eq!(ids(&found), expected(&alive));
    }
    let gone = query(&[(Attribute::EventId, &samples[39].id())]);
    assert_eq!(read(store, account, &gone, 4).await, []);
}
