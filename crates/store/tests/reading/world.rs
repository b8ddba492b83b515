//! A store in memory that events arrive in, and are rolled up in, beside a model of it.

use std::sync::Arc;

use activity_log_core::account::AccountId;
use activity_log_core::event::Event;
use activity_log_core::instant::{DAY, Instant, SECOND};
use activity_log_core::items::ItemWriter as _;
use activity_log_core::items::key::ArrivalKey;
use activity_log_core::pack::{ArrivalDraft, PackEncoder};
use activity_log_core::page::PageRequest;
use activity_log_core::query::{Attribute, Filter, Query, Says, Test};
use activity_log_core::slot::Slot;
use activity_log_store::memory::MemoryItems;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::model::{Arrived, Model};
use crate::rolled;

pub const RETENTION_DAYS: u32 = 30;
pub const NAMES: [&str; 6] = [
    "GetObject",
    "PutObject",
    "RunInstances",
    "DescribeInstances",
    "DeleteUser",
    "AssumeRole",
];
pub const SOURCES: [&str; 3] = ["s3.amazonaws.com", "ec2.amazonaws.com", "iam.amazonaws.com"];
pub const USERS: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];
pub const RESOURCES: [&str; 4] = ["arn:b1", "arn:b2", "arn:Key", "arn:key"];
const ERRORS: [&str; 2] = ["AccessDenied", "NoSuchKey"];
const ORIGINS: [&str; 4] = ["producer:alice", "producer:eve", "import", "service"];

pub fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

pub struct World {
    pub items: Arc<MemoryItems>,
    pub model: Model,
    pub now: Instant,
    pub random: StdRng,
    encoder: PackEncoder,
    next_id: u64,
    /// whether what was sent before comes again from somebody who is believed more
    pub upgrades: bool,
    /// whether times are whole seconds
    whole: bool,
}

/// A record and its origin.
pub type Sent = (String, String);

impl World {
    pub fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        Self {
            items: Arc::default(),
            model: Model::default(),
            now: Instant::from_seconds(1_795_132_800 + random.random_range(0..86_400)),
            whole: random.random(),
            random,
            encoder: PackEncoder::new().unwrap(),
            next_id: 0,
            upgrades: true,
        }
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        // The first ones are common, the last ones rare.
        let at = self.random.random_range(0.0..1.0_f64).powi(2) * of.len() as f64;
        of[(at as usize).min(of.len() - 1)]
    }

    /// A record nobody sent before, so much older than now.
    pub fn record(&mut self, age_ms: i64) -> Sent {
        self.next_id += 1;
        let unit = if self.whole { SECOND } else { 1 };
        let time = (self.now.millis() - age_ms) / unit * unit;
        let time = Instant::from_millis(time);
        let id = if self.random.random_bool(0.8) {
            uuid(self.random.random())
        } else {
            format!("e{}", self.next_id)
        };
        let (name, source) = (self.pick(&NAMES), self.pick(&SOURCES));
        let (user, origin) = (self.pick(&USERS), self.pick(&ORIGINS));
        let error = if self.random.random_bool(0.1) {
            format!(r#","errorCode":"{}""#, self.pick(&ERRORS))
        } else {
            String::new()
        };
        let user = if self.random.random_bool(0.05) {
            String::new()
        } else {
            format!(r#","userIdentity":{{"type":"IAMUser","userName":"{user}"}}"#)
        };
        let resources = self.resources();
        let text = format!(
            r#"{{"eventTime":"{time}","eventID":"{id}","eventName":"{name}","eventSource":"{source}"{user}{error}{resources}}}"#
        );
        (text, origin.to_owned())
    }

    /// None, mostly; else up to three.
    fn resources(&mut self) -> String {
        if self.random.random_bool(0.8) {
            return String::new();
        }
        let count = self.random.random_range(1..4);
        let resources: Vec<String> = (0..count)
            .map(|_| format!(r#"{{"ARN":"{}"}}"#, self.pick(&RESOURCES)))
            .collect();
        format!(r#","resources":[{}]"#, resources.join(","))
    }

    /// A record of an event that was sent before: the same text or another one.
    fn again(&mut self) -> Option<Sent> {
        if self.model.rows.is_empty() {
            return None;
        }
        let at = self.random.random_range(0..self.model.rows.len());
        let row = self.model.rows[at].clone();
        let origin = if !self.upgrades || self.random.random_bool(0.5) {
            row.origin.clone()
        } else {
            self.pick(&ORIGINS).to_owned()
        };
        let text = if self.random.random_bool(0.6) {
            row.text
        } else {
            let name = self.pick(&NAMES);
            let before = row.event().fields.name.to_string();
            row.text.replace(&before, name)
        };
        Some((text, origin))
    }

    /// A batch as producers send it: mostly of now, some late, some again.
    pub fn batch(&mut self, size: usize) -> Vec<Sent> {
        let mut batch = Vec::new();
        for _ in 0..size {
            let age = match self.random.random_range(0..20) {
                0 => self.random.random_range(0..20 * DAY),
                1 => self.random.random_range(0..4 * 3_600 * SECOND),
                2 => -self.random.random_range(0..200 * SECOND),
                _ => self.random.random_range(0..20 * SECOND),
            };
            let again = if self.random.random_bool(0.1) {
                self.again()
            } else {
                None
            };
            batch.push(again.unwrap_or_else(|| self.record(age)));
        }
        batch
    }

    /// Writes a batch.
    pub async fn arrive(&mut self, batch: &[Sent]) {
        let mut events: Vec<Event<'_>> = batch
            .iter()
            .map(|(text, origin)| Event::stored(text, origin).unwrap())
            .collect();
        events.sort_by(|a, b| (b.time, &b.id).cmp(&(a.time, &a.id)));
        events.dedup_by(|a, b| (a.time, &a.id) == (b.time, &b.id));
        let rows: Vec<&Event<'_>> = events.iter().collect();
        let draft = ArrivalDraft::new(&mut self.encoder, account(), &rows).unwrap();
        let item = draft.item(self.now, 1);
        let key = ArrivalKey::from_sort(&item.key.sort).unwrap();
        if self.items.create(&item).await.unwrap()
            == activity_log_core::items::Created::AlreadyThere
        {
            return;
        }
        for (row, event) in rows.iter().enumerate() {
            self.model.rows.push(Arrived {
                slot: key.slot,
                written: self.now,
                hash: key.hash,
                row,
                text: event.text.to_string(),
                origin: event.origin.to_string(),
                position: activity_log_core::page::Position {
                    time: event.time,
                    id: event.id.to_string(),
                },
                rank: event.rank,
            });
        }
    }

    pub fn advance(&mut self, millis: i64) {
        self.now = self.now.plus_millis(millis);
    }

    /// Rolls up all sealed slots.
    pub async fn roll_up(&mut self) {
        let upto = Slot::last_sealed(self.now);
        rolled::roll_up(&self.items, &self.model, upto, self.now).await;
    }

    /// Merges some neighbouring blocks.
    pub async fn merge(&mut self) {
        let random: (f64, f64) = self.random.random();
        rolled::merge(&self.items, random, self.now).await;
    }

    pub fn horizon(&self) -> Instant {
        self.now.plus_millis(-i64::from(RETENTION_DAYS) * DAY)
    }

    pub fn page(&self, max_events: usize) -> PageRequest {
        PageRequest {
            max_events,
            max_bytes: usize::MAX,
            after: None,
            horizon: self.horizon(),
            now: self.now,
            deadline: None,
        }
    }

    /// A question somebody might ask.
    pub fn query(&mut self) -> Query {
        let mut filters = Vec::new();
        for _ in 0..[0, 0, 1, 1, 2, 2, 3][self.random.random_range(0..7)] {
            filters.push(self.filter());
        }
        let mut query = Query {
            filters,
            ..Query::default()
        };
        let some_time = |world: &mut Self| {
            let at = world.random.random_range(0..world.model.rows.len());
            world.model.rows[at].position.time
        };
        if !self.model.rows.is_empty() && self.random.random_bool(0.4) {
            let (a, b) = (some_time(self), some_time(self));
            query.start = Some(a.min(b));
            if self.random.random() {
                query.end = Some(a.max(b));
            }
        }
        query
    }

    fn filter(&mut self) -> Filter {
        let (attribute, value) = match self.random.random_range(0..15) {
            0..=2 => (Attribute::EventName, self.pick(&NAMES).to_owned()),
            3..=4 => (Attribute::EventSource, self.pick(&SOURCES).to_owned()),
            5..=7 => (Attribute::Username, self.pick(&USERS).to_owned()),
            8 => (Attribute::ErrorCode, self.pick(&ERRORS).to_owned()),
            9 => (Attribute::Origin, self.pick(&ORIGINS).to_owned()),
            10 => (Attribute::Username, "nobody".to_owned()),
            14 => (Attribute::ResourceName, self.pick(&RESOURCES).to_owned()),
            11 if !self.model.rows.is_empty() => {
                let at = self.random.random_range(0..self.model.rows.len());
                (Attribute::EventId, self.model.rows[at].position.id.clone())
            }
            _ => {
                let value = self.random.random_bool(0.5).to_string();
                (Attribute::ReadOnly, value)
            }
        };
        if self.random.random_bool(0.6) {
            return Filter::is(attribute, value);
        }
        let test = self.test(&value);
        Filter { attribute, test }
    }

    /// A test of any kind, of which this value is the point.
    fn test(&mut self, value: &str) -> Test {
        let half = value.len() / 2;
        let says = match self.random.random_range(0..6) {
            0 => Says::Is(vec![value.to_owned()]),
            1 | 2 => {
                let more = [
                    self.pick(&NAMES),
                    self.pick(&USERS),
                    self.pick(&ERRORS),
                    "false",
                ];
                let more = more.into_iter().map(str::to_owned);
                Says::Is(std::iter::once(value.to_owned()).chain(more).collect())
            }
            3 => Says::Prefix(value[..half.max(1)].to_owned()),
            4 => Says::Contains(value[half..].to_owned()),
            _ => Says::Something,
        };
        let ignore_case = says != Says::Something && self.random.random_bool(0.3);
        Test {
            says,
            ignore_case,
            negated: self.random.random_bool(0.4),
        }
    }
}

fn uuid(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}
