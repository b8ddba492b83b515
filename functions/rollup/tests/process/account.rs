//! An account of which something is due: a block of yesterday, and arrivals above it with copies and conflicts.

use std::collections::{BTreeMap, BTreeSet};

use activity_log_control::{NewAccount, Registry as _};
use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::head::Head;
use activity_log_core::ingest::{Incoming, Ordinals, arrive};
use activity_log_core::instant::{DAY, Instant, MINUTE, SECOND};
use activity_log_core::items::{Consistency, ItemReader as _, key};
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::page::PageRequest;
use activity_log_core::query::Query;
use activity_log_core::read::{CACHE_BYTES, Events};
use activity_log_core::reader::EventReader as _;
use activity_log_core::rollup::Task;
use activity_log_core::rollup::roll::{Limits, Step, roll};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use crate::cloud::{Cloud, now};

const RETENTION_DAYS: u32 = 30;
/// Events of a batch.
const BATCH: u32 = 150;
/// How long ago the first came: a roll-up is due by age, and its day is over.
const AGO_MS: i64 = DAY + 60 * MINUTE;

pub struct Account {
    pub id: AccountId,
    start: Instant,
    ingested: u64,
    /// ids of all events
    ids: BTreeSet<String>,
    conflicts: u64,
}

impl Account {
    /// Makes the account with this number.
    pub async fn new(cloud: &Cloud, number: usize) -> Self {
        let id: AccountId = format!("{:012}", 111_100_000_000 + number).parse().unwrap();
        let new = NewAccount {
            id,
            name: "Test".parse().unwrap(),
            retention_override_days: None,
        };
        cloud.registrar.create_account(new, now()).await.unwrap();
        let mut account = Self {
            id,
            start: now().plus_millis(-AGO_MS),
            ingested: 0,
            ids: BTreeSet::new(),
            conflicts: 0,
        };
        account.arrive(cloud, 0, &numbers(0), "GetUser").await;
        account.roll(cloud).await;
        // Of what is rolled up and of what is not: copies, and other texts.
        let mut second = numbers(BATCH);
        second.extend(numbers(0).iter().step_by(10));
        account.arrive(cloud, 2 * MINUTE, &second, "GetUser").await;
        let copies: Vec<u32> = numbers(BATCH).into_iter().step_by(7).collect();
        account
            .arrive(cloud, 2 * MINUTE + 20 * SECOND, &copies, "GetUser")
            .await;
        let others = [1, 2, 3, BATCH + 4, BATCH + 5];
        account
            .arrive(cloud, 2 * MINUTE + 40 * SECOND, &others, "ListUsers")
            .await;
        account.conflicts = others.len() as u64;
        account
    }

    async fn arrive(&mut self, cloud: &Cloud, after_ms: i64, numbers: &[u32], name: &str) {
        let now = self.start.plus_millis(after_ms);
        let records: Vec<String> = numbers
            .iter()
            .map(|number| {
                let time = self.start.plus_millis(-i64::from(*number) * SECOND);
                let id = format!("e{number:04}");
                self.ids.insert(id.clone());
                json!({"eventTime": time.to_string(), "eventName": name, "eventSource": "iam.amazonaws.com", "eventID": id})
                    .to_string()
            })
            .collect();
        let texts: Vec<&str> = records.iter().map(String::as_str).collect();
        let admission = Admission {
            account: self.id,
            now,
            retention_days: RETENTION_DAYS,
        };
        let incoming = Incoming::of_one_body(&texts, &Origin::Queue);
        let mut ordinals = Ordinals::default();
        let (by, clock) = ((&cloud.encoder, 1), || now);
        let store = &cloud.events;
        let done = arrive(store, by, &admission, &incoming, &mut ordinals, &clock).await;
        assert!(done.errors.is_empty());
        self.ingested += records.len() as u64;
    }

    /// What came up to now becomes a block.
    async fn roll(&self, cloud: &Cloud) {
        let later = self.start.plus_millis(MINUTE);
        let task = Task {
            account: self.id,
            retention_days: RETENTION_DAYS,
        };
        let mut encoder = PackEncoder::new().unwrap();
        let limits = Limits::default();
        let step = roll(&cloud.events, task, &mut encoder, limits, &|| later).await;
        assert!(matches!(step.unwrap(), Step::Rolled(_)));
    }

    /// What a tick sends.
    pub fn message(&self) -> String {
        let until = now().plus_millis(MINUTE).millis();
        json!({"account": self.id, "until": until}).to_string()
    }

    /// Lets the claim of a run that died run out.
    pub async fn expire_claim(&self, cloud: &Cloud) {
        let key = key::claim(self.id);
        let delete = cloud
            .dynamodb
            .delete_item()
            .table_name(cloud.events_table())
            .key("pk", AttributeValue::S(key.partition))
            .key("sk", AttributeValue::S(key.sort));
        delete.send().await.unwrap();
    }

    /// All is rolled up and merged, every event is counted and read once, and the conflicts are told.
    pub async fn check(&self, cloud: &Cloud) {
        let keys = [key::head(self.id)];
        let items = cloud.events.get(&keys, Consistency::Strong).await.unwrap();
        let head = Head::of(items.first()).unwrap();
        assert_eq!(head.blocks.len(), 1, "merged");
        assert_eq!(head.untold, []);
        let totals = head.totals;
        assert_eq!(totals.conflicts, self.conflicts);
        assert_eq!(totals.kept, self.ids.len() as u64);
        let all = totals.kept + totals.copies + totals.conflicts;
        assert_eq!(all, self.ingested);
        self.check_events(cloud).await;
        self.check_told(cloud).await;
    }

    async fn check_events(&self, cloud: &Cloud) {
        let events = Events::new(cloud.events.clone(), CACHE_BYTES);
        let query = Query {
            start: None,
            end: None,
            filters: vec![],
        };
        let mut request = PageRequest {
            max_events: 50,
            max_bytes: usize::MAX,
            after: None,
            horizon: now().plus_millis(-i64::from(RETENTION_DAYS) * DAY),
            now: now(),
            deadline: None,
        };
        let mut ids = Vec::new();
        loop {
            let page = events.find(self.id, &query, &request).await.unwrap();
            for event in page.events {
                assert_eq!(event.name, "GetUser", "the first text stays");
                ids.push(event.position.id);
            }
            match page.next {
                Some(next) => request.after = Some(next),
                None => break,
            }
        }
        ids.sort();
        let expected: Vec<String> = self.ids.iter().cloned().collect();
        assert_eq!(ids, expected);
    }

    /// Told twice it is one event.
    async fn check_told(&self, cloud: &Cloud) {
        let mut told = BTreeMap::new();
        while let Some(message) = cloud.calls.receive().await {
            cloud.calls.delete(&message).await;
            let record: Value = serde_json::from_str(&message.body).unwrap();
            assert_eq!(record["eventName"], "ConflictingEvents");
            assert_eq!(record["recipientAccountId"], self.id.as_str());
            let id = record["eventID"].to_string();
            let before = told.insert(id, record.clone());
            assert!(before.is_none_or(|before| before == record));
        }
        let counts = told
            .values()
            .map(|record| record["additionalEventData"]["Conflicts"].as_u64().unwrap());
        assert_eq!(counts.sum::<u64>(), self.conflicts);
        assert_eq!(told.len(), 1);
    }
}

/// Numbers of a batch's events, the first is this one.
fn numbers(first: u32) -> Vec<u32> {
    (first..first + BATCH).collect()
}
