//! Lookups over a simulated account: units and rounds of a page.

use std::time::Duration;

use activity_log_core::instant::{DAY, Instant, MINUTE};
use activity_log_core::page::{PageRequest, Position};
use activity_log_core::query::{Attribute, Filter, Query, Says, Test};
use activity_log_core::read::Events;
use activity_log_core::reader::EventReader as _;
use activity_log_store::memory::MemoryItems;

use super::account::{Account, RETENTION_DAYS};
use super::{RARE_NAME, RARE_PAIR, template};
use crate::counting::{Bill, Counting};

/// What a reader keeps of items that never change, in bytes, where it keeps any.
const CACHE_BYTES: usize = 64 * 1024 * 1024;
const HOUR: i64 = 60 * MINUTE;

/// What is asked, and what it may cost.
pub struct Lookup {
    /// what it is called in tables
    pub name: &'static str,
    /// the question
    pub query: Query,
    /// events of a page
    pub size: usize,
    /// most read units of the page
    pub units: f64,
    /// most rounds
    pub rounds: u64,
}

/// Most rounds that a test lets pass. The goal is 6, which one of a common value among few runs exceeds by one.
const ROUNDS: u64 = 7;
/// Most read units and rounds of a page of 50.
const PAGE: (f64, u64) = (60.0, ROUNDS);
/// Most read units of a page of matches that are scattered over a month.
const SCATTERED: (f64, u64) = (120.0, ROUNDS);
/// Most read units for two values of which one is middling, that never meet.
const MIDDLING: (f64, u64) = (80.0, ROUNDS);
/// Most read units for an id.
const BY_ID: (f64, u64) = (45.0, ROUNDS);

/// Most read units and rounds of a page that is found by columns.
const COLUMNS: (f64, u64) = (60.0, 9);
/// Names of which events of a page have one.
const THREE: [&str; 3] = ["Decrypt", "GetBucketAcl", "AssumeRole"];

/// What a page cost.
#[derive(Clone, Debug, Default)]
pub struct Cost {
    /// events given
    pub events: usize,
    /// read units by kind of item
    pub bill: Bill,
    /// rounds waited for
    pub rounds: u64,
    /// where the next page begins
    pub next: Option<Position>,
}

impl Cost {
    /// Read units.
    pub fn units(&self) -> f64 {
        self.bill.all().read
    }
}

/// A lookup of these values.
fn values(values: &[(Attribute, &str)]) -> Query {
    let filters = values
        .iter()
        .map(|(attribute, value)| Filter::is(*attribute, *value));
    Query {
        filters: filters.collect(),
        ..Query::default()
    }
}

/// A lookup of what an attribute says.
fn tested(attribute: Attribute, test: Test) -> Query {
    Query {
        filters: vec![Filter { attribute, test }],
        ..Query::default()
    }
}

/// Events between two times.
fn between(start: Instant, end: Instant) -> Query {
    Query {
        start: Some(start),
        end: Some(end),
        ..Query::default()
    }
}

/// The lookups of the table.
pub fn lookups(account: &Account) -> Vec<Lookup> {
    let never = [
        (Attribute::EventName, RARE_PAIR.0),
        (Attribute::EventSource, "ec2.amazonaws.com"),
    ];
    let rare_pair = [
        (Attribute::EventName, RARE_PAIR.0),
        (Attribute::ErrorCode, RARE_PAIR.1),
    ];
    let middling = [
        (Attribute::ErrorCode, "NoSuchBucketPolicy"),
        (Attribute::EventSource, "ec2.amazonaws.com"),
    ];
    let three = [never[0], never[1], (Attribute::ReadOnly, "true")];
    let id = template::id(account.some_event);
    let ago = account.now.plus_millis(-21 * DAY);
    let page = |name, query, (units, rounds)| Lookup {
        name,
        query,
        size: 50,
        units,
        rounds,
    };
    vec![
        page("no filter", Query::default(), PAGE),
        page(
            "ReadOnly=false",
            values(&[(Attribute::ReadOnly, "false")]),
            PAGE,
        ),
        page(
            "rare, scattered",
            values(&[(Attribute::EventName, RARE_NAME)]),
            SCATTERED,
        ),
        page("common", values(&[(Attribute::EventName, "Decrypt")]), PAGE),
        page(
            "not the most common",
            tested(Attribute::EventName, Test::is("Decrypt").inverted()),
            COLUMNS,
        ),
        page(
            "no error",
            tested(Attribute::ErrorCode, Test::of(Says::Something).inverted()),
            COLUMNS,
        ),
        page(
            "begins with Describe",
            tested(
                Attribute::EventName,
                Test::of(Says::Prefix("Describe".to_owned())),
            ),
            COLUMNS,
        ),
        page(
            "one of three",
            tested(
                Attribute::EventName,
                Test::of(Says::Is(THREE.map(String::from).into())),
            ),
            PAGE,
        ),
        page("never meet, both common", values(&never), PAGE),
        page("never meet, and ReadOnly", values(&three), PAGE),
        page("never meet, middling", values(&middling), MIDDLING),
        page("rare pair, scattered", values(&rare_pair), SCATTERED),
        page(
            "EventId, there",
            values(&[(Attribute::EventId, &id)]),
            BY_ID,
        ),
        page(
            "EventId, not there",
            values(&[(Attribute::EventId, "6f3c0a54-0000-4000-8000-000000000000")]),
            BY_ID,
        ),
        page(
            "an hour, three weeks ago",
            between(ago.plus_millis(-HOUR), ago),
            PAGE,
        ),
        Lookup {
            size: 1_000,
            ..page("a page of 1,000", Query::default(), PAGE)
        },
    ]
}

/// Somebody who reads pages, with or without keeping what never changes.
pub struct Reader {
    items: Counting<MemoryItems>,
    events: Events<Counting<MemoryItems>>,
}

impl Reader {
    /// Who keeps nothing.
    pub fn cold(account: &Account) -> Self {
        Self::new(account, 0)
    }

    /// Who keeps what never changes.
    pub fn warm(account: &Account) -> Self {
        Self::new(account, CACHE_BYTES)
    }

    fn new(account: &Account, cache_bytes: usize) -> Self {
        let items = account.items.clone();
        Self {
            events: Events::new(items.clone(), cache_bytes),
            items,
        }
    }

    /// One page.
    ///
    /// # Panics
    /// If the store is damaged.
    pub async fn page(
        &self,
        account: &Account,
        query: &Query,
        size: usize,
        after: Option<Position>,
    ) -> Cost {
        let request = PageRequest {
            max_events: size,
            max_bytes: usize::MAX,
            after,
            horizon: account.now.plus_millis(-i64::from(RETENTION_DAYS) * DAY),
            now: account.now,
            deadline: None,
        };
        self.items.take();
        let begun = tokio::time::Instant::now();
        let page = self.events.find(account.id, query, &request).await;
        let page = page.expect("a page");
        Cost {
            events: page.events.len(),
            bill: self.items.take(),
            rounds: rounds(begun.elapsed()),
            next: page.next,
        }
    }

    /// All pages of an answer.
    pub async fn pages(&self, account: &Account, query: &Query, size: usize) -> Vec<Cost> {
        let mut pages: Vec<Cost> = Vec::new();
        loop {
            let after = pages.last().and_then(|last| last.next.clone());
            let is_last = |page: &Cost| page.next.is_none();
            if after.is_none() && pages.last().is_some_and(is_last) {
                return pages;
            }
            pages.push(self.page(account, query, size, after).await);
        }
    }
}

/// A minute's events.
pub fn minute(start: Instant) -> Query {
    between(start, start.plus_millis(MINUTE - 1))
}

/// Milliseconds of paused time are rounds.
fn rounds(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
