//! What the tick makes of the outbox.

use std::sync::Arc;

use activity_log_control::{Outbox as _, OutboxEntry, OutboxKey, OutboxState};
use activity_log_core::instant::{MINUTE, SECOND};
use activity_log_core::origin::Origin;
use activity_log_lookup::tick::{self, Told};
use uuid::Uuid;

use crate::stage::Stage;

const ACCOUNT: &str = "111122223333";
/// A tick that finds nothing.
const NOTHING: Told = Told {
    ticks: 1,
    told_sessions: 0,
    told_changes: 0,
    forgotten_changes: 0,
    told_refusals: 0,
    untold_entries: 0,
    oldest_untold_seconds: 0,
};

async fn attempt(stage: &Stage, name: &str, origin: Origin) -> OutboxEntry {
    let entry = OutboxEntry {
        key: OutboxKey {
            attempted: stage.clock.at_server(),
            event_id: Uuid::now_v7(),
        },
        account: ACCOUNT.parse().unwrap(),
        origin,
        state: OutboxState::Attempted,
        record: format!("{name} attempted"),
    };
    stage.directory.put_attempt(&entry).await.unwrap();
    entry
}

async fn tick(stage: &Stage) -> Told {
    let clock = stage.clock.clone();
    let clock = Arc::new(move || clock.at_server());
    tick::tell(&stage.server.app, clock).await.unwrap()
}

fn told(stage: &Stage) -> Vec<String> {
    let records = stage.calls.take().into_iter();
    records.map(|(_, record)| record).collect()
}

#[tokio::test]
async fn an_end_is_told_at_once_and_an_attempt_when_nobody_can_be_at_it_any_more() {
    let stage = Stage::new();
    stage.account(ACCOUNT).await;
    let cut_short = attempt(&stage, "one", Origin::Service).await;
    let done = attempt(&stage, "other", Origin::Operator).await;
    let ended = stage.directory.put_end(done.key, "other ended").await;
    assert!(ended.unwrap());
    assert_eq!(tick(&stage).await.told_changes, 1);
    assert_eq!(told(&stage), ["other ended"]);

    stage.clock.advance(2 * MINUTE);
    assert_eq!(tick(&stage).await, NOTHING);
    stage.clock.advance(1);
    assert_eq!(tick(&stage).await.told_changes, 1);
    assert_eq!(told(&stage), ["one attempted"]);
    assert_eq!(tick(&stage).await, NOTHING);
    let late = stage.directory.put_end(cut_short.key, "one ended").await;
    assert!(!late.unwrap(), "it is told already");
}

#[tokio::test]
async fn what_is_not_taken_waits_and_is_counted() {
    let stage = Stage::new();
    stage.account(ACCOUNT).await;
    for name in ["one", "other"] {
        attempt(&stage, name, Origin::Service).await;
        stage.clock.advance(SECOND);
    }
    stage.clock.advance(5 * MINUTE);
    stage.calls.fail(true);
    let failed = tick(&stage).await;
    let expected = Told {
        untold_entries: 2,
        oldest_untold_seconds: 302,
        ..NOTHING
    };
    assert_eq!(failed, expected);
    stage.calls.fail(false);
    assert_eq!(tick(&stage).await.told_changes, 2);
    // Shards are told side by side, in no order.
    let mut told = told(&stage);
    told.sort();
    assert_eq!(told, ["one attempted", "other attempted"]);
}

#[tokio::test]
async fn of_an_account_that_was_never_made_there_is_nothing_to_tell() {
    let stage = Stage::new();
    let entry = attempt(&stage, "CreateAccount", Origin::Operator).await;
    stage.clock.advance(3 * MINUTE);
    let expected = Told {
        forgotten_changes: 1,
        ..NOTHING
    };
    assert_eq!(tick(&stage).await, expected);
    assert_eq!(told(&stage), Vec::<String>::new());
    let ended = stage.directory.put_end(entry.key, "").await;
    assert!(!ended.unwrap(), "it is forgotten");
}
