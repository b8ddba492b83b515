//! Subscriptions.

use activity_log_control::{Account, Registry, RegistryError, SubscriptionChange, new_account_id};
use activity_log_core::instant::{DAY, Instant};
use activity_log_core::subscription::{State, Subscription};

use crate::{Directory, Subject, TrailStore, now};

const DEACTIVATE: SubscriptionChange = SubscriptionChange::Deactivate;

fn activate(until: Option<Instant>) -> SubscriptionChange {
    SubscriptionChange::Activate { until }
}

fn day(days: i64) -> Instant {
    now().plus_millis(days * DAY)
}

async fn read<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
    account: &Account,
) -> Account {
    let read = subject.directory.account(account.id).await;
    read.unwrap().unwrap()
}

pub async fn a_new_account_is_subscribed_without_an_end<
    D: Directory,
    R: Registry,
    T: TrailStore,
>(
    subject: &Subject<D, R, T>,
) {
    let account = subject.account().await;
    assert_eq!(account.subscription, Subscription::from_the_start());
    let read = read(subject, &account).await;
    assert_eq!(read.subscription, account.subscription);
    assert!(read.subscription_active(day(10_000)));
    // A clock that is behind the operator's.
    assert!(read.subscription_active(now().plus_millis(-3_600_000)));
}

pub async fn a_subscription_is_switched_and_reads_back<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let (account, other) = (subject.account().await, subject.account().await);
    let mut expected = Subscription::from_the_start();
    for (change, time) in [
        (activate(Some(day(30))), day(1)),
        (DEACTIVATE, day(2)),
        (DEACTIVATE, day(3)),
        (activate(Some(day(5))), day(4)),
        (activate(None), day(6)),
        (activate(None), day(7)),
    ] {
        let registry = &subject.registry;
        let changed = registry.change_subscription(account.id, change, time).await;
        let changed = changed.unwrap();
        match change {
            SubscriptionChange::Activate { until } => expected.activate(time, until).unwrap(),
            SubscriptionChange::Deactivate => expected.deactivate(time),
        }
        assert_eq!(changed.subscription, expected, "{change:?}");
        assert_eq!(read(subject, &account).await, changed);
    }
    assert_eq!(expected.periods().len(), 3);
    assert_eq!(read(subject, &other).await, other);
}

pub async fn what_cannot_be_is_refused_and_changes_nothing<
    D: Directory,
    R: Registry,
    T: TrailStore,
>(
    subject: &Subject<D, R, T>,
) {
    let account = subject.account().await;
    let registry = &subject.registry;
    let late = activate(Some(day(1)));
    let error = registry.change_subscription(account.id, late, day(1)).await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "a subscription ends later than now: 2026-11-21T12:00:00Z is not later than 2026-11-21T12:00:00Z"
    );
    assert_eq!(read(subject, &account).await, account);
    let nobody = new_account_id();
    for change in [activate(None), DEACTIVATE] {
        let error = registry.change_subscription(nobody, change, now()).await;
        let error = error.unwrap_err();
        assert!(
            matches!(error, RegistryError::UnknownAccount(id) if id == nobody),
            "{error}"
        );
    }
    assert_eq!(subject.directory.account(nobody).await.unwrap(), None);
}

pub async fn of_two_at_once_each_changes_what_the_other_left<
    D: Directory,
    R: Registry,
    T: TrailStore,
>(
    subject: &Subject<D, R, T>,
) {
    let account = subject.account().await.id;
    let change = |change, time| subject.registry.change_subscription(account, change, time);
    // First on an account without a subscription of its own, then on one with.
    for round in 0..3 {
        let (off, on) = (day(10 * round + 1), day(10 * round + 2));
        let until = Some(day(10 * round + 5));
        let (one, other) = tokio::join!(change(DEACTIVATE, off), change(activate(until), on));
        let (one, other) = (one.unwrap(), other.unwrap());
        let read = subject.directory.account(account).await.unwrap().unwrap();
        assert!(read == one || read == other, "the later one has it all");
        // Whichever came first: it is off between the two times only if it was switched off first.
        let state = read.subscription.state(on);
        let end = match state {
            State::Active { until } => until,
            state => {
                assert_eq!(state, State::Inactive { since: off }, "on came before off");
                None
            }
        };
        assert!(end.is_none() || end == until, "{end:?}");
        let back = change(activate(None), day(10 * round + 6)).await.unwrap();
        assert!(back.subscription_active(day(10 * round + 7)));
    }
}

pub async fn other_changes_of_the_account_stay<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    use activity_log_control::Limit;
    let account = subject.account().await.id;
    let registry = &subject.registry;
    let (limited, off) = tokio::join!(
        registry.set_limit(account, Limit::Trails, Some(7)),
        registry.change_subscription(account, DEACTIVATE, day(1)),
    );
    limited.unwrap();
    off.unwrap();
    let read = subject.directory.account(account).await.unwrap().unwrap();
    assert_eq!(read.limits.trails, Some(7));
    assert!(!read.subscription_active(day(1)));
}
