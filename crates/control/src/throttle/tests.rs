use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures::future::join_all;
use proptest::prelude::*;
use tokio::sync::Notify;

use super::*;
use crate::memory::InMemory;
use crate::model::limits::{Limit, Limits};
use crate::vault::Sealed;

const NOON: i64 = 1_795_176_000;

fn now() -> Instant {
    Instant::from_seconds(NOON)
}

fn account(number: usize, limit: u32) -> Account {
    let mut limits = Limits::default();
    limits.change(Limit::LookupRate, Some(limit));
    Account {
        id: format!("{number:012}").parse().unwrap(),
        name: "Test".parse().unwrap(),
        created: now(),
        retention_override_days: None,
        limits,
        subscription: activity_log_core::subscription::Subscription::since(now()),
        cursor_key: Sealed::new(Vec::new()),
    }
}

/// A table that counts its writes, and fails or hangs for one account when told to.
#[derive(Default)]
struct Table {
    counters: InMemory,
    writes: AtomicUsize,
    is_down: AtomicBool,
    hangs: Option<(AccountId, Notify)>,
}

impl Rates for Arc<Table> {
    async fn spend(
        &self,
        account: AccountId,
        rate: Rate,
        second: i64,
        permits: u32,
    ) -> Result<u64, StoreError> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        match &self.hangs {
            Some((of, until)) if *of == account => until.notified().await,
            _ => tokio::task::yield_now().await,
        }
        if self.is_down.load(Ordering::Relaxed) {
            return Err(StoreError::Exists {
                item: "down".to_owned(),
            });
        }
        self.counters.spend(account, rate, second, permits).await
    }
}

impl Throttle<Arc<Table>> {
    fn is_in(&self, account: &Account, now: Instant) -> bool {
        let admitted = futures::executor::block_on(self.admit(account, Rate::Lookup, now));
        assert!(!matches!(admitted, Admitted::Unknown(_)), "{admitted:?}");
        admitted.is_in()
    }
}

#[test]
fn one_instance_lets_in_the_limit_and_writes_little() {
    // A lease each of 1, 2, 4 … and then of a tenth of the limit.
    for (limit, asked, let_in, writes) in [
        (1, 5, 1, 1),
        (7, 100, 7, 7),
        (100, 3, 3, 2),
        (100, 1_000, 100, 13),
        (100, 100, 100, 13),
        (10_000, 1_023, 1_023, 10),
        (10_000, 20_000, 10_000, 19),
    ] {
        let table = Arc::new(Table::default());
        let throttle = Throttle::new(Arc::clone(&table));
        let account = account(1, limit);
        let admitted = (0..asked)
            .filter(|_| throttle.is_in(&account, now()))
            .count();
        let written = table.writes.load(Ordering::Relaxed);
        assert_eq!((admitted, written), (let_in, writes), "{limit}, {asked}");
    }
}

#[test]
fn the_next_second_is_another() {
    let throttle = Throttle::new(Arc::new(Table::default()));
    let account = account(1, 3);
    for (millis, is_in) in [
        (0, true),
        (500, true),
        (998, true),
        (999, false),
        (1_000, true),
        // A clock that goes back gets nothing twice, and takes nothing from those that do not.
        (999, false),
        (1_001, true),
        (1_001, true),
        (1_002, false),
        (60_000, true),
    ] {
        let at = now().plus_millis(millis);
        assert_eq!(throttle.is_in(&account, at), is_in, "{millis}");
    }
}

#[test]
fn rates_and_accounts_are_counted_apart() {
    let throttle = Throttle::new(Arc::new(Table::default()));
    let (one, other) = (account(1, 1), account(2, 1));
    assert!(throttle.is_in(&one, now()));
    assert!(!throttle.is_in(&one, now()));
    assert!(throttle.is_in(&other, now()));
    let events = throttle.admit(&one, Rate::Ingest, now());
    assert!(futures::executor::block_on(events).is_in());
}

#[tokio::test]
async fn of_many_at_once_the_limit_is_let_in() {
    let table = Arc::new(Table::default());
    let throttle = Throttle::new(Arc::clone(&table));
    let account = account(1, 50);
    let all = (0..200).map(|_| throttle.admit(&account, Rate::Lookup, now()));
    let all = join_all(all).await;
    assert_eq!(all.iter().filter(|admitted| admitted.is_in()).count(), 50);
}

#[tokio::test]
async fn who_waits_for_the_table_keeps_no_other_account_waiting() {
    let (slow, other) = (account(1, 5), account(2, 5));
    let hangs = Some((slow.id, Notify::new()));
    let table = Arc::new(Table {
        hangs,
        ..Table::default()
    });
    let throttle = Throttle::new(Arc::clone(&table));
    let waiting = throttle.admit(&slow, Rate::Lookup, now());
    tokio::pin!(waiting);
    assert!(futures::poll!(&mut waiting).is_pending());
    let admitted = throttle.admit(&other, Rate::Lookup, now()).await;
    assert!(matches!(admitted, Admitted::Yes));
    assert!(futures::poll!(&mut waiting).is_pending());
    if let Some((_, until)) = &table.hangs {
        until.notify_one();
    }
    assert!(matches!(waiting.await, Admitted::Yes));
}

#[tokio::test]
async fn while_the_table_does_not_answer_all_are_let_in_and_told() {
    let table = Arc::new(Table::default());
    let throttle = Throttle::new(Arc::clone(&table));
    let account = account(1, 2);
    table.is_down.store(true, Ordering::Relaxed);
    for _ in 0..5 {
        let admitted = throttle.admit(&account, Rate::Lookup, now()).await;
        assert!(matches!(admitted, Admitted::Unknown(_)) && admitted.is_in());
    }
    table.is_down.store(false, Ordering::Relaxed);
    let mut again = Vec::new();
    for _ in 0..3 {
        let admitted = throttle.admit(&account, Rate::Lookup, now()).await;
        again.push(admitted.is_in());
    }
    assert_eq!(again, [true, true, false]);
}

#[test]
fn what_is_remembered_is_bounded_and_of_this_second() {
    let table = Arc::new(Table::default());
    let throttle = Throttle::new(Arc::clone(&table));
    let remembered = || throttle.leases.lock().unwrap().by_rate.len();
    for _ in 0..3 {
        for number in 0..MOST_LEASES + 50 {
            // Those who are not remembered are counted all the same.
            let _ = throttle.is_in(&account(number, 2), now());
        }
    }
    assert_eq!(remembered(), MOST_LEASES);
    for number in 0..MOST_LEASES + 50 {
        assert!(!throttle.is_in(&account(number, 2), now()), "{number}");
    }
    assert!(throttle.is_in(&account(1, 2), now().plus_millis(1_000)));
    assert_eq!(remembered(), 1);
}

/// Which instance is asked, for which account, how many milliseconds after the one before.
type Request = (usize, usize, i64);

proptest! {
    #[test]
    fn any_number_of_instances_keep_to_the_limit(
        limits in prop::collection::vec(1..60_u32, 1..4),
        instances in 1..12_usize,
        requests in prop::collection::vec((0..12_usize, 0..4_usize, -3..25_i64), 0..600),
    ) {
        let table = Arc::new(Table::default());
        let instances: Vec<_> = (0..instances).map(|_| Throttle::new(Arc::clone(&table))).collect();
        let (mut asked, mut let_in) = (HashMap::new(), HashMap::new());
        let mut at = now();
        for &(instance, whose, millis) in &requests as &[Request] {
            at = at.plus_millis(millis);
            let account = account(whose % limits.len(), limits[whose % limits.len()]);
            let place = (account.id, at.seconds());
            *asked.entry(place).or_insert(0_u32) += 1;
            if instances[instance % instances.len()].is_in(&account, at) {
                *let_in.entry(place).or_insert(0_u32) += 1;
            }
        }
        for ((account, second), asked) in asked {
            let number: usize = account.as_str().parse().unwrap();
            let limit = limits[number];
            let let_in = let_in.get(&(account, second)).copied().unwrap_or_default();
            prop_assert!(let_in <= limit.min(asked), "{let_in} of {asked} in {second}, limit {limit}");
            // What an instance can hold back is a lease of a tenth.
            let held_back = u32::try_from(instances.len()).unwrap() * (limit / LEASES_A_SECOND).max(1);
            prop_assert!(let_in + held_back >= limit.min(asked), "{let_in} of {asked}, limit {limit}");
        }
    }

    #[test]
    fn one_instance_lets_in_all_there_is(
        limit in 1..300_u32,
        seconds in prop::collection::vec(0..400_u32, 1..5),
    ) {
        let throttle = Throttle::new(Arc::new(Table::default()));
        let account = account(1, limit);
        let mut at = now();
        for asked in seconds {
            let let_in = (0..asked).filter(|_| throttle.is_in(&account, at)).count();
            prop_assert_eq!(u32::try_from(let_in).unwrap(), asked.min(limit));
            at = at.plus_millis(1_000);
        }
    }
}
