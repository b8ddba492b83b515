//! A store under test, rolled up now and then.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use activity_log_core::account::AccountId;
use activity_log_core::columns::Columns;
use activity_log_core::event::Admission;
use activity_log_core::head::Head;
use activity_log_core::ingest::{Incoming, Ordinals, Outcome, arrive};
use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::items::{Ask, Consistency, Item, ItemReader, Key, Slice, key};
use activity_log_core::pack::PackEncoder;
use activity_log_core::page::{Page, PageRequest, Position};
use activity_log_core::query::Query;
use activity_log_core::read::{CACHE_BYTES, Events, Range, ReadLimits, Step, Stream};
use activity_log_core::reader::{EventReader as _, ReadError};
use activity_log_core::rollup::Task;
use activity_log_core::rollup::merge::{Merged, merge};
use activity_log_core::rollup::roll::{self, roll};

use super::items::Items;
use super::sample::{NOW, RETENTION_DAYS, page};

/// Between two batches, in milliseconds: each comes in a slot of its own, and is sealed when the next comes.
const STEP_MS: i64 = 30 * SECOND;
/// Read units are counted in halves of 4 KB.
const HALF_UNIT_BYTES: usize = 2 * 1_024;

/// When it is rolled up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// only when a check says so
    Asked,
    /// after each batch
    EachBatch,
    /// after each batch but every third, and again before every so many requests of a reader
    AnyMoment(usize),
}

/// The most that is read at a time.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// of requests
    pub requests: usize,
    /// of bytes
    pub bytes: usize,
}

impl Most {
    /// As much as it takes.
    pub const ALL: Self = Self {
        requests: usize::MAX,
        bytes: usize::MAX,
    };
}

/// Which part of a whole answer is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// what comes after this
    pub after: Option<Position>,
    /// most rows of a batch
    pub max_rows: usize,
    /// at most so many batches
    pub batches: usize,
}

/// Part of a whole answer.
#[derive(Debug)]
pub struct Streamed {
    /// ids and records
    pub rows: Vec<(String, String)>,
    /// the position that was reached; `None` at the end
    pub reached: Option<Position>,
}

/// A store of arrivals and runs.
pub struct Rolled<I> {
    inner: Arc<Inner<I>>,
    events: Events<Meddling<I>>,
}

struct Inner<I> {
    items: I,
    when: When,
    encoder: Mutex<PackEncoder>,
    /// goes on with every batch
    clock: AtomicI64,
    batches: AtomicUsize,
    requests: AtomicUsize,
}

impl<I: Items> Rolled<I> {
    /// In these items.
    pub fn new(items: I, when: When) -> Self {
        let inner = Arc::new(Inner {
            items,
            when,
            encoder: Mutex::new(PackEncoder::new().expect("an encoder")),
            clock: AtomicI64::new(NOW.millis()),
            batches: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
        });
        let events = Events::new(Meddling(Arc::clone(&inner)), CACHE_BYTES);
        Self { inner, events }
    }

    /// What holds it.
    pub fn items(&self) -> &I {
        &self.inner.items
    }

    /// The account's head.
    pub async fn head(&self, account: AccountId) -> Head {
        self.inner.head(account).await
    }
}

impl<I: Items> Rolled<I> {
    /// Takes records in; gives what became of each. It must not fail.
    pub async fn take_in(&self, admission: &Admission, records: &[Incoming<'_>]) -> Vec<Outcome> {
        self.inner.clock.fetch_add(STEP_MS, Ordering::Relaxed);
        let mut ordinals = Ordinals::default();
        let clock = || self.inner.now();
        let by = (&self.inner.encoder, 1);
        let items = &self.inner.items;
        let done = arrive(items, by, admission, records, &mut ordinals, &clock).await;
        assert!(done.errors.is_empty(), "{:?}", done.errors);
        let batches = self.inner.batches.fetch_add(1, Ordering::Relaxed);
        match self.inner.when {
            When::Asked => {}
            When::AnyMoment(_) if batches % 3 == 2 => {}
            When::EachBatch | When::AnyMoment(_) => self.roll_up(admission.account).await,
        }
        let receipts = done.receipts.into_iter();
        receipts.map(|receipt| receipt.outcome).collect()
    }

    /// Rolls up what there is. Anybody may do that at any moment.
    pub async fn roll_up(&self, account: AccountId) {
        self.inner.clock.fetch_add(STEP_MS, Ordering::Relaxed);
        self.inner.roll_up(account).await;
    }

    /// A page, for which no more is read than this.
    pub async fn find(
        &self,
        most: Most,
        account: AccountId,
        query: &Query,
        page: &PageRequest,
    ) -> Page {
        let page = PageRequest {
            now: self.inner.now(),
            ..page.clone()
        };
        let events = self.events.within(limits(most));
        events.find(account, query, &page).await.expect("a page")
    }

    /// Batches of a whole answer.
    pub async fn stream(
        &self,
        most: Most,
        account: AccountId,
        query: &Query,
        wanted: Wanted,
    ) -> Streamed {
        let mut reached = wanted.after.clone();
        let range = Range {
            after: wanted.after,
            horizon: page(1, None).horizon,
            now: self.inner.now(),
        };
        let (limits, max_rows) = (limits(most), wanted.max_rows);
        let mut stream = Stream::within(limits, max_rows, &self.events, account, query, range);
        let mut rows = Vec::new();
        for _ in 0..wanted.batches {
            let batch = match stream.next().await.expect("a step") {
                Step::End => {
                    reached = None;
                    break;
                }
                Step::Reached(position) => {
                    assert!(reached.as_ref().is_none_or(|before| *before < position));
                    reached = Some(position);
                    continue;
                }
                Step::Batch(batch) => batch,
            };
            assert!((1..=max_rows).contains(&batch.rows().len()));
            let all: Vec<usize> = (0..batch.rows().len()).collect();
            let records = stream.records(&batch, &all).await.expect("records");
            for (place, at) in batch.rows().iter().enumerate() {
                let part = &batch.parts()[at.part];
                let columns = Columns::decode(part.columns()).expect("columns");
                let id = columns.id(at.row).into_owned();
                rows.push((id, records.get(place).to_owned()));
            }
            // Backwards and one only: the records asked for, in that order.
            let last = all.len() - 1;
            let some = stream.records(&batch, &[last, 0]).await.expect("records");
            assert_eq!(
                (some.get(0), some.get(1)),
                (records.get(last), records.get(0))
            );
            reached = Some(batch.reached().clone());
        }
        Streamed { rows, reached }
    }
}

impl<I: Items> Inner<I> {
    fn now(&self) -> Instant {
        Instant::from_millis(self.clock.load(Ordering::Relaxed))
    }

    async fn head(&self, account: AccountId) -> Head {
        let keys = [key::head(account)];
        let items = self.items.get(&keys, Consistency::Strong).await;
        Head::of(items.expect("items").first()).expect("a head")
    }

    /// One step, and merges while there are any. What arrives now is not sealed.
    async fn roll_up(&self, account: AccountId) {
        let task = Task {
            account,
            retention_days: RETENTION_DAYS,
        };
        let clock = || self.now();
        let mut encoder = PackEncoder::new().expect("an encoder");
        let limits = roll::Limits::default();
        let step = roll(&self.items, task, &mut encoder, limits, &clock).await;
        step.expect("a step");
        while let Merged::Blocks(_) = merge(&self.items, task, &clock).await.expect("a merge") {}
    }
}

/// Rolls up between any two requests of a reader.
struct Meddling<I>(Arc<Inner<I>>);

impl<I: Items> Meddling<I> {
    async fn meddle(&self, partition: &str) {
        let When::AnyMoment(every) = self.0.when else {
            return;
        };
        let requests = self.0.requests.fetch_add(1, Ordering::Relaxed);
        let account = partition.split('#').nth(1);
        let account = account.and_then(|account| account.parse().ok());
        if let Some(account) = account.filter(|_| requests.is_multiple_of(every)) {
            self.0.roll_up(account).await;
        }
    }
}

impl<I: Items> ItemReader for Meddling<I> {
    async fn range(&self, ask: &Ask) -> Result<Slice, ReadError> {
        self.meddle(&ask.partition).await;
        self.0.items.range(ask).await
    }

    async fn get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, ReadError> {
        if let Some(key) = keys.first() {
            self.meddle(&key.partition).await;
        }
        self.0.items.get(keys, consistency).await
    }
}

fn limits(most: Most) -> ReadLimits {
    let default = ReadLimits::default();
    ReadLimits {
        requests: default.requests.min(most.requests),
        half_units: default.half_units.min(most.bytes.div_ceil(HALF_UNIT_BYTES)),
        rounds: default.rounds.min(most.requests),
    }
}
