//! Taking batches in as arrivals: what is answered, and what lies in the store then.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Clock, Incoming, Ingested, Ordinals, Outcome, Until, arrive};
use activity_log_core::instant::{DAY, Instant, MINUTE};
use activity_log_core::items::{
    Consistency, Created, Item, ItemReader, ItemWriter, Key, MAX_VALUE_BYTES, Slice, WriteError,
};
use activity_log_core::origin::Origin;
use activity_log_core::pack::{Arrival, PackEncoder};
use activity_log_core::reader::ReadError;
use activity_log_core::slot::{MAX_WRITE_MS, SLOT_MS};
use activity_log_store::memory::MemoryItems;

const NOW: Instant = Instant::from_seconds(1_795_132_801);

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

fn record(before_ms: i64, id: &str) -> String {
    let time = NOW.plus_millis(-before_ms);
    format!(r#"{{"eventTime":"{time}","eventID":"{id}","eventName":"GetUser"}}"#)
}

async fn send_by<S: ItemReader + ItemWriter>(
    store: &S,
    records: &[Incoming<'_>],
    clock: &impl Clock,
) -> Ingested {
    let encoder = Mutex::new(PackEncoder::new().unwrap());
    let admission = Admission {
        account: account(),
        now: NOW,
        retention_days: 30,
    };
    let mut ordinals = Ordinals::default();
    arrive(
        store,
        (&encoder, 1),
        &admission,
        records,
        &mut ordinals,
        clock,
    )
    .await
}

/// Sends records from a queue at a time; what became of each.
async fn send<S: ItemReader + ItemWriter>(
    store: &S,
    records: &[String],
    at: Instant,
) -> Vec<Outcome> {
    let texts: Vec<&str> = records.iter().map(String::as_str).collect();
    let records = Incoming::of_one_body(&texts, &Origin::Queue);
    outcomes(&send_by(store, &records, &|| at).await)
}

fn outcomes(done: &Ingested) -> Vec<Outcome> {
    let outcomes = done.receipts.iter().map(|one| one.outcome.clone());
    outcomes.collect()
}

fn arrivals(store: &MemoryItems) -> Vec<Arrival> {
    let all = store.all();
    all.iter().map(|item| Arrival::of(item).unwrap()).collect()
}

fn texts(store: &MemoryItems) -> Vec<String> {
    let arrivals = arrivals(store);
    let of_one = |arrival: &Arrival| {
        let rows = 0..arrival.pack.rows();
        rows.map(|row| arrival.pack.text(row).to_owned())
            .collect::<Vec<_>>()
    };
    arrivals.iter().flat_map(of_one).collect()
}

#[tokio::test]
async fn a_batch_is_one_item_newest_first_and_each_record_has_its_receipt() {
    let store = MemoryItems::default();
    let own = [record(5_000, "a"), record(1_000, "b")];
    let copies = [
        record(5_000, "a"),
        record(1_000, "c"),
        record(1_000, "b").replace("Get", "Put"),
    ];
    let mut all = Incoming::of_one_body(&[&own[0], &own[1], "{}"], &Origin::Queue);
    let copies: Vec<&str> = copies.iter().map(String::as_str).collect();
    all.extend(Incoming::of_one_body(&copies[..2], &Origin::Queue));
    all.extend(Incoming::of_one_body(&copies[2..], &Origin::Service));
    let done = send_by(&store, &all, &|| NOW).await;
    assert!(done.errors.is_empty());
    let told = outcomes(&done);
    assert!(matches!(told[2], Outcome::Rejected(_)));
    assert_eq!(
        told[..2],
        [Outcome::Accepted, Outcome::Duplicate],
        "the service's own outranks the queue's"
    );
    assert_eq!(
        told[3..],
        [Outcome::Duplicate, Outcome::Accepted, Outcome::Accepted]
    );
    let ids: Vec<Option<&str>> = done.receipts.iter().map(|one| one.id.as_deref()).collect();
    assert_eq!(
        ids,
        [Some("a"), Some("b"), None, Some("a"), Some("c"), Some("b")]
    );
    assert_eq!(texts(&store), [copies[1], copies[2], &own[0]]);
    let [arrival] = &arrivals(&store)[..] else {
        panic!("one item");
    };
    assert_eq!((arrival.written, arrival.pack.origin(1)), (NOW, "service"));
    assert_eq!(arrival.pack.origin(0), "queue");
    assert_eq!(store.all()[0].expires, NOW.plus_millis(14 * DAY));
}

#[tokio::test]
async fn the_same_batch_is_known_again_in_this_slot_and_the_next() {
    let store = MemoryItems::default();
    let mut records = [record(5_000, "a"), record(1_000, "b")];
    assert_eq!(
        send(&store, &records, NOW).await,
        [Outcome::Accepted, Outcome::Accepted]
    );
    records.reverse();
    for later in [1, SLOT_MS - 1_001, SLOT_MS, 2 * SLOT_MS - 1_001] {
        let again = send(&store, &records, NOW.plus_millis(later)).await;
        assert_eq!(
            again,
            [Outcome::Duplicate, Outcome::Duplicate],
            "{later} ms"
        );
    }
    assert_eq!(store.all().len(), 1);
    // Part of it is another batch: the roll-up finds the copy.
    assert_eq!(send(&store, &records[..1], NOW).await, [Outcome::Accepted]);
    assert_eq!(
        send(&store, &records, NOW.plus_millis(2 * SLOT_MS))
            .await
            .len(),
        2
    );
    assert_eq!(store.all().len(), 3);
}

#[tokio::test]
async fn equal_records_without_an_id_are_events_of_their_own() {
    let store = MemoryItems::default();
    let record = record(0, "").replace(r#""eventID":"","#, "");
    let records = [record.clone(), record];
    assert_eq!(
        send(&store, &records, NOW).await,
        [Outcome::Accepted, Outcome::Accepted]
    );
    let stored: BTreeSet<String> = texts(&store).into_iter().collect();
    assert_eq!(stored.len(), 2);
    assert_eq!(
        send(&store, &records, NOW).await,
        [Outcome::Duplicate, Outcome::Duplicate]
    );
}

#[tokio::test]
async fn late_events_lie_in_a_lane_of_their_own() {
    let store = MemoryItems::default();
    let records = [
        record(10 * MINUTE, "late"),
        record(0, "b"),
        record(DAY, "later"),
        record(MINUTE, "a"),
    ];
    let told = send(&store, &records, NOW).await;
    assert!(told.iter().all(|one| *one == Outcome::Accepted));
    let lanes: Vec<String> = store
        .all()
        .into_iter()
        .map(|item| item.key.partition)
        .collect();
    assert_eq!(lanes, ["L#111122223333#l#0", "L#111122223333#n#0"]);
    let expected = [0, 2, 1, 3].map(|place| records[place].clone());
    assert_eq!(texts(&store), expected);
    let again = send(&store, &records, NOW.plus_millis(SLOT_MS)).await;
    assert!(again.iter().all(|one| *one == Outcome::Duplicate));
}

#[tokio::test]
async fn what_does_not_fit_an_item_is_halved() {
    let store = MemoryItems::default();
    let noise = |seed: u64| {
        let mut state = seed;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                    [(state >> 58) as usize],
            )
        };
        (0..200_000).map(|_| next()).collect::<String>()
    };
    let records: Vec<String> = (0..7_u8)
        .map(|number| {
            let noise = format!(r#","x":"{}"}}"#, noise(u64::from(number)));
            record(i64::from(number) * 1_000, &format!("e{number}")).replace('}', &noise)
        })
        .collect();
    let told = send(&store, &records, NOW).await;
    assert!(told.iter().all(|one| *one == Outcome::Accepted));
    let items = store.all();
    assert!(items.len() > 2 && items.iter().all(|item| item.value.len() <= MAX_VALUE_BYTES));
    let stored: BTreeSet<String> = texts(&store).into_iter().collect();
    assert_eq!(stored, records.into_iter().collect());
}

/// A clock that goes on by so much whenever it is asked.
struct Slow {
    now: AtomicI64,
    step: i64,
}

impl Clock for Slow {
    fn now(&self) -> Instant {
        Instant::from_millis(self.now.fetch_add(self.step, Ordering::SeqCst))
    }
}

#[tokio::test]
async fn nothing_is_committed_when_its_slot_may_be_sealed() {
    let record = record(0, "a");
    let records = Incoming::of_one_body(&[&record], &Origin::Queue);
    for (step, expected) in [
        (MAX_WRITE_MS, Outcome::Accepted),
        (MAX_WRITE_MS + 1, Outcome::Failed),
    ] {
        let store = MemoryItems::default();
        let clock = Slow {
            now: AtomicI64::new(NOW.millis()),
            step,
        };
        let done = send_by(&store, &records, &clock).await;
        assert_eq!(outcomes(&done)[0], expected);
        assert_eq!(store.all().is_empty(), expected == Outcome::Failed);
        assert_eq!(done.errors.is_empty(), expected == Outcome::Accepted);
    }
    let store = MemoryItems::default();
    let clock = Until {
        clock: || NOW,
        end: NOW.plus_millis(1_000),
    };
    let done = send_by(&store, &records, &clock).await;
    assert_eq!(
        (outcomes(&done), done.errors.len()),
        (vec![Outcome::Failed], 1)
    );
    assert!(store.all().is_empty());
}

/// A store of which one half does not work.
struct Broken {
    items: MemoryItems,
    can_read: bool,
}

impl ItemReader for Broken {
    async fn range(&self, ask: &activity_log_core::items::Ask) -> Result<Slice, ReadError> {
        self.items.range(ask).await
    }

    async fn get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, ReadError> {
        if self.can_read {
            return self.items.get(keys, consistency).await;
        }
        Err(ReadError::Store("no answer".into()))
    }
}

impl ItemWriter for Broken {
    async fn create(&self, item: &Item) -> Result<Created, WriteError> {
        if self.can_read {
            return Err(WriteError("no answer".into()));
        }
        self.items.create(item).await
    }

    async fn put(&self, items: &[Item]) -> Result<(), WriteError> {
        self.items.put(items).await
    }

    async fn swap(&self, item: &Item) -> Result<bool, WriteError> {
        self.items.swap(item).await
    }
}

#[tokio::test]
async fn what_cannot_be_looked_up_is_stored_and_what_cannot_be_written_has_failed() {
    let record = record(0, "a");
    let records = Incoming::of_one_body(&[&record], &Origin::Queue);
    for (can_read, expected) in [(false, Outcome::Accepted), (true, Outcome::Failed)] {
        let items = MemoryItems::default();
        let store = Broken { items, can_read };
        let done = send_by(&store, &records, &|| NOW).await;
        assert_eq!((outcomes(&done), done.errors.len()), (vec![expected], 1));
    }
}
