//! An account with a producer, the function's parts, and Lambda's events.

use std::collections::HashMap;
use std::sync::Mutex;

use activity_log_calls::Recorder;
use activity_log_calls::memory::MemoryCallLog;
use activity_log_control::memory::InMemory;
use activity_log_control::{
    Day, NewAccount, Permission, Rate, Registry as _, SecretKey, UsageCount, UsageReader as _,
    new_access_key_id, new_secret_key,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::{DAY, Instant};
use activity_log_core::items::{Ask, Consistency, Item, ItemReader, Key as ItemKey, Slice};
use activity_log_core::pack::PackEncoder;
use activity_log_core::page::{FoundEvent, PageRequest};
use activity_log_core::query::Query;
use activity_log_core::read::Events;
use activity_log_core::reader::{EventReader as _, ReadError};
use activity_log_gateway::{Caller, Front, testing};
use activity_log_identity::{Endpoint, Gate};
use activity_log_ingest::api::Api;
use activity_log_ingest::app::{App, EventStore};
use activity_log_ingest::files::{FileError, ImportedFiles};
use activity_log_ingest::handler::{self, Invocation};
use activity_log_ingest::import::{self, Importer};
use activity_log_ingest::metrics::{Imported, Taken};
use activity_log_store::memory::MemoryItems;
use bytes::Bytes;
use http::Request;
use serde_json::value::RawValue;
use serde_json::{Value, json};

pub use crate::signed::Key;
use crate::signed::{HOST, REGION, signature};
use crate::slow::Slow;

/// 2026-11-20T12:00:00Z, the time of every test.
pub const NOW: Instant = Instant::from_seconds(1_795_176_000);
pub const CALLS_QUEUE: &str = "arn:aws:sqs:eu-central-1:111122223333:calls";
pub const CALLS_DEAD_LETTERS: &str = "arn:aws:sqs:eu-central-1:111122223333:calls-dead";
pub const EVENTS_QUEUE: &str = "arn:aws:sqs:eu-central-1:111122223333:events";

/// Files by key.
#[derive(Default)]
pub struct Files(pub Mutex<HashMap<String, Bytes>>);

impl ImportedFiles for Files {
    async fn read(&self, key: &str) -> Result<Bytes, FileError> {
        let found = self.0.lock().unwrap().get(key).cloned();
        found.ok_or_else(|| FileError::Unread("there is no such file".into()))
    }
}

pub struct Stage<S = MemoryItems> {
    pub app: App<S, Slow<InMemory>>,
    /// the import bucket
    pub files: Files,
    /// what stands in front of it
    pub api: Api<Gate<InMemory, InMemory>, Slow<MemoryCallLog>, InMemory>,
    pub control: InMemory,
    /// the log of calls
    pub calls: MemoryCallLog,
    /// what the last invocation counted
    taken: Mutex<Taken>,
}

/// How an invocation of ingest comes, which ends at `end`.
pub fn invocation(own_queues: &[String], end: Instant) -> Invocation<'_> {
    Invocation {
        request_id: "request-1",
        function_name: "ingest",
        end,
        own_queues,
    }
}

pub fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

impl Stage {
    pub async fn new() -> Self {
        Self::on(MemoryItems::default(), || NOW).await
    }
}

impl<S: EventStore> Stage<S> {
    /// On a store and a clock of the test's own.
    pub async fn on(store: S, clock: fn() -> Instant) -> Self {
        let control = InMemory::new();
        let new = NewAccount {
            id: account(),
            name: "demo".parse().unwrap(),
            retention_override_days: None,
        };
        control.create_account(new, NOW).await.unwrap();
        let parts = (store, Slow::new(control.clone(), 0));
        let encoder = PackEncoder::new().unwrap();
        let app = App::new(parts, encoder, 30, clock);
        let calls = MemoryCallLog::new();
        let api = Api {
            gate: Gate::new(
                Endpoint::new(REGION, [HOST]),
                control.clone(),
                control.clone(),
                Rate::Ingest,
            ),
            unproven: control.clone(),
            recorder: Recorder::new(Slow::new(calls.clone(), 0), "eu-central-1"),
        };
        let taken = Mutex::default();
        Self {
            app,
            files: Files::default(),
            api,
            control,
            calls,
            taken,
        }
    }

    pub async fn key(&self, user: &str, permissions: &[Permission]) -> Key {
        let name = user.parse().unwrap();
        let (id, secret): (_, SecretKey) = (new_access_key_id(), new_secret_key());
        self.control
            .create_user(account(), &name, NOW)
            .await
            .unwrap();
        for permission in permissions {
            self.control
                .grant(account(), &name, &(*permission).into())
                .await
                .unwrap();
        }
        self.control
            .create_access_key(account(), &name, &id, &secret, NOW)
            .await
            .unwrap();
        Key {
            id: id.to_string(),
            secret: secret.expose().to_owned(),
        }
    }

    /// What the last invocation counted.
    pub fn taken(&self) -> Taken {
        *self.taken.lock().unwrap()
    }

    pub async fn handle(&self, event: &Value) -> Value {
        let event = serde_json::value::to_raw_value(event).unwrap();
        let mut taken = Taken::default();
        let own_queues = [CALLS_QUEUE, CALLS_DEAD_LETTERS].map(str::to_owned);
        let invocation = invocation(&own_queues, self.app.now().plus_millis(29_000));
        let answer = handler::take(&self.app, &self.api, &event, invocation, &mut taken).await;
        let answer: Box<RawValue> = answer.unwrap();
        *self.taken.lock().unwrap() = taken;
        serde_json::from_str(answer.get()).unwrap()
    }

    /// Sends a body through the HTTP API; gives status and reply.
    pub async fn post(&self, key: &Key, body: &[u8], headers: &[(&str, &str)]) -> (u64, Value) {
        self.request(key, "POST", "/v1/events", body, headers).await
    }

    pub async fn request(
        &self,
        key: &Key,
        method: &str,
        path: &str,
        body: &[u8],
        headers: &[(&str, &str)],
    ) -> (u64, Value) {
        let mut sent: Vec<(String, String)> = vec![("host".into(), HOST.into())];
        sent.extend(
            headers
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into())),
        );
        let front = Front::of_tests();
        let signed = format!("{}{path}", front.base());
        sent.extend(signature((key, NOW), (method, &signed), body, &sent));
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &sent {
            request = request.header(name, value);
        }
        let mut request = request.body(Bytes::copy_from_slice(body)).unwrap();
        request.extensions_mut().insert(Caller {
            source_ip: Some([192, 0, 2, 1].into()),
            ..Caller::default()
        });
        let mut event = testing::event(front, &request, path);
        let arrived = match front {
            Front::HttpApi => "timeEpoch",
            Front::RestApi => "requestTimeEpoch",
        };
        event["requestContext"][arrived] = json!(self.app.now().millis());
        let answer = self.handle(&event).await;
        let reply = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        (answer["statusCode"].as_u64().unwrap(), reply)
    }

    /// Hands messages of a queue over; gives the ids of those that failed.
    pub async fn deliver(&self, queue: &str, messages: &[Value]) -> Vec<String> {
        failed(&self.handle(&delivery(queue, messages)).await)
    }

    /// Puts a file into the import bucket.
    pub fn put(&self, key: &str, content: Vec<u8>) {
        let mut files = self.files.0.lock().unwrap();
        files.insert(key.to_owned(), Bytes::from(content));
    }

    /// Hands notices over to the importer, until `end`; gives the ids of those that failed, and what was counted.
    pub async fn import_until(&self, end: Instant, notices: &[Value]) -> (Vec<String>, Imported) {
        let importer = Importer {
            app: &self.app,
            files: &self.files,
        };
        let event = delivery("arn:aws:sqs:eu-central-1:111122223333:imports", notices);
        let event = serde_json::from_value(event).unwrap();
        let mut counts = Imported::default();
        let answer = import::take(&importer, &event, end, &mut counts).await;
        (failed(&serde_json::to_value(answer).unwrap()), counts)
    }

    /// The same, with time enough.
    pub async fn import(&self, notices: &[Value]) -> (Vec<String>, Imported) {
        self.import_until(NOW.plus_millis(900_000), notices).await
    }

    /// What was counted today of an account.
    pub async fn usage(&self, account: AccountId) -> UsageCount {
        let today = self.control.usage(account, Day::of(NOW), 1).await.unwrap();
        today[0].1
    }

    /// Ids of all events stored for an account, newest first.
    pub async fn stored(&self, account: AccountId) -> Vec<String> {
        let found = self.found(account, &Query::default()).await.into_iter();
        found.map(|event| event.position.id).collect()
    }

    /// The events that match, newest first.
    pub async fn found(&self, account: AccountId, query: &Query) -> Vec<FoundEvent> {
        let events = Events::new(Borrowed(&self.app.store), 0);
        let mut page = PageRequest {
            max_events: 1_000,
            max_bytes: usize::MAX,
            after: None,
            horizon: NOW.plus_millis(-30 * DAY),
            now: self.app.now(),
            deadline: None,
        };
        let mut all = Vec::new();
        loop {
            let found = events.find(account, query, &page).await.unwrap();
            all.extend(found.events);
            if found.next.is_none() {
                return all;
            }
            page.after = found.next;
        }
    }
}

/// The function's store, for somebody who only reads.
struct Borrowed<'s, S>(&'s S);

impl<S: ItemReader> ItemReader for Borrowed<'_, S> {
    async fn range(&self, ask: &Ask) -> Result<Slice, ReadError> {
        self.0.range(ask).await
    }

    async fn get(&self, keys: &[ItemKey], by: Consistency) -> Result<Vec<Item>, ReadError> {
        self.0.get(keys, by).await
    }
}

/// Messages as Lambda hands them over.
pub fn delivery(queue: &str, messages: &[Value]) -> Value {
    let record = |(number, message): (usize, &Value)| {
        let mut record = json!({
            "messageId": format!("m{number}"), "receiptHandle": "h", "attributes": {},
            "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
            "eventSourceARN": queue, "awsRegion": "eu-central-1",
        });
        let message = message.as_object().unwrap().clone();
        record.as_object_mut().unwrap().extend(message);
        record
    };
    let records: Vec<Value> = messages.iter().enumerate().map(record).collect();
    json!({"Records": records})
}

/// The ids of the messages to be given again.
pub fn failed(answer: &Value) -> Vec<String> {
    let failures = answer["batchItemFailures"].as_array().unwrap();
    let id = |one: &Value| one["itemIdentifier"].as_str().unwrap().to_owned();
    failures.iter().map(id).collect()
}

/// A record, so many seconds old.
pub fn record(id: &str, seconds: i64) -> Value {
    json!({
        "eventID": id, "eventTime": NOW.plus_millis(-seconds * 1_000).to_string(),
        "eventName": "StopInstances", "eventSource": "ec2.amazonaws.com",
        "userIdentity": {"type": "IAMUser", "userName": "alice"},
    })
}

pub fn gzip(plain: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}
