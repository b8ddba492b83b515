//! A clock, events, and a store they arrive in.

use std::sync::atomic::{AtomicI64, Ordering};

use activity_log_core::account::AccountId;
use activity_log_core::event::Event;
use activity_log_core::instant::{DAY, Instant, SECOND};
use activity_log_core::items::key::ArrivalKey;
use activity_log_core::items::{Created, Item, ItemWriter};
use activity_log_core::origin::Rank;
use activity_log_core::pack::{ArrivalDraft, PackEncoder};
use activity_log_core::rollup::Task;
use activity_log_core::rollup::order::Place;
use activity_log_core::slot::Slot;
use activity_log_store::memory::MemoryItems;

/// Some seconds before midnight, so that days pass.
pub const START: Instant = Instant::from_millis(20_800 * DAY - 600 * SECOND);

pub fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

pub fn task() -> Task {
    Task {
        account: account(),
        retention_days: 30,
    }
}

/// A clock that is set by hand.
pub struct Clock(AtomicI64);

impl Default for Clock {
    fn default() -> Self {
        Self(AtomicI64::new(START.millis()))
    }
}

impl Clock {
    pub fn now(&self) -> Instant {
        Instant::from_millis(self.0.load(Ordering::Relaxed))
    }

    pub fn pass(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }

    /// Lets the slot that is open be sealed.
    pub fn seal(&self) {
        self.pass(30 * SECOND);
    }
}

/// An event as somebody sends it. Two of one number are the same event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    pub number: u32,
    pub time: Instant,
    /// which text of it
    pub text: u32,
    pub rank: Rank,
}

impl Sent {
    pub fn id(&self) -> String {
        format!("e{}", self.number)
    }

    pub fn text(&self) -> String {
        let (time, id, text) = (self.time, self.id(), self.text);
        let name = ["GetUser", "ListKeys", "PutObject"][self.number as usize % 3];
        format!(
            r#"{{"eventTime":"{time}","eventName":"{name}","eventSource":"s3.amazonaws.com","eventID":"{id}","requestParameters":{{"text":{text}}}}}"#
        )
    }

    pub fn origin(&self) -> &'static str {
        match self.rank {
            Rank::Producer => "producer:eve",
            Rank::LetIn => "import",
            Rank::Own => "service",
        }
    }
}

/// A row that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Came {
    pub sent: Sent,
    pub place: Place,
    pub key: ArrivalKey,
}

/// The item of a batch, and its rows, if it is written now.
pub fn batch(sent: &[Sent], written: Instant, shards: u8) -> (Item, Vec<Came>) {
    let texts: Vec<String> = sent.iter().map(Sent::text).collect();
    let mut rows: Vec<(Sent, Event<'_>)> = sent
        .iter()
        .zip(&texts)
        .map(|(sent, text)| (*sent, Event::stored(text, sent.origin()).unwrap()))
        .collect();
    rows.sort_by(|(_, a), (_, b)| (b.time, &b.id).cmp(&(a.time, &a.id)));
    let events: Vec<&Event<'_>> = rows.iter().map(|(_, event)| event).collect();
    let draft = ArrivalDraft::new(&mut PackEncoder::new().unwrap(), account(), &events).unwrap();
    let item = draft.item(written, shards);
    let key = ArrivalKey::from_sort(&item.key.sort).unwrap();
    let came = (0..).zip(&rows).map(|(row, (sent, _))| Came {
        sent: *sent,
        place: Place {
            slot: Slot::of(written),
            rank: sent.rank,
            written,
            hash: key.hash,
            row,
        },
        key,
    });
    let came = came.collect();
    (item, came)
}

/// A store, its clock, and what came.
#[derive(Default)]
pub struct Stage {
    pub items: MemoryItems,
    pub clock: Clock,
    pub came: Vec<Came>,
}

impl Stage {
    /// A batch arrives now.
    pub async fn arrive(&mut self, sent: &[Sent]) {
        let (item, came) = batch(sent, self.clock.now(), 1);
        if self.items.create(&item).await.unwrap() == Created::New {
            self.came.extend(came);
        }
    }

    /// An event of now.
    pub fn event(&self, number: u32) -> Sent {
        Sent {
            number,
            time: self.clock.now().plus_millis(-2 * SECOND),
            text: 0,
            rank: Rank::LetIn,
        }
    }

    /// A few batches in three slots: new events, copies, conflicts, forgeries, and events of yesterday.
    pub async fn busy_minute(&mut self, first: u32) {
        for slot in 0..3 {
            let mut batch: Vec<Sent> = (0..70)
                .map(|at| self.event(first + slot * 100 + at))
                .collect();
            for (at, sent) in (0..).zip(&mut batch) {
                sent.time = sent.time.plus_millis(-(at % 7) * SECOND - (at / 65) * DAY);
            }
            self.arrive(&batch).await;
            self.clock.pass(3 * SECOND);
            let again: Vec<Sent> = batch.iter().step_by(9).copied().collect();
            self.arrive(&again).await;
            let mut other = batch[1];
            other.text = 1;
            let mut own = batch[2];
            own.rank = Rank::Own;
            let mut forged = batch[3];
            (forged.rank, forged.text) = (Rank::Producer, 7);
            self.arrive(&[other, own, forged]).await;
            self.clock.pass(7 * SECOND);
        }
    }
}
