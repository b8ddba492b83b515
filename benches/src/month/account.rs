//! The account whose month it is: what comes is taken in, and rolled up when it is due.

use std::sync::Mutex;

use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::head::{Head, Totals, Untold};
use activity_log_core::ingest::{Incoming, Ordinals, arrive};
use activity_log_core::instant::{DAY, Instant, MINUTE, SECOND};
use activity_log_core::items::{Consistency, ItemReader as _, key};
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::rollup::Task;
use activity_log_core::rollup::claim::Claim;
use activity_log_core::rollup::roll::Limits;
use activity_log_core::rollup::work::{Watch, Worked, Worker};
use activity_log_core::slot::Slot;
use activity_log_store::memory::MemoryItems;

use super::events::{Batch, START};
use super::trail::Archiver;
use super::{Plan, World};
use crate::counting::{Bill, Counting};

/// Days events are kept.
pub const RETENTION_DAYS: u32 = 30;
/// When it is looked at, before midnight of the last day, in milliseconds.
const BEFORE_MIDNIGHT_MS: i64 = 23 * MINUTE;
/// How long a claim is held, in milliseconds.
const CLAIM_MS: i64 = 40 * SECOND;
/// From so many events a month it is looked every slot whether a roll-up is due, and not every minute.
const BUSY: u64 = 5_000_000;

/// An account after its month.
pub struct Account {
    /// which
    pub id: AccountId,
    /// what is stored
    pub items: Counting<MemoryItems>,
    /// the time now
    pub now: Instant,
    /// what was charged for all of it
    pub bill: Bill,
    /// how much of that was read only to see that no roll-up was due, in read units
    pub idle: f64,
    /// how much was read when events came, in read units
    pub arriving: f64,
    /// how much of it was for archives of a trail, if it has one
    pub archiving: Bill,
    /// events in those archives
    pub archived: u64,
    /// events that came, copies too
    pub events: u64,
    /// steps of the roll-up
    pub runs: usize,
    /// what became of the events that are rolled up
    pub totals: Totals,
    /// the number of an event in the middle
    pub some_event: u64,
}

impl Account {
    /// Lives through a plan.
    pub async fn live(world: &World, plan: &Plan) -> Self {
        Life::new(plan)
            .through(world, world.batches(plan), end(plan))
            .await
    }

    /// Lives through a plan with a trail, whose windows are archived within a minute of their being sealed.
    pub async fn with_trail(world: &World, plan: &Plan) -> Self {
        let mut life = Life::new(plan);
        life.archiver = Some(Archiver::new(life.id));
        life.through(world, world.batches(plan), end(plan)).await
    }

    /// Lives through a plan, which has a minute of many events so long before its end; gives its first millisecond too.
    pub async fn with_minute(
        world: &World,
        plan: &Plan,
        a_second: u32,
        minutes_ago: i64,
    ) -> (Self, Instant) {
        let end = end(plan);
        let start = end.plus_millis(-minutes_ago * MINUTE);
        let mut batches = world.batches(plan);
        batches.extend(world.minute(start, a_second, plan.batch));
        batches.sort_by_key(|batch| batch.arrival);
        (Life::new(plan).through(world, batches, end).await, start)
    }
}

fn end(plan: &Plan) -> Instant {
    START.plus_millis(i64::from(plan.days) * DAY - BEFORE_MIDNIGHT_MS)
}

/// An account while it lives.
struct Life {
    id: AccountId,
    items: Counting<MemoryItems>,
    encoder: Mutex<PackEncoder>,
    watch: Watch,
    /// how often it is looked whether a roll-up is due, in milliseconds
    tick_ms: i64,
    runs: usize,
    bill: Bill,
    idle: f64,
    arriving: f64,
    archiver: Option<Archiver>,
    /// whether something came since it was looked
    is_new: bool,
}

impl Life {
    fn new(plan: &Plan) -> Self {
        let is_busy = plan.a_month >= BUSY;
        Self {
            id: "111122223333".parse().expect("an account"),
            items: Counting::new(MemoryItems::default()),
            encoder: Mutex::new(PackEncoder::new().expect("an encoder")),
            watch: Watch::default(),
            tick_ms: if is_busy { 10 * SECOND } else { MINUTE },
            runs: 0,
            bill: Bill::default(),
            idle: 0.0,
            arriving: 0.0,
            archiver: None,
            is_new: false,
        }
    }

    async fn through(mut self, world: &World, batches: Vec<Batch>, end: Instant) -> Account {
        let some_event = batches[batches.len() / 2].events[0].number;
        let mut events = 0;
        // The next look, while something is not rolled up.
        let mut next_look = START;
        for batch in batches {
            if batch.arrival > end {
                break;
            }
            while next_look <= batch.arrival {
                self.look(next_look).await;
                next_look = next_look.plus_millis(self.tick_ms);
            }
            self.take_in(world, &batch).await;
            events += batch.events.len() as u64;
        }
        while next_look <= end {
            self.look(next_look).await;
            next_look = next_look.plus_millis(self.tick_ms);
        }
        let archiver = self.archiver.take();
        let archiver = archiver.unwrap_or_else(|| Archiver::new(self.id));
        self.bill += &archiver.bill;
        Account {
            totals: self.head().await.totals,
            archiving: archiver.bill,
            archived: archiver.events,
            id: self.id,
            items: self.items,
            now: end,
            bill: self.bill,
            idle: self.idle,
            arriving: self.arriving,
            events,
            runs: self.runs,
            some_event,
        }
    }

    async fn take_in(&mut self, world: &World, batch: &Batch) {
        let texts: Vec<String> = batch
            .events
            .iter()
            .map(|event| world.record(event))
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let records = Incoming::of_one_body(&texts, &Origin::Queue);
        let admission = Admission {
            account: self.id,
            now: batch.arrival,
            retention_days: RETENTION_DAYS,
        };
        let (by, mut ordinals) = ((&self.encoder, 1), Ordinals::default());
        let clock = || batch.arrival;
        let done = arrive(&self.items, by, &admission, &records, &mut ordinals, &clock).await;
        assert!(done.errors.is_empty(), "{:?}", done.errors);
        let bill = self.items.take();
        self.arriving += bill.all().read;
        self.bill += &bill;
        self.is_new = true;
    }

    /// Archives and rolls up what is due, and forgets what nobody reads any more.
    async fn look(&mut self, now: Instant) {
        if let Some(archiver) = &mut self.archiver {
            archiver.work(&self.items, now).await;
        }
        // Whoever sends a worker knows that something came; what is old is due with the day.
        if !std::mem::take(&mut self.is_new) && now.millis() % DAY != 0 {
            return;
        }
        let task = Task {
            account: self.id,
            retention_days: RETENTION_DAYS,
        };
        let clock = || now;
        let worker = Worker {
            store: &self.items,
            task,
            limits: Limits::default(),
            tell: &|_, _: &Untold| true,
            clock: &clock,
        };
        let mut done = Worked::default();
        let has_work = worker.has_work(&mut self.watch).await;
        if has_work.expect("the store answers") {
            let claim = Claim::take(&self.items, self.id, now, CLAIM_MS).await;
            let claim = claim
                .expect("the store answers")
                .expect("nobody else is at it");
            let ended = worker.work(&mut self.watch, &mut done).await;
            assert!(ended.is_ok(), "{ended:?}");
            let released = claim.release(&self.items, now).await;
            assert!(released.is_ok(), "{released:?}");
        }
        self.runs += done.steps.len();
        let bill = self.items.take();
        if done.steps.is_empty() && done.merges == 0 {
            self.idle += bill.all().read;
        }
        self.bill += &bill;
        if now.millis() % DAY == 0 {
            let watermark = self.head().await.watermark;
            self.forget(watermark);
        }
    }

    /// Arrivals that are rolled up take no part any more, and expire much later.
    fn forget(&self, watermark: Option<Slot>) {
        let Some(watermark) = watermark else { return };
        let first = key::slot(watermark.next());
        let is_needed = |key: &activity_log_core::items::Key| {
            !key.partition.starts_with('L') || key.sort >= first
        };
        self.items.store().retain(|item| is_needed(&item.key));
    }

    /// The head, which nobody is charged for.
    async fn head(&self) -> Head {
        let keys = [key::head(self.id)];
        let found = self.items.store().get(&keys, Consistency::Strong).await;
        Head::of(found.expect("memory answers").first()).expect("a head")
    }
}
