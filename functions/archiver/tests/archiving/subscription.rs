//! The subscription's edges: archived is what came in windows that it covers, each event once.

use std::collections::BTreeSet;

use activity_log_control::{Accounts as _, Registry as _, SubscriptionChange};
use activity_log_core::instant::{Instant, MINUTE};
use activity_log_core::subscription::Subscription;
use activity_log_core::window::Window;
use futures::FutureExt as _;
use serde_json::Value;

use crate::stage::{START, Stage, account, minutes, record};

const OFF: SubscriptionChange = SubscriptionChange::Deactivate;
const ON: SubscriptionChange = SubscriptionChange::Activate { until: None };

/// On, until that minute.
fn until(minute: i64) -> SubscriptionChange {
    let until = Some(minutes(minute));
    SubscriptionChange::Activate { until }
}

impl Stage {
    async fn subscribe(&self, change: SubscriptionChange) {
        let control = &self.app.ports.control;
        let now = self.app.now();
        let changed = control.change_subscription(account(), change, now).await;
        changed.unwrap();
    }

    async fn subscription(&self) -> Subscription {
        let account = self.app.ports.control.account(account()).await;
        account.unwrap().unwrap().subscription
    }
}

fn event(minute: i64) -> String {
    record(&id(minute), minutes(minute))
}

fn id(minute: i64) -> String {
    format!("e{minute:05}")
}

/// The ids of the events of these minutes whose windows are covered.
fn covered(subscription: &Subscription, minutes_: impl Iterator<Item = i64>) -> Vec<String> {
    minutes_
        .filter(|minute| subscription.covers(Window::of(minutes(*minute))))
        .map(id)
        .collect()
}

/// An event a minute, changes at their minutes, and the archiver with every `stride`th minute.
async fn live(stage: &Stage, length: i64, changes: &[(i64, SubscriptionChange)], stride: i64) {
    for minute in 0..length {
        stage.at(minutes(minute)).ingest(&[event(minute)]).await;
        for (_, change) in changes.iter().filter(|(at, _)| *at == minute) {
            // Half a minute later, so that no change is at the edge of a window.
            stage.at(minutes(minute).plus_millis(MINUTE / 2));
            stage.subscribe(*change).await;
        }
        if minute % stride == 0 {
            assert_eq!(stage.tick().await.lag_seconds, 0, "minute {minute}");
        }
    }
}

/// All digests tell of covered windows only, of each of them once, and a chain ends where the next window is not covered. It
/// may end, too, where that was covered only after the digest: then another begins there.
fn check_digests(digests: &[Value], subscription: &Subscription) {
    let mut seen = BTreeSet::new();
    for (at, digest) in digests.iter().enumerate() {
        let windows = digest["activityLog"]["windows"].as_array().unwrap();
        let mut last = None;
        for window in windows {
            let start = Instant::parse(window["start"].as_str().unwrap()).unwrap();
            let window = Window::of(start);
            assert!(subscription.covers(window), "{digest}");
            assert!(seen.insert(window), "twice in a digest: {digest}");
            last = Some(window);
        }
        let ends = digest["activityLog"]["chainEnds"].as_str();
        let follows = subscription.covers(last.unwrap().next());
        let has_end = ends == Some("subscriptionEnded");
        assert!(has_end || (follows && ends.is_none()), "{digest}");
        let previous = &digest["previousDigestS3Object"];
        let chained = &digest["activityLog"]["previousChain"]["key"];
        match at.checked_sub(1).map(|before| &digests[before]) {
            None => assert!(previous.is_null() && chained.is_null(), "{digest}"),
            Some(before) if before["activityLog"]["chainEnds"].is_null() => {
                assert_eq!(previous, &before["digestS3Object"]);
                assert_eq!(digest["digestStartTime"], before["digestEndTime"]);
            }
            Some(before) => {
                assert!(previous.is_null(), "{digest}");
                assert_eq!(chained, &before["digestS3Object"]);
            }
        }
    }
}

#[tokio::test]
async fn archived_is_what_came_in_covered_windows() {
    for (what, changes) in [
        (
            "off in the middle of a window, and on",
            &[(12, OFF), (43, ON)][..],
        ),
        ("off and on inside one window", &[(11, OFF), (13, ON)]),
        (
            "off and on at two windows beside each other",
            &[(13, OFF), (16, ON)],
        ),
        (
            "on and off inside one window",
            &[(3, OFF), (31, ON), (32, OFF), (71, ON)],
        ),
        ("an end that passes by itself", &[(2, until(33))]),
        (
            "an end at the edge of a window",
            &[(2, until(35)), (90, ON)],
        ),
        (
            "an end that is put off",
            &[(2, until(33)), (30, until(70)), (95, ON)],
        ),
        (
            "an end that is put off too late",
            &[(2, until(58)), (66, until(200))],
        ),
        ("off at the end of an hour", &[(59, OFF), (75, ON)]),
        (
            "again and again",
            &[
                (3, OFF),
                (9, ON),
                (14, OFF),
                (26, ON),
                (39, OFF),
                (55, ON),
                (56, OFF),
            ],
        ),
    ] {
        for stride in [1, 5, 17] {
            let stage = Stage::new().await;
            stage.trail("audit", |_| {}).await;
            live(&stage, 130, changes, stride).await;
            let done = stage.at(minutes(190)).tick().await;
            assert_eq!(done.lag_seconds, 0, "{what}");
            let subscription = stage.subscription().await;
            let buckets = &stage.app.ports.buckets;
            let expected = covered(&subscription, 0..130);
            assert!(
                expected.len() < 130
                    || what.contains("inside one window")
                    || what.contains("beside")
            );
            assert_eq!(
                buckets.ids("audit"),
                expected,
                "{what}, every {stride} minutes"
            );
            check_digests(&buckets.digests("audit"), &subscription);
        }
    }
}

#[tokio::test]
async fn off_for_many_hours_nothing_is_written_and_the_next_window_is_that_of_the_switch() {
    let stage = Stage::new().await;
    let trails = [
        stage.trail("audit", |_| {}).await,
        stage
            .trail("plain", |trail| trail.settings.validation = false)
            .await,
    ];
    stage.at(minutes(2)).ingest(&[event(2)]).await;
    stage.subscribe(OFF).await;
    for hour in 0..50 {
        let now = stage.at(minutes(hour * 60 + 7));
        now.ingest(&[event(hour * 60 + 7)]).await;
        assert_eq!(now.tick().await.lag_seconds, 0, "hour {hour}");
    }
    let buckets = &stage.app.ports.buckets;
    // An archive for each, and one digest, which ends its chain.
    assert_eq!(buckets.state().objects.len(), 3);
    let calls = buckets.state().calls;
    for trail in &trails {
        let read = stage.read(trail).await;
        assert!(read.logging.is_on(), "what the customer set stays");
        assert_eq!(read.delivery.archives.error, None);
    }
    // In the last minute of a window: all of the window counts.
    stage.at(minutes(3_001)).ingest(&[event(3_001)]).await;
    stage.at(minutes(3_004)).subscribe(ON).await;
    stage.at(minutes(3_060)).tick().await;
    stage.at(minutes(3_066)).tick().await;
    assert!(buckets.state().calls > calls);
    for bucket in ["audit", "plain"] {
        assert_eq!(buckets.ids(bucket), [id(2), id(3_001)]);
    }
    let digests = buckets.digests("audit");
    let windows = digests
        .iter()
        .map(|one| one["activityLog"]["windows"].as_array().unwrap().len());
    assert_eq!(windows.collect::<Vec<_>>(), [1, 12]);
    check_digests(&digests, &stage.subscription().await);
    assert!(buckets.digests("plain").is_empty());
}

#[tokio::test]
async fn what_came_before_the_end_is_delivered_however_late_also_while_it_is_off() {
    let stage = Stage::new().await;
    stage.trail("audit", |_| {}).await;
    let buckets = &stage.app.ports.buckets;
    let broken = |code: Option<&'static str>| {
        let mut told = buckets.state();
        told.broken.clear();
        told.broken
            .extend(code.map(|code| ("audit".to_owned(), code)));
    };
    broken(Some("AccessDenied"));
    for minute in 0..40 {
        stage.at(minutes(minute)).ingest(&[event(minute)]).await;
        if minute == 22 {
            stage.subscribe(OFF).await;
        }
        stage.tick().await;
    }
    assert!(buckets.ids("audit").is_empty());
    // It is behind with the first window, and that is told.
    assert_eq!(stage.at(minutes(600)).tick().await.lag_seconds, 595 * 60);
    broken(None);
    let done = stage.at(minutes(700)).tick().await;
    assert_eq!((done.windows_archived, done.lag_seconds), (5, 0));
    assert_eq!(buckets.ids("audit"), (0..25).map(id).collect::<Vec<_>>());
    let digests = buckets.digests("audit");
    assert_eq!(digests.len(), 1);
    check_digests(&digests, &stage.subscription().await);
}

#[tokio::test]
async fn one_trail_s_broken_bucket_is_caught_up_after_the_subscription_is_back() {
    let stage = Stage::new().await;
    for name in ["audit", "second"] {
        stage.trail(name, |_| {}).await;
    }
    let buckets = &stage.app.ports.buckets;
    buckets
        .state()
        .broken
        .insert("second".to_owned(), "NoSuchBucket");
    for minute in 0..150 {
        stage.at(minutes(minute)).ingest(&[event(minute)]).await;
        match minute {
            12 => stage.subscribe(OFF).await,
            81 => stage.subscribe(ON).await,
            _ => {}
        }
        stage.tick().await;
    }
    let subscription = stage.subscription().await;
    buckets.state().broken.clear();
    stage.at(minutes(200)).tick().await;
    let expected = covered(&subscription, 0..150);
    assert_eq!(expected.len(), 15 + 70);
    for bucket in ["audit", "second"] {
        assert_eq!(buckets.ids(bucket), expected, "{bucket}");
        check_digests(&buckets.digests(bucket), &subscription);
    }
}

#[tokio::test]
async fn a_subscription_that_ends_while_a_run_works_ends_there() {
    let stage = Stage::new().await;
    stage.trail("audit", |_| {}).await;
    for minute in [1, 6, 11, 16, 21] {
        stage.at(minutes(minute)).ingest(&[event(minute)]).await;
    }
    // The run begins when only the first window is sealed. While it uploads that, the subscription is switched off
    // in the third, and time goes on until all of them are sealed.
    let (control, clock) = (stage.app.ports.control.clone(), stage.clock());
    stage.app.ports.buckets.state().meanwhile = Some(Box::new(move || {
        let off = control.change_subscription(account(), OFF, minutes(12));
        off.now_or_never().unwrap().unwrap();
        *clock.lock().unwrap() = minutes(40);
    }));
    let now = stage.at(minutes(6));
    let end = now.app.now().plus_millis(60 * MINUTE);
    now.run("audit", end).await;
    let buckets = &stage.app.ports.buckets;
    assert_eq!(buckets.ids("audit"), [id(1), id(6), id(11)]);
    assert_eq!(stage.tick().await.windows_archived, 0);
    let digests = buckets.digests("audit");
    check_digests(&digests, &stage.subscription().await);
    assert_eq!(digests.len(), 1);
}

#[tokio::test]
async fn an_account_never_subscribed_has_nothing_archived() {
    let stage = Stage::new().await;
    stage.trail("audit", |_| {}).await;
    // In the millisecond in which it was made.
    stage.at(START).subscribe(OFF).await;
    stage.ingest(&[event(0)]).await;
    assert_eq!(stage.at(minutes(60)).tick().await.lag_seconds, 0);
    assert_eq!(stage.app.ports.buckets.state().calls, 0);
}
