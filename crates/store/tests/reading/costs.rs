//! What pages cost: units as the table charges them, and rounds. Each request takes a millisecond of tokio's time, which
//! is paused; so what is asked side by side takes one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use activity_log_core::instant::{DAY, MINUTE};
use activity_log_core::items::{Ask, Consistency, Item, ItemReader, Key, Slice};
use activity_log_core::page::Page;
use activity_log_core::query::{Attribute, Filter, Query, Says, Test};
use activity_log_core::read::Events;
use activity_log_core::reader::{EventReader as _, ReadError};
use activity_log_store::memory::{MemoryItems, charged_bytes};
use tokio::time::Instant as Tick;

use crate::large::ten_days;
use crate::world::{World, account};

/// Counts what is read.
pub struct Counted {
    items: Arc<MemoryItems>,
    half_units: AtomicUsize,
}

impl Counted {
    pub fn new(items: Arc<MemoryItems>) -> Self {
        Self {
            items,
            half_units: AtomicUsize::new(0),
        }
    }

    fn count(&self, bytes: usize, consistency: Consistency) {
        let price = match consistency {
            Consistency::Strong => 2,
            Consistency::Eventual => 1,
        };
        let half_units = bytes.div_ceil(4_096).max(1) * price;
        self.half_units.fetch_add(half_units, Ordering::Relaxed);
    }
}

impl ItemReader for Counted {
    async fn range(&self, ask: &Ask) -> Result<Slice, ReadError> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let slice = self.items.range(ask).await?;
        let bytes = slice.items.iter().map(charged_bytes).sum();
        self.count(bytes, ask.consistency);
        Ok(slice)
    }

    async fn get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, ReadError> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let items = self.items.get(keys, consistency).await?;
        for item in &items {
            self.count(charged_bytes(item), consistency);
        }
        Ok(items)
    }
}

/// What a page cost.
#[derive(Clone, Copy, Debug)]
struct Cost {
    units: f64,
    rounds: u128,
}

async fn cost(
    events: &Events<Counted>,
    counted: &Counted,
    world: &World,
    query: &Query,
) -> (Cost, Page) {
    let before = counted.half_units.load(Ordering::Relaxed);
    let start = Tick::now();
    let page = world.page(50);
    let found = events.find(account(), query, &page).await.unwrap();
    let half_units = counted.half_units.load(Ordering::Relaxed) - before;
    let cost = Cost {
        units: half_units as f64 / 2.0,
        rounds: start.elapsed().as_millis(),
    };
    (cost, found)
}

pub fn with(filters: &[(Attribute, &str)]) -> Query {
    let filter = |(attribute, value): &(Attribute, &str)| Filter::is(*attribute, *value);
    Query {
        filters: filters.iter().map(filter).collect(),
        ..Query::default()
    }
}

fn tested(attribute: Attribute, test: Test) -> Query {
    Query {
        filters: vec![Filter { attribute, test }],
        ..Query::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_costs_little_and_takes_few_rounds() {
    let world = ten_days(2).await;
    let id = world.model.rows[world.model.rows.len() / 2]
        .position
        .id
        .clone();
    let hour = {
        let end = world.now.plus_millis(-5 * DAY);
        Query {
            start: Some(end.plus_millis(-60 * MINUTE)),
            end: Some(end),
            ..Query::default()
        }
    };
    let name = Attribute::EventName;
    let questions = [
        ("no filter", with(&[]), 60.0),
        ("ReadOnly", with(&[(Attribute::ReadOnly, "false")]), 60.0),
        ("common", with(&[(name, "GetObject")]), 60.0),
        (
            "two",
            with(&[(name, "AssumeRole"), (Attribute::Username, "erin")]),
            60.0,
        ),
        ("an id", with(&[(Attribute::EventId, &id)]), 45.0),
        ("no id", with(&[(Attribute::EventId, "nothing")]), 45.0),
        ("never", with(&[(name, "Nothing")]), 60.0),
        ("an hour", hour, 60.0),
        (
            "not a user",
            tested(Attribute::Username, Test::is("alice").inverted()),
            60.0,
        ),
        (
            "a list of three",
            tested(
                name,
                Test::of(Says::Is(
                    ["RunInstances", "DeleteUser", "AssumeRole"]
                        .map(String::from)
                        .into(),
                )),
            ),
            60.0,
        ),
        (
            "a prefix",
            tested(name, Test::of(Says::Prefix("De".to_owned()))),
            60.0,
        ),
        (
            "errors",
            tested(Attribute::ErrorCode, Test::of(Says::Something)),
            60.0,
        ),
        (
            "no error",
            tested(Attribute::ErrorCode, Test::of(Says::Something).inverted()),
            60.0,
        ),
    ];
    for (question, query, most) in &questions {
        // A cold cache each time, but the watermark is known.
        let counted = Arc::new(Counted::new(world.items.clone()));
        let events = Events::shared(counted.clone(), 0);
        let _ = cost(
            &events,
            &counted,
            &world,
            &with(&[(name, "Nothing at all")]),
        )
        .await;
        let (cost, found) = cost(&events, &counted, &world, query).await;
        println!("{question}: {cost:?}");
        let expected = world.model.answer(query, world.horizon());
        assert_eq!(found.events.len(), expected.len().min(50), "{question}");
        assert!(cost.units <= *most, "{question}: {cost:?}");
        assert!(cost.rounds <= 6, "{question}: {cost:?}");
    }
}
