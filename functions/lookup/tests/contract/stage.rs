//! An account with users and events, and SDK clients that sign with their keys.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use activity_log_calls::Recorder;
use activity_log_calls::memory::MemoryCallLog;
use activity_log_cloudtrail as cloudtrail;
use activity_log_control::memory::InMemory;
use activity_log_control::{
    AccessKeyId, Limit, NewAccount, Permission, Rate, Registry as _, SecretKey, new_access_key_id,
    new_secret_key,
};
use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Ordinals, Outcome, arrive};
use activity_log_core::instant::{Instant, MINUTE};
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::page::{Page, PageRequest};
use activity_log_core::query::Query;
use activity_log_core::read;
use activity_log_core::reader::{EventCounter, EventReader, ReadError};
use activity_log_core::rollup::Task;
use activity_log_core::rollup::roll::{self, Step};
use activity_log_gateway::Front;
use activity_log_identity::{Endpoint, Gate};
use activity_log_lookup::app::{App, Ports};
use activity_log_lookup::backend::Backend;
use activity_log_lookup::events::CACHE_BYTES;
use activity_log_lookup::rest::RestBackend;
use activity_log_lookup::vk::VkBackend;
use activity_log_rest as rest;
use activity_log_store::memory::MemoryItems;
use activity_log_vk as vk;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::config::retry::RetryConfig;
use aws_sdk_cloudtrail::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_cloudtrail::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use crate::boxes::{Boxes, World};
use crate::buckets::{Behaviour, Buckets};
use crate::clock::Clock;
use crate::in_process::InProcess;
use crate::rest::files::MemoryFiles;
use crate::rest::queue::MemoryQueue;
use crate::rest::rival::Rival;

/// 2026-11-20T12:00:00Z, when every test begins.
pub const NOW: Instant = Instant::from_seconds(1_795_176_000);
pub const RETENTION_DAYS: u32 = 30;
/// The service's, and that of its clients.
pub const REGION: &str = "us-east-1";
/// Where it is served.
pub const HOST: &str = "activity-log.test";

/// A store of events that can be told to fail.
#[derive(Clone)]
pub struct Events {
    items: Arc<MemoryItems>,
    read: read::Events<MemoryItems>,
    failures: Arc<Mutex<Vec<ReadError>>>,
    /// what a count may read
    limits: Arc<Mutex<read::ReadLimits>>,
}

impl Default for Events {
    fn default() -> Self {
        let items = Arc::<MemoryItems>::default();
        Self {
            read: read::Events::shared(Arc::clone(&items), CACHE_BYTES),
            items,
            failures: Arc::default(),
            limits: Arc::default(),
        }
    }
}

impl EventReader for Events {
    async fn find(
        &self,
        account: AccountId,
        query: &Query,
        page: &PageRequest,
    ) -> Result<Page, ReadError> {
        if let Some(failure) = self.failures.lock().unwrap().pop() {
            return Err(failure);
        }
        let limits = *self.limits.lock().unwrap();
        self.read.within(limits).find(account, query, page).await
    }
}

impl EventCounter for Events {
    async fn counts(
        &self,
        account: AccountId,
        query: &Query,
        request: &read::CountRequest,
    ) -> Result<read::Counts, ReadError> {
        if let Some(failure) = self.failures.lock().unwrap().pop() {
            return Err(failure);
        }
        let limits = *self.limits.lock().unwrap();
        let read = self.read.within(limits);
        read.counts(account, query, request).await
    }
}

/// Somebody's access key.
#[derive(Clone)]
pub struct Key {
    pub id: AccessKeyId,
    pub secret: SecretKey,
}

pub struct Stage {
    pub server: InProcess,
    pub clock: Clock,
    events: Events,
    /// what the operator and the archiver do
    pub directory: InMemory,
    pub buckets: Buckets,
    /// reports and plugins
    pub files: MemoryFiles,
    pub queue: MemoryQueue,
    /// what the reporter does at the worst moment
    pub rival: Rival,
    /// the log of calls
    pub calls: MemoryCallLog,
    /// what changes are yet to be told
    pub outbox: Boxes,
    pub world: World,
}

/// What the app stands on.
pub struct Memory;

impl Ports for Memory {
    type CloudTrail = Backstage;
    type Rest = RestBackstage;
    type Vk = VkBackend<Events, InMemory>;
    type Gate = Gate<InMemory, InMemory>;
    type Projects = InMemory;
    type Sessions = InMemory;
    type Outbox = Boxes;
    type Accounts = InMemory;
    type Unproven = InMemory;
    type Calls = MemoryCallLog;
}

/// All that stands behind the CloudTrail protocol.
pub type Backstage = Backend<Events, InMemory, InMemory, Buckets>;
/// All that stands behind the REST API.
pub type RestBackstage =
    RestBackend<Events, InMemory, InMemory, Rival, InMemory, MemoryFiles, MemoryQueue>;

impl Stage {
    pub fn new() -> Self {
        let events = Events::default();
        let (directory, buckets) = (InMemory::new(), Buckets::default());
        let (files, queue) = (MemoryFiles::default(), MemoryQueue::default());
        let world = World {
            directory: directory.clone(),
            buckets: buckets.clone(),
            files: files.clone(),
            queue: queue.clone(),
        };
        let outbox = Boxes::over(world.clone());
        let rival = Rival::over(directory.clone());
        let rest = RestBackend {
            events: events.clone(),
            cursors: directory.clone(),
            sessions: directory.clone(),
            reports: rival.clone(),
            plugins: directory.clone(),
            files: files.clone(),
            work: queue.clone(),
            retention_days: RETENTION_DAYS,
        };
        let cloudtrail = Backend {
            events: events.clone(),
            directory: directory.clone(),
            trails: directory.clone(),
            storage: buckets.clone(),
            region: REGION.to_owned(),
            retention_days: RETENTION_DAYS,
        };
        let clock = Clock::at(NOW);
        let at_server = clock.clone();
        let vk = VkBackend {
            events: events.clone(),
            keys: directory.clone(),
            retention_days: RETENTION_DAYS,
            clock: Box::new(move || at_server.at_server()),
        };
        let calls = MemoryCallLog::new();
        let app = App {
            cloudtrail: cloudtrail::Service::new(cloudtrail),
            rest: rest::Service::new(rest),
            vk: vk::Service::new(vk),
            gate: Gate::new(
                Endpoint::new(REGION, [HOST]),
                directory.clone(),
                directory.clone(),
                Rate::Lookup,
            ),
            projects: directory.clone(),
            sessions: directory.clone(),
            outbox: outbox.clone(),
            unproven: directory.clone(),
            accounts: directory.clone(),
            recorder: Recorder::new(calls.clone(), REGION),
        };
        Self {
            server: InProcess::new(app, clock.clone()),
            clock,
            events,
            directory,
            buckets,
            files,
            queue,
            rival,
            calls,
            outbox,
            world,
        }
    }

    pub async fn account(&self, id: &str) -> AccountId {
        let new = NewAccount {
            id: id.parse().unwrap(),
            name: "demo".parse().unwrap(),
            retention_override_days: None,
        };
        let account = self.directory.create_account(new, NOW).await.unwrap().id;
        // Tests ask often within a second of their clock.
        let limit = self
            .directory
            .set_limit(account, Limit::LookupRate, Some(10_000));
        limit.await.unwrap();
        account
    }

    /// A new user with these permissions.
    pub async fn user(&self, account: AccountId, name: &str, permissions: &[Permission]) -> Key {
        let name = name.parse().unwrap();
        let (id, secret) = (new_access_key_id(), new_secret_key());
        let directory = &self.directory;
        directory.create_user(account, &name, NOW).await.unwrap();
        for permission in permissions {
            let grant = (*permission).into();
            directory.grant(account, &name, &grant).await.unwrap();
        }
        directory
            .create_access_key(account, &name, &id, &secret, NOW)
            .await
            .unwrap();
        Key { id, secret }
    }

    /// Stores records; all must be accepted.
    pub async fn store(&self, account: AccountId, records: &[Value]) {
        self.store_from(account, &Origin::Queue, records).await;
    }

    pub async fn store_from(&self, account: AccountId, origin: &Origin, records: &[Value]) {
        let texts: Vec<_> = records.iter().map(Value::to_string).collect();
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let encoder = Mutex::new(PackEncoder::new().unwrap());
        let now = self.clock.at_server();
        let admission = Admission {
            account,
            now,
            retention_days: RETENTION_DAYS,
        };
        let records = Incoming::of_one_body(&texts, origin);
        let mut ordinals = Ordinals::default();
        let items = &*self.events.items;
        let done = arrive(
            items,
            (&encoder, 1),
            &admission,
            &records,
            &mut ordinals,
            &|| now,
        )
        .await;
        for receipt in done.receipts {
            assert_eq!(receipt.outcome, Outcome::Accepted, "{:?}", receipt.id);
        }
    }

    /// Rolls up all that was stored; the clock goes on until it is sealed.
    pub async fn roll_up(&self, account: AccountId) {
        self.clock.advance(MINUTE);
        let task = Task {
            account,
            retention_days: RETENTION_DAYS,
        };
        let mut encoder = PackEncoder::new().unwrap();
        let clock = || self.clock.at_server();
        let limits = roll::Limits::default();
        let rolled = roll::roll(&*self.events.items, task, &mut encoder, limits, &clock).await;
        assert!(matches!(rolled, Ok(Step::Rolled(_))), "{rolled:?}");
    }

    /// From now on a page or a count may read so much.
    pub fn limit_reads(&self, limits: read::ReadLimits) {
        *self.events.limits.lock().unwrap() = limits;
    }

    /// The next read of events fails so.
    pub fn fail_once(&self, failure: ReadError) {
        self.events.failures.lock().unwrap().push(failure);
    }

    /// An SDK client with this key, which tries once.
    pub fn client(&self, key: &Key) -> Client {
        self.client_of(
            key.id.as_str(),
            key.secret.expose(),
            RetryConfig::disabled(),
        )
    }

    pub fn client_of(&self, id: &str, secret: &str, retries: RetryConfig) -> Client {
        let config = aws_sdk_cloudtrail::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(self.server.clone())
            .endpoint_url(format!("http://{HOST}{}", Front::of_tests().base()))
            .region(Region::new(REGION))
            .credentials_provider(Credentials::new(id, secret, None, None, "test"))
            .time_source(self.clock.clone())
            .retry_config(retries)
            .build();
        Client::from_conf(config)
    }
}

/// A stage with account 111122223333, its administrator's client, and `count` events of it, of which
/// every tenth only reads; the newest is of `NOW`, and five share each second.
pub async fn with_events(count: i64) -> (Stage, AccountId, Client) {
    let stage = Stage::new();
    let account = stage.account("111122223333").await;
    let permissions = [Permission::Administrator, Permission::Storage];
    let key = stage.user(account, "reader", &permissions).await;
    let client = stage.client(&key);
    let records: Vec<_> = (0..count).map(record).collect();
    stage.store(account, &records).await;
    (stage, account, client)
}

/// The `n`th newest event.
pub fn record(n: i64) -> Value {
    let reads = n % 10 == 9;
    json!({
        "eventVersion": "1.08",
        "userIdentity": {"type": "IAMUser", "userName": if n % 3 == 0 {"alice"} else {"bob"}, "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "arn": "arn:aws:iam::1:user/u"},
        "requestID": format!("request-{}", n / 2),
        "userAgent": "aws-cli/2.17.0 md/x",
        "awsRegion": "us-east-1",
        "eventType": "AwsApiCall",
        "eventTime": NOW.plus_millis(-1_000 * (n / 5)).to_string(),
        "eventSource": "ec2.amazonaws.com",
        "eventName": if reads { "DescribeInstances" } else { "RunInstances" },
        "sourceIPAddress": "192.0.2.7",
        "resources": [{"ARN": format!("arn:aws:ec2:::i-{}", n % 4), "type": "AWS::EC2::Instance"}],
        "eventID": id(n),
        "readOnly": reads,
    })
}

/// Ids descend as `n` grows, so that `n` is the read order.
pub fn id(n: i64) -> String {
    format!("event-{:06}", 999_999 - n)
}

/// A stage with account 111122223333, its administrator's client, and a bucket `logs`.
pub async fn with_bucket() -> (Stage, AccountId, Client) {
    let (stage, account, client) = with_events(0).await;
    stage.buckets.make("logs", Behaviour::Writable);
    (stage, account, client)
}

/// The same, and a trail `audit` that does not log.
pub async fn with_trail() -> (Stage, AccountId, Client) {
    let (stage, account, client) = with_bucket().await;
    let create = client.create_trail().name("audit").s3_bucket_name("logs");
    create.send().await.unwrap();
    (stage, account, client)
}

/// The ARN of the trail `audit` of account 111122223333.
pub const AUDIT: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit";

/// Code and message of a refusal.
pub fn told(error: &impl ProvideErrorMetadata) -> (String, String) {
    let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
    (text(error.code()), text(error.message()))
}

/// The same of a call that must fail.
pub fn refused<T: Debug, E: ProvideErrorMetadata + Debug>(
    result: Result<T, SdkError<E>>,
) -> (String, String) {
    told(&result.unwrap_err())
}

impl Stage {
    /// The reply to a request as no SDK would write it; of a refusal, its `__type` and `message`.
    pub async fn call(&self, client: &Client, operation: &str, body: &Value) -> Value {
        let (target, body) = (format!("CloudTrail_20131101.{operation}"), body.to_string());
        let call = client.lookup_events().customize();
        let call = call.mutate_request(move |request| {
            request.headers_mut().insert("x-amz-target", target.clone());
            *request.body_mut() = SdkBody::from(body.as_str());
        });
        self.server.take_sent();
        // What the SDK makes of it is of no interest.
        let _ = call.send().await;
        let sent = self.server.take_sent().remove(0);
        serde_json::from_slice(sent.body()).unwrap()
    }
}
