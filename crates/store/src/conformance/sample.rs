//! Events of our own making, and the two calls every check is made of.

use std::sync::atomic::{AtomicU64, Ordering};

use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Outcome};
use activity_log_core::instant::{DAY, Instant};
use activity_log_core::origin::Origin;
use activity_log_core::page::{FoundEvent, PageRequest, Position};
use activity_log_core::query::{Attribute, Filter, Query};

use super::items::Items;
use super::rolled::{Most, Rolled};

/// The time of every check.
pub const NOW: Instant = Instant::from_seconds(1_795_132_800);
/// Days events are kept.
pub const RETENTION_DAYS: u32 = 30;

/// An account no other check has.
pub fn account() -> AccountId {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{:012}", 900_000_000_000 + number)
        .parse()
        .expect("twelve digits")
}

/// An event: seconds before [`NOW`] and a number that makes its id.
#[derive(Clone, Debug)]
pub struct Sample {
    pub before: i64,
    pub number: u32,
    pub read_only: bool,
    pub name: &'static str,
    pub user: String,
    pub extra: String,
}

impl Sample {
    pub fn new(before: i64, number: u32) -> Self {
        Self {
            before,
            number,
            read_only: number.is_multiple_of(3),
            name: ["RunInstances", "StopInstances", "GetUser", "PutObject"][number as usize % 4],
            user: format!("user-{}", number % 5),
            extra: String::new(),
        }
    }

    pub fn id(&self) -> String {
        format!("00000000-0000-4000-8000-{:012x}", self.number)
    }

    pub fn time(&self) -> Instant {
        NOW.plus_millis(-self.before * 1_000)
    }

    pub fn record(&self) -> String {
        format!(
            r#"{{"eventID":"{}","eventTime":"{}","eventName":"{}","eventSource":"ec2.amazonaws.com","readOnly":{},"userIdentity":{{"type":"IAMUser","userName":"{}"}}{}}}"#,
            self.id(),
            self.time(),
            self.name,
            self.read_only,
            self.user,
            self.extra
        )
    }

    pub fn position(&self) -> Position {
        Position {
            time: self.time(),
            id: self.id(),
        }
    }
}

/// Sends a batch at a time of ingestion; gives each record's outcome.
pub async fn send_at<I: Items>(
    store: &Rolled<I>,
    account: AccountId,
    samples: &[Sample],
    now: Instant,
) -> Vec<Outcome> {
    let from = samples.iter().map(|sample| (sample, Origin::Queue));
    send_from(store, account, &from.collect::<Vec<_>>(), now).await
}

/// The same of samples that come from different origins.
pub async fn send_from<I: Items>(
    store: &Rolled<I>,
    account: AccountId,
    samples: &[(&Sample, Origin)],
    now: Instant,
) -> Vec<Outcome> {
    let admission = Admission {
        account,
        now,
        retention_days: RETENTION_DAYS,
    };
    let texts: Vec<String> = samples.iter().map(|(sample, _)| sample.record()).collect();
    let records = texts.iter().zip(samples);
    let records: Vec<Incoming<'_>> = records
        .map(|(text, (_, origin))| Incoming {
            text,
            body: 0,
            origin,
        })
        .collect();
    store.take_in(&admission, &records).await
}

/// Sends a batch, all of which must be accepted.
pub async fn send<I: Items>(store: &Rolled<I>, account: AccountId, samples: &[Sample]) {
    let outcomes = send_at(store, account, samples, NOW).await;
    assert!(
        outcomes.iter().all(|one| *one == Outcome::Accepted),
        "{outcomes:?}"
    );
}

/// A request for a page.
pub fn page(max_events: usize, after: Option<Position>) -> PageRequest {
    PageRequest {
        max_events,
        max_bytes: usize::MAX,
        after,
        horizon: NOW.plus_millis(-i64::from(RETENTION_DAYS) * DAY),
        now: NOW,
        deadline: None,
    }
}

/// The whole answer, page by page.
pub async fn read<I: Items>(
    store: &Rolled<I>,
    account: AccountId,
    query: &Query,
    max_events: usize,
) -> Vec<FoundEvent> {
    let (mut events, mut after) = (Vec::new(), None);
    loop {
        let page = page(max_events, after);
        let found = store.find(Most::ALL, account, query, &page).await;
        assert!(found.events.len() <= max_events);
        events.extend(found.events);
        match found.next {
            None => return events,
            next => after = next,
        }
    }
}

/// Ids of an answer.
pub fn ids(events: &[FoundEvent]) -> Vec<String> {
    events
        .iter()
        .map(|event| event.position.id.clone())
        .collect()
}

/// Ids of samples in read order.
pub fn expected(samples: &[Sample]) -> Vec<String> {
    let mut positions: Vec<Position> = samples.iter().map(Sample::position).collect();
    positions.sort();
    positions.into_iter().map(|position| position.id).collect()
}

/// A query of filters.
pub fn query(filters: &[(Attribute, &str)]) -> Query {
    let filters = filters
        .iter()
        .map(|(attribute, value)| Filter::is(*attribute, *value))
        .collect();
    Query {
        filters,
        ..Query::default()
    }
}

/// Samples spread unevenly over ten days: bursts within minutes, gaps of days.
pub fn spread(count: u32) -> Vec<Sample> {
    (0..count)
        .map(|number| {
            let day = i64::from(number % 3) * 5 * 86_400;
            Sample::new(day + i64::from(number * number % 211), number)
        })
        .collect()
}
