//! The retention is raised after events were rolled up: what was written to be deleted is deleted, and all else is there.

use std::collections::BTreeSet;
use std::sync::Arc;

use activity_log_core::columns::Columns;
use activity_log_core::instant::{DAY, Instant, MINUTE};
use activity_log_core::page::PageRequest;
use activity_log_core::query::{Attribute, Filter, Query};
use activity_log_core::read::{CountRequest, Events, Range, Step, Stream};
use activity_log_core::reader::{EventCounter as _, EventReader as _};
use activity_log_core::rollup::Task;
use activity_log_core::rollup::merge::{FAN, Merged, merge};
use activity_log_core::slot::Slot;
use activity_log_store::memory::MemoryItems;

use crate::port::block_on;
use crate::stage::{Sent, Stage, account};
use crate::steps::copy;
use crate::stored::head;

/// As it is raised.
const RAISED_DAYS: u32 = 90;

/// What readers find, told by every way of asking.
struct Reading {
    events: Events<MemoryItems>,
    now: Instant,
}

impl Reading {
    async fn of(stage: &Stage) -> Self {
        Self {
            events: Events::shared(Arc::new(copy(&stage.items).await), 0),
            now: stage.clock.now(),
        }
    }

    fn horizon(&self) -> Instant {
        self.now.plus_millis(-i64::from(RAISED_DAYS) * DAY)
    }

    async fn page(&self, query: &Query) -> BTreeSet<String> {
        let page = PageRequest {
            max_events: 1_000,
            max_bytes: usize::MAX,
            after: None,
            horizon: self.horizon(),
            now: self.now,
            deadline: None,
        };
        let found = self.events.find(account(), query, &page).await.unwrap();
        let ids = found.events.into_iter().map(|one| one.position.id);
        ids.collect()
    }

    async fn streamed(&self, query: &Query) -> BTreeSet<String> {
        let range = Range {
            after: None,
            horizon: self.horizon(),
            now: self.now,
        };
        let mut stream = Stream::new(&self.events, account(), query, range);
        let mut ids = BTreeSet::new();
        loop {
            match stream.next().await.unwrap() {
                Step::End => return ids,
                Step::Reached(_) => {}
                Step::Batch(batch) => ids.extend(batch.rows().iter().map(|at| {
                    let columns = Columns::decode(batch.parts()[at.part].columns()).unwrap();
                    columns.id(at.row).into_owned()
                })),
            }
        }
    }

    /// Counts by the day, by the hour's index; by frames, as minutes cut hours; and by columns.
    async fn counted(&self, query: &Query) -> Vec<u64> {
        let day = self.now.day() + 1;
        let ways = [
            (DAY, 100, false),
            (7 * MINUTE, 100, false),
            (DAY, 100, true),
        ];
        let mut counted = Vec::new();
        for (width_ms, buckets, has_top) in ways {
            let mut sum = 0;
            let mut before = day * DAY;
            // As many requests as it takes to go as far back.
            while before > (day - 60) * DAY {
                let start = before - width_ms * i64::try_from(buckets).unwrap();
                let request = CountRequest {
                    start: Instant::from_millis(start),
                    width_ms,
                    buckets,
                    top: has_top.then_some((Attribute::EventName, 3)),
                    before: None,
                    horizon: self.horizon(),
                    now: self.now,
                    deadline: None,
                };
                let counts = self.events.counts(account(), query, &request).await;
                let counts = counts.unwrap();
                assert_eq!(counts.next, None);
                sum += counts.buckets.iter().map(|one| one.events).sum::<u64>();
                before = start;
            }
            counted.push(sum);
        }
        counted
    }

    /// All ways of asking tell the same.
    async fn check(&self, sent: &[Sent]) {
        let by_name = Query {
            filters: vec![Filter::is(Attribute::EventSource, "s3.amazonaws.com")],
            ..Query::default()
        };
        let expected: BTreeSet<String> = sent.iter().map(Sent::id).collect();
        for query in [Query::default(), by_name] {
            assert_eq!(self.page(&query).await, expected);
            assert_eq!(self.streamed(&query).await, expected);
            let count = expected.len() as u64;
            assert_eq!(self.counted(&query).await, [count; 3], "{query:?}");
        }
    }

    async fn has(&self, sent: &Sent) -> bool {
        let by_id = Query {
            filters: vec![Filter::is(Attribute::EventId, sent.id())],
            ..Query::default()
        };
        let found = self.page(&by_id).await;
        assert_eq!(self.streamed(&by_id).await, found);
        !found.is_empty()
    }
}

/// Every event once, in the order in which it came.
fn sent(stage: &Stage) -> Vec<Sent> {
    let mut sent: Vec<Sent> = Vec::new();
    for came in &stage.came {
        if !sent.iter().any(|one| one.number == came.sent.number) {
            sent.push(came.sent);
        }
    }
    sent
}

async fn roll_late(stage: &mut Stage, number: u32) -> (Sent, Option<Slot>) {
    let mut late = stage.event(number);
    late.time = late.time.plus_millis(-29 * DAY);
    stage.arrive(&[late]).await;
    stage.clock.seal();
    (late, stage.roll().await.upto)
}

async fn merge_raised(stage: &Stage) -> Merged {
    let task = Task {
        account: account(),
        retention_days: RAISED_DAYS,
    };
    let now = || stage.clock.now();
    merge(&stage.items, task, &now).await.unwrap()
}

/// Events 29 days old: one in a block with others, and one in a block of its own. They expire in four days.
async fn stage() -> (Stage, [(Sent, Option<Slot>); 2]) {
    let mut stage = Stage::default();
    let first = roll_late(&mut stage, 1_000).await;
    stage.steps(10, u32::try_from(FAN).unwrap() - 1).await;
    assert_eq!(stage.merge().await, Merged::Blocks(FAN));
    let alone = roll_late(&mut stage, 2_000).await;
    (stage, [first, alone])
}

#[test]
fn what_has_expired_is_not_there_and_the_rest_is() {
    block_on(async {
        let (stage, late) = stage().await;
        let mut all = sent(&stage);
        stage.clock.pass(4 * DAY - 10 * MINUTE);
        Reading::of(&stage).await.check(&all).await;
        // It is over at its time, whether the store has deleted it by then or not.
        stage.clock.pass(20 * MINUTE);
        let is_late = |one: &Sent| late.iter().any(|(late, _)| late == one);
        all.retain(|one| !is_late(one));
        for deletes in [false, true] {
            if deletes {
                stage.items.expire(stage.clock.now());
            }
            let reading = Reading::of(&stage).await;
            reading.check(&all).await;
            assert!(!reading.has(&late[0].0).await && !reading.has(&late[1].0).await);
            assert!(reading.has(&all[0]).await);
        }
    });
}

#[test]
fn what_has_expired_may_come_again() {
    block_on(async {
        let (mut stage, late) = stage().await;
        stage.clock.pass(5 * DAY);
        stage.items.expire(stage.clock.now());
        let all = sent(&stage);
        stage.arrive(&late.map(|(late, _)| late)).await;
        stage.clock.seal();
        Reading::of(&stage).await.check(&all).await;
        stage.roll().await;
        Reading::of(&stage).await.check(&all).await;
    });
}

#[test]
fn merges_leave_out_what_has_expired() {
    block_on(async {
        let (mut stage, late) = stage().await;
        stage.steps(100, 1).await;
        let mut all = sent(&stage);
        all.retain(|one| !late.iter().any(|(late, _)| late == one));
        stage.clock.pass(5 * DAY);
        stage.items.expire(stage.clock.now());
        // The block that has nothing else is taken off, and what is left of the other becomes one with the last.
        assert_eq!(merge_raised(&stage).await, Merged::Expired(1));
        let told = head(&stage.items).await.expired;
        assert_eq!(told, late[1].1, "whoever counts knows");
        Reading::of(&stage).await.check(&all).await;
        assert_eq!(merge_raised(&stage).await, Merged::Blocks(2));
        let merged = head(&stage.items).await;
        assert_eq!((merged.blocks.len(), merged.expired), (1, late[1].1));
        assert_eq!(merged.blocks[0].rows as usize, all.len());
        Reading::of(&stage).await.check(&all).await;
        assert_eq!(merge_raised(&stage).await, Merged::Nothing);
        // All that is left goes with the retention it was written under.
        stage.clock.pass(27 * DAY);
        Reading::of(&stage).await.check(&all).await;
        stage.clock.pass(2 * DAY);
        stage.items.expire(stage.clock.now());
        Reading::of(&stage).await.check(&[]).await;
        assert_eq!(merge_raised(&stage).await, Merged::Expired(1));
    });
}
