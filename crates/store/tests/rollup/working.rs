//! A worker: what it is due to do, what it tells, and what it leaves to the next where it dies.

use std::sync::Mutex;

use activity_log_core::account::AccountId;
use activity_log_core::head::{MOST_TOLD, Untold};
use activity_log_core::instant::{DAY, Instant, MINUTE, SECOND};
use activity_log_core::items::{ItemReader, ItemWriter};
use activity_log_core::rollup::RollupError;
use activity_log_core::rollup::claim::Claim;
use activity_log_core::rollup::roll::Limits;
use activity_log_core::rollup::work::{DUE_AGE_MS, Watch, Worked, Worker, due_since};
use activity_log_core::slot::Slot;
use activity_log_store::memory::MemoryItems;

use crate::port::{Death, Port, block_on};
use crate::stage::{Sent, Stage, account, task};
use crate::steps::copy;
use crate::stored::{check, head};

const DEATHS: [Death; 3] = [Death::Before, Death::After, Death::Half];

/// Who listens to what is left out: of each watermark, what was told of it last.
#[derive(Default)]
pub struct Log {
    told: Mutex<Vec<Untold>>,
    is_deaf: bool,
}

impl Log {
    fn tell(&self, owner: AccountId, untold: &Untold) -> bool {
        assert_eq!(owner, account());
        if self.is_deaf {
            return false;
        }
        let mut told = self.told.lock().unwrap();
        // Told again it is the same event.
        match told.iter().find(|known| known.upto == untold.upto) {
            Some(known) => assert_eq!(known, untold),
            None => told.push(untold.clone()),
        }
        true
    }

    fn count(&self) -> u64 {
        let told = self.told.lock().unwrap();
        told.iter().map(|untold| untold.count).sum()
    }
}

/// A worker at this time, who has enough of it.
pub async fn work<S: ItemReader + ItemWriter>(
    store: &S,
    watch: &mut Watch,
    now: Instant,
    log: &Log,
) -> (Worked, Result<(), RollupError>) {
    let mut counted = Worked::default();
    let worker = Worker {
        store,
        task: task(),
        limits: Limits::default(),
        tell: &|owner, untold: &Untold| log.tell(owner, untold),
        clock: &|| now,
    };
    let done = worker.work(watch, &mut counted).await;
    (counted, done)
}

async fn due(port: &Port<'_>, watch: &mut Watch, now: Instant) -> Option<Instant> {
    due_since(port, account(), watch, now).await.unwrap()
}

#[test]
fn it_is_due_by_age_and_not_looked_at_before() {
    block_on(async {
        let mut stage = Stage::default();
        let mut watch = Watch::default();
        let event = stage.event(1);
        stage.arrive(&[event]).await;
        let slot = Slot::of(stage.clock.now());
        stage.clock.seal();
        let port = Port::new(&stage.items);
        assert_eq!(due(&port, &mut watch, stage.clock.now()).await, None);
        let calls = port.calls();
        stage.clock.pass(MINUTE);
        assert_eq!(due(&port, &mut watch, stage.clock.now()).await, None);
        assert_eq!(port.calls(), calls, "nothing can be due yet");
        stage.clock.pass(DAY - 3 * MINUTE);
        assert_eq!(due(&port, &mut watch, stage.clock.now()).await, None);
        stage.clock.pass(3 * MINUTE);
        let since = Some(slot.end().plus_millis(DUE_AGE_MS));
        assert_eq!(due(&port, &mut watch, stage.clock.now()).await, since);
        let now = stage.clock.now();
        let (worked, done) = work(&port, &mut watch, now, &Log::default()).await;
        done.unwrap();
        assert_eq!(worked.steps.len(), 1);
        assert_eq!(due(&port, &mut watch, now).await, None);
        stage.check().await;
    });
}

#[test]
fn it_is_due_since_the_slot_was_sealed_with_which_it_was_enough() {
    block_on(async {
        let mut stage = Stage::default();
        let mut enough = None;
        for batch in 0..6 {
            let batch: Vec<Sent> = (0..1_000)
                .map(|at| stage.event(batch * 1_000 + at))
                .collect();
            stage.arrive(&batch).await;
            enough =
                enough.or(Some(Slot::of(stage.clock.now())).filter(|_| batch[0].number == 4_000));
            stage.clock.pass(10 * SECOND);
        }
        stage.clock.pass(20 * MINUTE);
        let since = enough.map(Slot::sealed);
        let port = Port::new(&stage.items);
        let now = stage.clock.now();
        let mut watch = Watch::default();
        assert_eq!(due(&port, &mut watch, now).await, since);
        // Somebody else rolls it up: it is not due any more.
        let mut other = Watch::default();
        let (worked, done) = work(&port, &mut other, now, &Log::default()).await;
        done.unwrap();
        assert_eq!(worked.steps.len(), 1);
        let later = now.plus_millis(5 * SECOND);
        assert_eq!(due(&port, &mut watch, later).await, None);
        let head = head(&stage.items).await;
        assert_eq!((head.totals.kept, head.blocks[0].rows), (6_000, 6_000));
    });
}

#[test]
fn a_claim_is_one_workers_until_it_ends_or_is_let_go() {
    block_on(async {
        let items = MemoryItems::default();
        let now = Stage::default().clock.now();
        let take = async |now| Claim::take(&items, account(), now, MINUTE).await.unwrap();
        let mut first = take(now).await.unwrap();
        assert!(take(now.plus_millis(MINUTE - 1)).await.is_none());
        assert!(
            first
                .renew(&items, now.plus_millis(SECOND), MINUTE)
                .await
                .unwrap()
        );
        assert!(take(now.plus_millis(MINUTE)).await.is_none(), "renewed");
        let later = now.plus_millis(2 * MINUTE);
        let mut second = take(later).await.unwrap();
        assert!(!first.renew(&items, later, MINUTE).await.unwrap(), "lost");
        assert!(second.renew(&items, later, MINUTE).await.unwrap());
        second.release(&items, later).await.unwrap();
        assert!(take(later).await.is_some());
    });
}

/// A store with something rolled up, and something to roll up, with conflicts.
async fn prepared() -> Stage {
    let mut stage = Stage::default();
    stage.busy_minute(0).await;
    stage.clock.seal();
    stage.roll().await;
    stage.busy_minute(200).await;
    stage.clock.pass(DAY + MINUTE);
    stage
}

#[test]
fn a_worker_that_dies_at_any_call_is_followed_by_another_who_tells_what_is_untold() {
    block_on(async {
        let stage = prepared().await;
        for death in DEATHS {
            let mut died = 0;
            loop {
                let items = copy(&stage.items).await;
                let port = Port::dying(&items, died, death);
                let log = Log::default();
                let now = stage.clock.now();
                let (_, first) = work(&port, &mut Watch::default(), now, &log).await;
                let mut watch = Watch::default();
                let later = now.plus_millis(MINUTE);
                let left = head(&items).await.untold;
                let since = due_since(&items, account(), &mut watch, later).await;
                assert!(left.is_empty() || since.unwrap().is_some());
                let (worked, again) = work(&items, &mut watch, later, &log).await;
                again.unwrap();
                check(&items, &stage.came).await.unwrap();
                let head = head(&items).await;
                assert_eq!((worked.untold, head.untold.len()), (0, 0));
                assert!(head.totals.conflicts > 6);
                assert_eq!(log.count(), head.totals.conflicts);
                if first.is_ok() {
                    break;
                }
                died += 1;
            }
            assert!(died > 12);
        }
    });
}

#[test]
fn what_nobody_hears_is_kept_within_bounds_and_keeps_no_roll_up_back() {
    block_on(async {
        let mut stage = Stage::default();
        let deaf = Log {
            is_deaf: true,
            ..Log::default()
        };
        for step in 0..12 {
            stage.busy_minute(step * 200).await;
            stage.clock.pass(DAY + MINUTE);
            let now = stage.clock.now();
            let (worked, done) = work(&stage.items, &mut Watch::default(), now, &deaf).await;
            done.unwrap();
            assert_eq!(worked.steps.len(), 1);
            assert!(worked.untold > 0);
        }
        let before = head(&stage.items).await;
        assert_eq!(before.untold.len(), 8);
        assert!(before.untold.iter().all(|one| one.first.len() <= MOST_TOLD));
        let log = Log::default();
        let now = stage.clock.now();
        let (worked, done) = work(&stage.items, &mut Watch::default(), now, &log).await;
        done.unwrap();
        assert_eq!(worked.untold, 0);
        assert_eq!(log.count(), before.totals.conflicts);
        assert!(head(&stage.items).await.untold.is_empty());
    });
}
