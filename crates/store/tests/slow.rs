//! Lookups over a store that takes its time: a page ends at its deadline, gets on, and gives each event once. Time is
//! tokio's, and paused: requests made at once take no longer than one.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::find::find;
use activity_log_core::ingest::{Incoming, Ordinals, Outcome, ingest};
use activity_log_core::instant::{DAY, Instant};
use activity_log_core::origin::Origin;
use activity_log_core::page::{Deadline, PageRequest};
use activity_log_core::query::{Attribute, Filter, Query};
use activity_log_core::reader::ReadError;
use activity_log_core::segment::build::SegmentEncoder;
use activity_log_core::store::key::{SegmentKey, SegmentPartition, SortRange};
use activity_log_core::store::{Identifiers, SegmentReader, Slice, StoredSegment};
use activity_log_store::memory::MemoryStore;
use tokio::time::Instant as Tick;

const NOW: Instant = Instant::from_seconds(1_795_132_800);
const RETENTION_DAYS: u32 = 30;
/// Events, 3,000 seconds apart: each is a segment of its own.
const EVENTS: i64 = 240;
/// How long a request to the store takes.
const REQUEST: Duration = Duration::from_millis(400);
/// How long reading for a page may go on.
const DEADLINE_MS: i64 = 3_000;
/// What had begun when that was over, and the records of what was picked.
const GRACE: Duration = Duration::from_millis(1_600);

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

fn id(number: i64) -> String {
    format!("e{number:04}")
}

fn name(number: i64) -> &'static str {
    if number % 3 == 0 {
        "GetUser"
    } else {
        "PutUser"
    }
}

/// A store whose every request takes a while; a slice of it is small.
struct Slow(MemoryStore);

impl Slow {
    async fn new() -> Self {
        let store = MemoryStore::default();
        let encoder = Mutex::new(SegmentEncoder::new().unwrap());
        let admission = Admission {
            account: account(),
            now: NOW,
            retention_days: RETENTION_DAYS,
        };
        let record = |number: i64| {
            let time = NOW.plus_millis(-3_000_000 * number);
            let (id, name) = (id(EVENTS - number), name(number));
            format!(r#"{{"eventTime":"{time}","eventID":"{id}","eventName":"{name}"}}"#)
        };
        let records: Vec<String> = (0..EVENTS).map(record).collect();
        let texts: Vec<&str> = records.iter().map(String::as_str).collect();
        let records = Incoming::of_one_body(&texts, &Origin::Queue);
        let mut ordinals = Ordinals::default();
        let done = ingest(
            &store,
            &encoder,
            &admission,
            &records,
            &mut ordinals,
            &|| NOW,
        )
        .await;
        let outcomes = done.receipts.iter().map(|receipt| &receipt.outcome);
        assert!(outcomes.into_iter().all(|one| *one == Outcome::Accepted));
        Self(store)
    }

    /// The whole answer, in how many pages. Each page ended in time, and none stood still.
    async fn read(&self, filters: &[(Attribute, &str)]) -> (Vec<String>, usize) {
        let filters = filters.iter().map(|(attribute, value)| Filter {
            attribute: *attribute,
            value: (*value).to_owned(),
        });
        let query = Query {
            filters: filters.collect(),
            ..Query::default()
        };
        let (mut found, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            let begun = Tick::now();
            let passed = move || i64::try_from(begun.elapsed().as_millis()).unwrap();
            let clock = Arc::new(move || NOW.plus_millis(passed()));
            let page = PageRequest {
                max_events: 1_000,
                max_bytes: usize::MAX,
                after: after.clone(),
                horizon: NOW.plus_millis(-i64::from(RETENTION_DAYS) * DAY),
                now: NOW,
                deadline: Some(Deadline::new(NOW.plus_millis(DEADLINE_MS), clock)),
            };
            let answer = find(self, account(), &query, &page).await.unwrap();
            let most = Duration::from_millis(DEADLINE_MS.unsigned_abs()) + GRACE;
            assert!(begun.elapsed() <= most, "{:?}", begun.elapsed());
            pages += 1;
            found.extend(answer.events.into_iter().map(|event| event.position.id));
            let Some(next) = answer.next else {
                return (found, pages);
            };
            assert!(after.is_none_or(|after| after < next), "{next:?}");
            after = Some(next);
        }
    }
}

impl SegmentReader for Slow {
    async fn segments(
        &self,
        partition: SegmentPartition,
        range: &SortRange,
        _: usize,
    ) -> Result<Slice<StoredSegment>, ReadError> {
        tokio::time::sleep(REQUEST).await;
        self.0.segments(partition, range, 1).await
    }

    async fn postings(
        &self,
        account: AccountId,
        attribute: Attribute,
        value: &str,
        range: &SortRange,
        _: usize,
    ) -> Result<Slice<SegmentKey>, ReadError> {
        tokio::time::sleep(REQUEST).await;
        self.0.postings(account, attribute, value, range, 2).await
    }

    async fn identifiers(
        &self,
        account: AccountId,
        day: i64,
        range: &SortRange,
    ) -> Result<Slice<Identifiers>, ReadError> {
        tokio::time::sleep(REQUEST).await;
        let mut slice = self.0.identifiers(account, day, range).await?;
        if slice.items.len() > 3 {
            slice.items.truncate(3);
            slice.resume = slice.items.last().map(|one| one.key.sort());
        }
        Ok(slice)
    }

    async fn fetch(&self, keys: &[SegmentKey]) -> Result<Vec<StoredSegment>, ReadError> {
        tokio::time::sleep(REQUEST).await;
        self.0.fetch(keys).await
    }
}

fn expected(is_wanted: impl Fn(i64) -> bool) -> Vec<String> {
    let wanted = (0..EVENTS).filter(|number| is_wanted(*number));
    wanted.map(|number| id(EVENTS - number)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_page_through_everything_ends_at_its_deadline() {
    let (found, pages) = Slow::new().await.read(&[]).await;
    assert_eq!(found, expected(|_| true));
    assert!(pages > 3, "{pages} pages: the deadline was never reached");
}

#[tokio::test(start_paused = true)]
async fn a_page_by_an_index_ends_at_its_deadline() {
    let slow = Slow::new().await;
    let (found, pages) = slow.read(&[(Attribute::EventName, "GetUser")]).await;
    assert_eq!(found, expected(|number| number % 3 == 0));
    assert!(pages > 3, "{pages} pages: the deadline was never reached");
}

#[tokio::test(start_paused = true)]
async fn looking_for_an_id_ends_at_its_deadline_and_finds_it() {
    let slow = Slow::new().await;
    for number in [1, EVENTS / 2, EVENTS] {
        let (found, _) = slow.read(&[(Attribute::EventId, &id(number))]).await;
        assert_eq!(found, [id(number)]);
    }
    let (found, pages) = slow.read(&[(Attribute::EventId, "nobody")]).await;
    assert!(found.is_empty());
    assert!(pages > 1, "{pages} pages: the deadline was never reached");
}
