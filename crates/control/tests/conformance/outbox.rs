//! The outbox.

use activity_log_control::{
    Due, Outbox, OutboxEntry, OutboxKey, OutboxShard, OutboxState, Position, new_account_id,
};
use activity_log_core::instant::Instant;
use activity_log_core::origin::Origin;
use uuid::Uuid;

use crate::now;

/// An event's id, of the shard of this digit.
fn id_in(digit: u8) -> Uuid {
    let mut bytes = *Uuid::now_v7().as_bytes();
    bytes[15] = bytes[15] & 0xf0 | digit;
    Uuid::from_bytes(bytes)
}

/// An attempt, so many milliseconds after the suite's now.
fn attempt(later: i64, origin: Origin) -> OutboxEntry {
    OutboxEntry {
        key: OutboxKey {
            attempted: now().plus_millis(later),
            event_id: Uuid::now_v7(),
        },
        account: new_account_id(),
        origin,
        state: OutboxState::Attempted,
        record: format!("{{\"a\":\"\\u0000 \u{7ff} {}\"}}", "x".repeat(250_000)),
    }
}

fn ended(entry: &OutboxEntry, record: &str) -> OutboxEntry {
    OutboxEntry {
        state: OutboxState::Ended,
        record: record.to_owned(),
        ..entry.clone()
    }
}

async fn due<O: Outbox>(outbox: &O, before: Instant) -> Vec<OutboxEntry> {
    let mut entries = Vec::new();
    for shard in OutboxShard::all() {
        let due = outbox.due(shard, before, None, 10).await.unwrap();
        assert!(due.unreadable.is_empty(), "{:?}", due.unreadable);
        assert_eq!(due.next, None);
        for entry in &due.entries {
            assert_eq!(entry.key.shard(), shard);
        }
        entries.extend(due.entries);
    }
    entries
}

pub async fn an_attempt_is_due_after_its_time_and_an_end_at_once<O: Outbox>(outbox: &O) {
    assert_eq!(due(outbox, now()).await, []);
    let entry = attempt(0, Origin::Service);
    for _ in 0..2 {
        outbox.put_attempt(&entry).await.unwrap();
        assert_eq!(due(outbox, now()).await, []);
        assert_eq!(
            due(outbox, now().plus_millis(1)).await,
            std::slice::from_ref(&entry)
        );
    }
    assert!(outbox.put_end(entry.key, "{}").await.unwrap());
    assert_eq!(due(outbox, now()).await, [ended(&entry, "{}")]);
    for _ in 0..2 {
        outbox.forget(entry.key).await.unwrap();
        assert_eq!(due(outbox, now().plus_millis(1)).await, []);
    }
}

pub async fn what_was_told_does_not_end_again<O: Outbox>(outbox: &O) {
    let (one, other) = (attempt(0, Origin::Service), attempt(0, Origin::Operator));
    for entry in [&one, &other] {
        outbox.put_attempt(entry).await.unwrap();
    }
    outbox.forget(one.key).await.unwrap();
    assert!(!outbox.put_end(one.key, "{}").await.unwrap());
    assert_eq!(due(outbox, now().plus_millis(1)).await, [other]);
}

pub async fn pages_follow_each_other_past_what_stays<O: Outbox>(outbox: &O) {
    let entries: Vec<_> = (0..5)
        .map(|at| {
            let mut entry = attempt(at, Origin::Operator);
            entry.key.event_id = id_in(7);
            entry
        })
        .collect();
    let shard = entries[0].key.shard();
    for entry in entries.iter().rev() {
        outbox.put_attempt(entry).await.unwrap();
    }
    assert!(outbox.put_end(entries[3].key, "{}").await.unwrap());
    let before = now().plus_millis(1);
    let (mut after, mut found): (Option<Position>, _) = (None, Vec::new());
    for _ in 0..5 {
        let page: Due<OutboxEntry> = outbox.due(shard, before, after.as_ref(), 2).await.unwrap();
        found.extend(page.entries);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(after, None);
    assert_eq!(found, [entries[0].clone(), ended(&entries[3], "{}")]);
}

pub async fn what_is_attempted_at_once_lies_in_all_shards<O: Outbox>(outbox: &O) {
    let entries: Vec<_> = (0..16)
        .map(|digit| {
            let mut entry = attempt(0, Origin::Service);
            entry.key.event_id = id_in(digit);
            entry
        })
        .collect();
    for entry in &entries {
        outbox.put_attempt(entry).await.unwrap();
    }
    for (shard, entry) in OutboxShard::all().zip(&entries) {
        let due = outbox.due(shard, now().plus_millis(1), None, 10).await;
        assert_eq!(due.unwrap().entries, std::slice::from_ref(entry));
    }
    assert_eq!(due(outbox, now().plus_millis(1)).await, entries);
}
