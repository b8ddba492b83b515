//! An account with events, and a client that asks for them.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use activity_log_control::memory::InMemory;
use activity_log_control::vault::Sealed;
use activity_log_control::{self as control, Account};
use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Ordinals, Outcome, arrive};
use activity_log_core::instant::{Instant, MINUTE};
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::page::{Page, PageRequest};
use activity_log_core::query::Query;
use activity_log_core::read::{CACHE_BYTES, Events, ReadLimits};
use activity_log_core::reader::{EventReader, ReadError};
use activity_log_core::rollup::Task;
use activity_log_core::rollup::merge::{Merged, merge};
use activity_log_core::rollup::roll::{self, Step, roll};
use activity_log_core::subscription::Subscription;
use activity_log_store::memory::MemoryItems;
use activity_log_vk::ports::Ports;
use activity_log_vk::{Caller, Served, Service};
use bytes::Bytes;
use http::Request;
use serde_json::Value;

/// The account's default project.
pub const DEFAULT: &str = "b5b7ffd4ef";
/// Days events are kept.
pub const RETENTION_DAYS: u32 = 30;

/// What stands behind the service.
pub struct Backend {
    items: Arc<MemoryItems>,
    /// what is read of them
    events: Events<MemoryItems>,
    keys: InMemory,
    now_ms: AtomicI64,
    /// how much later it is each time somebody asks
    pub tick_ms: i64,
}

impl EventReader for Backend {
    async fn find(
        &self,
        account: AccountId,
        query: &Query,
        page: &PageRequest,
    ) -> Result<Page, ReadError> {
        self.events.find(account, query, page).await
    }
}

impl Ports for &Backend {
    type Events = Backend;
    type Keys = InMemory;

    fn events(&self) -> &Backend {
        self
    }

    fn keys(&self) -> &InMemory {
        &self.keys
    }

    fn retention_days(&self, account: &Account) -> u32 {
        account.retention_days(RETENTION_DAYS)
    }

    fn now(&self) -> Instant {
        Instant::from_millis(self.now_ms.fetch_add(self.tick_ms, Ordering::Relaxed))
    }
}

/// A client of an account.
pub struct World {
    pub backend: Backend,
    pub account: Account,
}

impl World {
    /// At a time, RFC 3339.
    pub fn at(now: &str) -> Self {
        let items = Arc::<MemoryItems>::default();
        Self {
            backend: Backend {
                events: Events::shared(Arc::clone(&items), CACHE_BYTES),
                items,
                keys: InMemory::new(),
                now_ms: AtomicI64::new(Instant::parse(now).unwrap().millis()),
                tick_ms: 0,
            },
            account: account("111122223333"),
        }
    }

    pub fn now(&self) -> Instant {
        Instant::from_millis(self.backend.now_ms.load(Ordering::Relaxed))
    }

    /// Each reading may read so much.
    pub fn limit(&mut self, limits: ReadLimits) {
        self.backend.events = self.backend.events.within(limits);
    }

    pub fn wait(&self, ms: i64) {
        self.backend.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Sends records, all of which must be accepted.
    pub async fn send(&self, records: &[Value]) {
        let encoder = Mutex::new(PackEncoder::new().unwrap());
        let now = self.now();
        let admission = Admission {
            account: self.account.id,
            now,
            retention_days: RETENTION_DAYS,
        };
        let texts: Vec<String> = records.iter().map(Value::to_string).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let records = Incoming::of_one_body(&texts, &Origin::Queue);
        let mut ordinals = Ordinals::default();
        let items = &*self.backend.items;
        let done = arrive(
            items,
            (&encoder, 1),
            &admission,
            &records,
            &mut ordinals,
            &|| now,
        )
        .await;
        for receipt in &done.receipts {
            assert_eq!(receipt.outcome, Outcome::Accepted, "{receipt:?}");
        }
    }

    /// Rolls up all that was sent, a minute later.
    pub async fn roll_up(&self) {
        self.wait(MINUTE);
        let task = Task {
            account: self.account.id,
            retention_days: RETENTION_DAYS,
        };
        let items = &*self.backend.items;
        let mut encoder = PackEncoder::new().unwrap();
        let (limits, clock) = (roll::Limits::default(), || self.now());
        while let Step::Rolled(_) = roll(items, task, &mut encoder, limits, &clock)
            .await
            .unwrap()
        {}
        while let Merged::Blocks(_) = merge(items, task, &clock).await.unwrap() {}
    }

    /// Sends a request as this account's caller.
    pub async fn serve(&self, request: &Request<Bytes>) -> Served {
        self.serve_as(&self.account, request).await
    }

    pub async fn serve_as(&self, account: &Account, request: &Request<Bytes>) -> Served {
        let caller = Caller {
            account,
            default_project: DEFAULT,
        };
        let service = Service::new(&self.backend);
        service.serve(request, caller, "req-1").await
    }

    /// A successful answer.
    pub async fn get(&self, project: &str, query: &str) -> Value {
        let served = self.serve(&request(project, query)).await;
        let text = std::str::from_utf8(served.response.body()).unwrap();
        assert_eq!(served.response.status(), 200, "{query}: {text}");
        serde_json::from_str(text).unwrap()
    }

    /// The status and message of a refusal.
    pub async fn refused(&self, request: &Request<Bytes>) -> (u16, String) {
        refusal(&self.serve(request).await)
    }

    /// The event ids of a whole answer, page by page; each page is looked at by `look`.
    pub async fn walk(
        &self,
        project: &str,
        query: &str,
        mut look: impl FnMut(&[Value], Option<&str>),
    ) -> Vec<String> {
        let (mut ids, mut marker) = (vec![], String::new());
        for _ in 0..5_000 {
            let page = self.get(project, &format!("{query}&marker={marker}")).await;
            let logs = page["logs"].as_array().unwrap();
            look(logs, page["marker"].as_str());
            ids.extend(self::ids(logs));
            match page["marker"].as_str() {
                None => return ids,
                Some(next) => next.clone_into(&mut marker),
            }
        }
        panic!("5000 pages and no end: {query}");
    }
}

pub fn account(id: &str) -> Account {
    Account {
        id: id.parse().unwrap(),
        name: "demo".parse().unwrap(),
        created: Instant::from_seconds(0),
        retention_override_days: None,
        limits: control::Limits::default(),
        subscription: Subscription::since(Instant::from_seconds(0)),
        cursor_key: Sealed::new(vec![id.as_bytes()[0]; 32]),
    }
}

pub fn request(project: &str, query: &str) -> Request<Bytes> {
    let uri = format!("/v1/{project}/logs?{query}");
    Request::get(uri).body(Bytes::new()).unwrap()
}

pub fn refusal(served: &Served) -> (u16, String) {
    let body: Value = serde_json::from_slice(served.response.body()).unwrap();
    let error = &body["error"];
    let status = served.response.status();
    assert_eq!(error["code"], status.as_u16());
    assert_eq!(error["title"], status.canonical_reason().unwrap());
    assert!(served.error.is_some());
    let message = error["message"].as_str().unwrap();
    (status.as_u16(), message.to_owned())
}

pub fn ids(logs: &[Value]) -> Vec<String> {
    let id = |log: &Value| log["event_id"].as_str().unwrap().to_owned();
    logs.iter().map(id).collect()
}
