//! An account is claimed for as long as a run works on it, however long that is, and not much longer than it lives.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use activity_log_core::event::Admission;
use activity_log_core::head::Untold;
use activity_log_core::ingest::{Incoming, Ordinals, arrive};
use activity_log_core::instant::{DAY, Instant, SECOND};
use activity_log_core::items::{
    Ask, Consistency, Created, Item, ItemReader, ItemWriter, Key, Slice, WriteError,
};
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::reader::ReadError;
use activity_log_core::rollup::Task;
use activity_log_core::rollup::claim::Claim;
use activity_log_lambda::heartbeat::after;
use activity_log_rollup::rolls::{Rolls as _, Run};
use activity_log_rollup::stored::Stored;
use activity_log_store::memory::MemoryItems;
use tokio::time::sleep;

use crate::stage::{START, account};

/// How long a run works at least.
const LONG: Duration = Duration::from_mins(3);

/// A store in which a run's items take very long to write.
#[derive(Clone, Default)]
struct Slow(Arc<MemoryItems>);

impl ItemReader for Slow {
    async fn range(&self, ask: &Ask) -> Result<Slice, ReadError> {
        self.0.range(ask).await
    }

    async fn get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, ReadError> {
        self.0.get(keys, consistency).await
    }
}

impl ItemWriter for Slow {
    async fn create(&self, item: &Item) -> Result<Created, WriteError> {
        self.0.create(item).await
    }

    async fn put(&self, items: &[Item]) -> Result<(), WriteError> {
        sleep(LONG).await;
        self.0.put(items).await
    }

    async fn swap(&self, item: &Item) -> Result<bool, WriteError> {
        self.0.swap(item).await
    }
}

/// The time, by the clock that the tests stop.
fn now() -> Instant {
    static BEGAN: OnceLock<tokio::time::Instant> = OnceLock::new();
    let began = BEGAN.get_or_init(tokio::time::Instant::now);
    after(START, began.elapsed())
}

async fn work(rolls: &Stored<Slow>) -> Run {
    let task = Task {
        account: account(0),
        retention_days: 30,
    };
    let end = now().plus_millis(DAY);
    rolls.work(task, &|_, _: &Untold| true, end).await
}

#[tokio::test(start_paused = true)]
async fn a_claim_is_renewed_while_a_run_works_and_free_soon_after_it_died() {
    let items = Slow::default();
    arrived(&items.0, now().plus_millis(-2 * DAY)).await;
    let (first, second) = (
        Stored::new(items.clone(), now),
        Stored::new(items.clone(), now),
    );
    let run = tokio::select! {
        run = work(&first) => panic!("{run:?}"),
        run = async {
            sleep(Duration::from_secs(170)).await;
            work(&second).await
        } => run,
    };
    assert!(run.is_claimed && run.error.is_none(), "{run:?}");
    // The first is gone, in the middle of its work.
    let claim = async |now| Claim::take(&items, account(0), now, SECOND).await.unwrap();
    assert!(claim(now()).await.is_none());
    sleep(Duration::from_secs(40)).await;
    let run = work(&second).await;
    assert!(!run.is_claimed && run.error.is_none(), "{run:?}");
    assert_eq!(run.worked.steps.len(), 1);
    assert!(claim(now()).await.is_some(), "let go");
}

/// A batch came at this time.
async fn arrived(items: &MemoryItems, time: Instant) {
    let record = format!(r#"{{"eventTime":"{time}","eventName":"GetUser","eventID":"one"}}"#);
    let admission = Admission {
        account: account(0),
        now: time,
        retention_days: 30,
    };
    let encoder = Mutex::new(PackEncoder::new().unwrap());
    let texts = [record.as_str()];
    let incoming = Incoming::of_one_body(&texts, &Origin::Queue);
    let mut ordinals = Ordinals::default();
    let clock = || time;
    let by = (&encoder, 1);
    let done = arrive(items, by, &admission, &incoming, &mut ordinals, &clock).await;
    assert!(done.errors.is_empty());
}
