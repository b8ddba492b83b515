//! The archiver over memory: a store, a control table, buckets that can fail, a clock.

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use activity_log_archive::uploads::{DeliveryError, Target, Uploads};
use activity_log_archive::writer::Sizes;
use activity_log_archiver::app::{App, Ports};
use activity_log_archiver::delivery::deliver;
use activity_log_archiver::metrics::Delivered;
use activity_log_archiver::queue::{Queue, TrailMessage};
use activity_log_archiver::signer::{Signer, SignerError};
use activity_log_archiver::tick;
use activity_log_control::memory::InMemory;
use activity_log_control::{NewAccount, Registry as _, TrailReader as _, TrailWriter as _};
use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Ordinals, Outcome, arrive};
use activity_log_core::instant::{Instant, MINUTE};
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::rollup::Task;
use activity_log_core::rollup::merge::{Merged, merge};
use activity_log_core::rollup::roll::{Limits, Step, roll};
use activity_log_core::trail::Trail;
use activity_log_core::trail::format::Format;
use activity_log_digest::public_key::PublicKey;
use activity_log_lambda::heartbeat::{Cause, Hide};
use activity_log_lambda::queue::Turn;
use activity_log_lambda::sqs::QueueError;
use activity_log_store::memory::MemoryItems;
use serde_json::{Value, json};

use crate::trails::Trails;

/// A window's first millisecond, and an hour's.
pub const START: Instant = Instant::from_seconds(1_795_176_000);

/// A minute after [`START`], or as many.
pub fn minutes(count: i64) -> Instant {
    START.plus_millis(count * MINUTE)
}

/// The AWS account of every bucket.
pub fn owner() -> AccountId {
    "444455556666".parse().unwrap()
}

pub fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

/// Small, so that a few thousand events make several archives of several parts.
pub const SIZES: Sizes = Sizes {
    entry_bytes: 64 * 1024,
    part_bytes: 32 * 1024,
    archive_bytes: 800_000,
};

/// Buckets in memory. A bucket named in `broken` answers with that code.
#[derive(Clone, Default)]
pub struct Buckets(Arc<Mutex<State>>);

#[derive(Default)]
pub struct State {
    pub objects: BTreeMap<(String, String), Vec<u8>>,
    pub broken: HashMap<String, &'static str>,
    pub calls: usize,
    /// whether digests are refused, as by a policy that lets only archives in
    pub no_digests: bool,
    /// the call that fails, and every one after it
    pub fails_from: Option<usize>,
    /// what happens meanwhile, at the next call
    pub meanwhile: Option<Box<dyn FnOnce() + Send>>,
    open: HashMap<String, BTreeMap<i32, Vec<u8>>>,
}

impl Buckets {
    pub fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn call(&self, target: &Target) -> Result<std::sync::MutexGuard<'_, State>, DeliveryError> {
        let mut state = self.state();
        state.calls += 1;
        if let Some(meanwhile) = state.meanwhile.take() {
            meanwhile();
        }
        let code = state.broken.get(&target.bucket).copied();
        let code = code.or((state.no_digests && is_digest(&target.key)).then_some("AccessDenied"));
        let over = state.fails_from.is_some_and(|from| state.calls >= from);
        match code.or(over.then_some("ServiceUnavailable")) {
            None => Ok(state),
            Some(code) => Err(DeliveryError {
                code: code.to_owned(),
                cause: "broken on purpose".into(),
            }),
        }
    }

    /// Keys of archives in a bucket, in order.
    pub fn archives(&self, bucket: &str) -> Vec<String> {
        let state = self.state();
        let keys = state.objects.keys().filter(|(at, _)| at == bucket);
        keys.map(|(_, key)| key.clone())
            .filter(|key| !is_digest(key))
            .collect()
    }

    pub fn digests(&self, bucket: &str) -> Vec<Value> {
        let state = self.state();
        let objects = state.objects.iter().filter(|((at, _), _)| at == bucket);
        objects
            .filter(|((_, key), _)| is_digest(key))
            .map(|(_, bytes)| {
                let gzip = flate2::bufread::GzDecoder::new(bytes.as_slice());
                serde_json::from_reader(gzip).unwrap()
            })
            .collect()
    }

    /// Records of all archives of a bucket, in key order.
    pub fn records(&self, bucket: &str) -> Vec<Value> {
        let keys = self.archives(bucket);
        let state = self.state();
        keys.iter()
            .flat_map(|key| records(key, &state.objects[&(bucket.to_owned(), key.clone())]))
            .collect()
    }

    /// Ids of all archived events, sorted.
    pub fn ids(&self, bucket: &str) -> Vec<String> {
        let records = self.records(bucket);
        let id = |record: &Value| record["eventID"].as_str().unwrap().to_owned();
        let mut ids: Vec<String> = records.iter().map(id).collect();
        ids.sort();
        ids
    }
}

fn is_digest(key: &str) -> bool {
    key.contains("/CloudTrail-Digest/")
}

/// The records of the archive of this key.
fn records(key: &str, archive: &[u8]) -> Vec<Value> {
    let plain = flate2::bufread::GzDecoder::new(archive);
    if Format::of_key(key) == Some(Format::JsonGz) {
        let mut file: Value = serde_json::from_reader(plain).unwrap();
        return std::mem::take(file["Records"].as_array_mut().unwrap());
    }
    let mut tar = tar::Archive::new(plain);
    let mut all = Vec::new();
    for entry in tar.entries().unwrap() {
        let mut text = String::new();
        entry.unwrap().read_to_string(&mut text).unwrap();
        let mut file: Value = serde_json::from_str(&text).unwrap();
        all.append(file["Records"].as_array_mut().unwrap());
    }
    all
}

impl Uploads for Buckets {
    type Part = i32;

    async fn put(
        &self,
        target: &Target,
        body: Vec<u8>,
        _metadata: &[(&str, String)],
    ) -> Result<(), DeliveryError> {
        let at = (target.bucket.clone(), target.key.clone());
        self.call(target)?.objects.insert(at, body);
        Ok(())
    }

    async fn begin(&self, target: &Target) -> Result<String, DeliveryError> {
        let mut state = self.call(target)?;
        let id = format!("upload-{}", state.calls);
        state.open.insert(id.clone(), BTreeMap::new());
        Ok(id)
    }

    async fn part(
        &self,
        target: &Target,
        upload: &str,
        number: i32,
        body: Vec<u8>,
    ) -> Result<i32, DeliveryError> {
        let mut state = self.call(target)?;
        state.open.get_mut(upload).unwrap().insert(number, body);
        Ok(number)
    }

    async fn complete(
        &self,
        target: &Target,
        upload: &str,
        parts: Vec<i32>,
    ) -> Result<(), DeliveryError> {
        let mut state = self.call(target)?;
        let sent = state.open.remove(upload).unwrap();
        assert_eq!(parts, sent.keys().copied().collect::<Vec<_>>());
        let at = (target.bucket.clone(), target.key.clone());
        let whole = sent.into_values().flatten().collect();
        state.objects.insert(at, whole);
        Ok(())
    }

    async fn abort(&self, _target: &Target, upload: &str) {
        self.state().open.remove(upload);
    }
}

/// Not RSA: what is signed matters here, not by whom.
pub struct Hasher;

impl Signer for Hasher {
    async fn public_key(&self) -> Result<PublicKey, SignerError> {
        Ok(PublicKey::from_pkcs1(b"no key"))
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        use sha2::Digest as _;
        Ok(sha2::Sha256::digest(message).to_vec())
    }
}

#[derive(Clone, Default)]
pub struct Sent(pub Arc<Mutex<Vec<TrailMessage>>>);

impl Hide for Sent {
    async fn hide(&self, _receipt: &str, _time: Duration) -> Result<bool, Cause> {
        Ok(true)
    }
}

impl Queue for Sent {
    async fn send(&self, messages: &[TrailMessage]) -> Result<(), QueueError> {
        self.0.lock().unwrap().extend_from_slice(messages);
        Ok(())
    }
}

pub struct Memory {
    pub store: MemoryItems,
    pub control: InMemory,
    pub trails: Trails,
    pub buckets: Buckets,
    signer: Hasher,
    pub queue: Sent,
}

impl Ports for Memory {
    type Events = MemoryItems;
    type Trails = Trails;
    type Accounts = InMemory;
    type Uploads = Buckets;
    type Signer = Hasher;
    type Queue = Sent;

    fn events(&self) -> &MemoryItems {
        &self.store
    }
    fn trails(&self) -> &Trails {
        &self.trails
    }
    fn accounts(&self) -> &InMemory {
        &self.control
    }
    fn uploads(&self) -> &Buckets {
        &self.buckets
    }
    fn signer(&self) -> &Hasher {
        &self.signer
    }
    fn queue(&self) -> &Sent {
        &self.queue
    }
}

pub struct Stage {
    pub app: App<Memory>,
    clock: Arc<Mutex<Instant>>,
    encoder: Mutex<PackEncoder>,
}

impl Stage {
    /// With the account, at [`START`].
    pub async fn new() -> Self {
        let control = InMemory::new();
        let new = NewAccount {
            id: account(),
            name: "Test".parse().unwrap(),
            retention_override_days: None,
        };
        control.create_account(new, START).await.unwrap();
        let clock = Arc::new(Mutex::new(START));
        let told = Arc::clone(&clock);
        Self {
            app: App {
                ports: Memory {
                    store: MemoryItems::default(),
                    trails: Trails::of(control.clone()),
                    control,
                    buckets: Buckets::default(),
                    signer: Hasher,
                    queue: Sent::default(),
                },
                region: "us-east-1".to_owned(),
                retention_days: 30,
                sizes: SIZES,
                function_name: "archiver".to_owned(),
                clock: Box::new(move || *told.lock().unwrap()),
            },
            clock,
            encoder: Mutex::new(PackEncoder::new().unwrap()),
        }
    }

    pub fn at(&self, time: Instant) -> &Self {
        *self.clock.lock().unwrap() = time;
        self
    }

    /// A trail that logs since now, into a bucket of its name.
    pub async fn trail(&self, name: &str, set: impl FnOnce(&mut Trail)) -> Trail {
        let id = format!("{:0>16}", name.len());
        let now = self.app.now();
        let mut trail = Trail::new(account(), name.parse().unwrap(), id, (name, owner()), now);
        trail.settings.validation = true;
        trail.logging.start(self.app.now()).unwrap();
        set(&mut trail);
        let control = &self.app.ports.control;
        control.create_trail(&trail, 100).await.unwrap();
        trail
    }

    pub async fn read(&self, trail: &Trail) -> Trail {
        let control = &self.app.ports.control;
        let read = control.trail(trail.account, &trail.name).await;
        read.unwrap().unwrap()
    }

    /// Changes what the API may change.
    pub async fn configure(&self, trail: &Trail, change: impl FnOnce(&mut Trail)) {
        let old = self.read(trail).await;
        let mut new = old.clone();
        change(&mut new);
        let control = &self.app.ports.control;
        assert!(control.configure_trail(&old, &new).await.unwrap());
    }

    /// Ingests records now; all of them must be taken.
    pub async fn ingest(&self, records: &[String]) {
        for outcome in self.outcomes(records).await {
            assert_eq!(outcome, Outcome::Accepted);
        }
    }

    pub async fn outcomes(&self, records: &[String]) -> Vec<Outcome> {
        self.outcomes_from(&Origin::Queue, records).await
    }

    pub async fn outcomes_from(&self, origin: &Origin, records: &[String]) -> Vec<Outcome> {
        let texts: Vec<&str> = records.iter().map(String::as_str).collect();
        let now = self.app.now();
        let admission = Admission {
            account: account(),
            now,
            retention_days: 30,
        };
        let incoming = Incoming::of_one_body(&texts, origin);
        let done = arrive(
            &self.app.ports.store,
            (&self.encoder, 1),
            &admission,
            &incoming,
            &mut Ordinals::default(),
            &|| now,
        )
        .await;
        let receipts = done.receipts;
        receipts
            .into_iter()
            .map(|receipt| receipt.outcome)
            .collect()
    }

    /// Rolls up all that is sealed by now, and merges what is to be merged.
    pub async fn roll_up(&self) {
        let (store, now) = (&self.app.ports.store, self.app.now());
        let task = Task {
            account: account(),
            retention_days: 30,
        };
        let mut encoder = PackEncoder::new().unwrap();
        loop {
            let step = roll(store, task, &mut encoder, Limits::default(), &|| now).await;
            if !matches!(step.unwrap(), Step::Rolled(_)) {
                break;
            }
        }
        while merge(store, task, &|| now).await.unwrap() != Merged::Nothing {}
    }

    /// The clock, for what happens meanwhile.
    pub fn clock(&self) -> Arc<Mutex<Instant>> {
        Arc::clone(&self.clock)
    }

    /// An invocation for one trail that ends then.
    pub async fn run(&self, trail: &str, end: Instant) -> Delivered {
        let (turn, delivered) = self.deliver(trail, end).await;
        assert_eq!(turn, Turn::Done);
        delivered
    }

    /// The same, and whether its message is to come again.
    pub async fn deliver(&self, trail: &str, end: Instant) -> (Turn, Delivered) {
        let message = TrailMessage {
            account: account(),
            trail: trail.parse().unwrap(),
        };
        let mut delivered = Delivered::default();
        // Boxed, here and below: its future is too large for the stack of a debug build's test.
        let done = Box::pin(deliver(&self.app, &message, end, &mut delivered)).await;
        (done.unwrap(), delivered)
    }

    /// A tick, and all of its messages.
    pub async fn tick(&self) -> Delivered {
        tick::fan_out(&self.app).await.unwrap();
        let messages = std::mem::take(&mut *self.app.ports.queue.0.lock().unwrap());
        let mut all = Delivered::default();
        for message in messages {
            let end = self.app.now().plus_millis(15 * MINUTE);
            let mut one = Delivered::default();
            let done = Box::pin(deliver(&self.app, &message, end, &mut one)).await;
            done.unwrap();
            all.windows_archived += one.windows_archived;
            all.events_archived += one.events_archived;
            all.digests_delivered += one.digests_delivered;
            all.delivery_errors += one.delivery_errors;
            all.expired_parts += one.expired_parts;
            all.lag_seconds = all.lag_seconds.max(one.lag_seconds);
        }
        all
    }
}

/// A record of an event of this time.
pub fn record(id: &str, time: Instant) -> String {
    record_of(id, time, &json!({}))
}

pub fn record_of(id: &str, time: Instant, more: &Value) -> String {
    let mut record = json!({
        "eventVersion": "1.08",
        "eventTime": time.to_string(),
        "eventSource": "ec2.amazonaws.com",
        "eventName": "StopInstances",
        "eventID": id,
        "readOnly": false,
        "eventType": "AwsApiCall",
        "awsRegion": "us-east-1",
        "userIdentity": {"type": "IAMUser", "userName": "alice"},
        "requestParameters": {"noise": noise(id)},
    });
    for (name, value) in more.as_object().unwrap() {
        record[name] = value.clone();
    }
    record.to_string()
}

/// Text that does not compress well, the same for the same id.
fn noise(id: &str) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(id))
}
