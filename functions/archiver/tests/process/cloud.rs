//! Tables, keys and a bucket on the emulator, and events in them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use activity_log_archive::files::files;
use activity_log_control::dynamodb::{Registrar, TrailTable};
use activity_log_control::kms::KmsVault;
use activity_log_control::{
    DeletedTrail, NewAccount, NewTrail, Registry as _, TrailArchive as _, TrailReader as _,
    TrailWriter as _,
};
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Ordinals, Outcome, arrive};
use activity_log_core::instant::{Instant, MINUTE};
use activity_log_core::items::key;
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::rollup::Task;
use activity_log_core::rollup::roll::{Limits, Step, roll};
use activity_log_core::slot::Slot;
use activity_log_core::trail::Trail;
use activity_log_core::trail::format::Format;
use activity_log_core::window::{WINDOW_MS, Window};
use activity_log_store::dynamodb::DynamoStore;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::queue::Queue;

pub const ACCOUNT: &str = "111122223333";
/// The AWS account of the bucket, which the emulator does not look at.
const OWNER: &str = "000000000000";
pub const TRAIL: &str = "audit";

/// Tests of one process begin in the same millisecond: they are numbered.
static STARTED: AtomicU32 = AtomicU32::new(0);

/// Objects by key, with their bytes and metadata.
pub type Objects = BTreeMap<String, (Vec<u8>, BTreeMap<String, String>)>;

pub struct Cloud {
    pub endpoint: String,
    name: String,
    signing_key: String,
    pub queue: Queue,
    dynamodb: aws_sdk_dynamodb::Client,
    s3: aws_sdk_s3::Client,
    trails: TrailTable,
    events: DynamoStore,
    /// the first window with events
    first: Window,
    ids: Vec<String>,
    encoder: Mutex<PackEncoder>,
}

/// Three windows ago, sealed by any clock; four, where the next is of another hour and so in another digest.
fn first_window(now: Instant) -> Window {
    let first = Window::of(now.plus_millis(-3 * WINDOW_MS));
    let hour = |window: Window| window.start().minute().div_euclid(60);
    if hour(first) == hour(first.next()) {
        first
    } else {
        Window::of(now.plus_millis(-4 * WINDOW_MS))
    }
}

impl Cloud {
    /// `None` where there is no emulator.
    pub async fn start() -> Option<Self> {
        let endpoint = std::env::var("ACTIVITY_LOG_TEST_DYNAMODB").ok()?;
        let config = activity_log_aws::with_endpoint(&endpoint).await;
        let dynamodb = aws_sdk_dynamodb::Client::new(&config);
        let kms = aws_sdk_kms::Client::new(&config);
        let now = Instant::from(OffsetDateTime::now_utc());
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("archiver-{}-{number}", now.millis());
        let key = kms
            .create_key()
            .key_spec(aws_sdk_kms::types::KeySpec::Rsa2048)
            .key_usage(aws_sdk_kms::types::KeyUsageType::SignVerify);
        let key = key.send().await.unwrap().key_metadata.unwrap().key_id;
        let sealing = kms.create_key().send().await.unwrap();
        let sealing = sealing.key_metadata.unwrap().key_id;
        for table in ["events", "control"] {
            create_table(&dynamodb, &format!("{name}-{table}")).await;
        }
        let vault = KmsVault::new(kms, sealing);
        let registrar = Registrar::new(dynamodb.clone(), format!("{name}-control"), vault);
        let account = NewAccount {
            id: ACCOUNT.parse().unwrap(),
            name: "Test".parse().unwrap(),
            retention_override_days: None,
        };
        registrar.create_account(account, now).await.unwrap();
        let s3 = aws_sdk_s3::Client::new(&config);
        let queue = Queue::new(aws_sdk_sqs::Client::new(&config), &name).await;
        s3.create_bucket().bucket(&name).send().await.unwrap();
        Some(Self {
            endpoint,
            signing_key: key,
            queue,
            trails: TrailTable::new(dynamodb.clone(), format!("{name}-control")),
            events: DynamoStore::new(dynamodb.clone(), format!("{name}-events")),
            dynamodb,
            s3,
            first: first_window(now),
            name,
            ids: Vec::new(),
            encoder: Mutex::new(PackEncoder::new().unwrap()),
        })
    }

    /// What the process is told, but for the endpoint.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let texts = [
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_LAMBDA_FUNCTION_NAME", "archiver"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("KMS_KEY_ID", "none"),
            ("RETENTION_DAYS", "30"),
            ("ARCHIVE_BYTES", "7000000"),
            ("ARCHIVE_ENTRY_BYTES", "65536"),
            // S3 takes no smaller part, but for the last.
            ("UPLOAD_PART_BYTES", "5242880"),
        ];
        let mut all: Vec<_> = texts.map(|(name, value)| (name, value.to_owned())).into();
        all.push(("EVENTS_TABLE", format!("{}-events", self.name)));
        all.push(("CONTROL_TABLE", format!("{}-control", self.name)));
        all.push(("SIGNING_KEY_ID", self.signing_key.clone()));
        all.push(("TRAILS_QUEUE_URL", self.queue.url.clone()));
        all
    }

    /// The trail anew, with nothing archived or decided, and an empty bucket. It logged during both windows.
    pub async fn new_trail(&self) {
        let decided = key::decided(ACCOUNT.parse().unwrap());
        self.delete("events", [decided.partition, decided.sort])
            .await;
        let (account, name) = (ACCOUNT.parse().unwrap(), TRAIL.parse().unwrap());
        if let Some(old) = self.trails.trail(account, &name).await.unwrap() {
            self.trails.delete_trail(&old).await.unwrap();
            // The next has the same id.
            let records = DeletedTrail(old.id);
            assert!(self.trails.clean_up(&records, 1_000).await.unwrap());
        }
        for key in self.keys().await {
            let delete = self.s3.delete_object().bucket(&self.name).key(key);
            delete.send().await.unwrap();
        }
        let (id, start) = ("00000000000000aa", self.first.start());
        let mut trail = Trail::new(
            account,
            name,
            id,
            (self.name.as_str(), OWNER.parse().unwrap()),
            start,
        );
        trail.settings.validation = true;
        // The second window's archives are of the other format.
        let second = self.first.next();
        trail
            .settings
            .formats
            .set(second, Format::JsonGz, self.first);
        trail.logging.start(self.first.start()).unwrap();
        trail.logging.stop(self.first.next().start());
        let made = self.trails.create_trail(&trail, 1).await.unwrap();
        assert_eq!(made, NewTrail::Created);
    }

    /// Lets the claim of a run that died run out.
    pub async fn expire_claim(&self) {
        let key = [
            ("pk", format!("trails#{ACCOUNT}")),
            ("sk", format!("trail#{TRAIL}")),
        ];
        let key = key.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        let update = self
            .dynamodb
            .update_item()
            .table_name(format!("{}-control", self.name))
            .set_key(Some(key.into()))
            .update_expression("REMOVE claimed_until");
        update.send().await.unwrap();
    }

    /// All of the bucket's objects.
    pub async fn objects(&self) -> Objects {
        let mut objects = Objects::new();
        for key in self.keys().await {
            let object = self.s3.get_object().bucket(&self.name).key(&key);
            let object = object.send().await.unwrap();
            let metadata = object.metadata.clone().unwrap_or_default().into_iter();
            let metadata = metadata.collect();
            let bytes = object.body.collect().await.unwrap().to_vec();
            objects.insert(key, (bytes, metadata));
        }
        objects
    }

    /// The archives hold each ingested event once, and there are several, and a digest.
    pub fn check(&self, objects: &Objects) {
        let (ids, count) = archived_ids(objects);
        assert!(count >= 3, "{count} archives");
        assert_eq!(ids, self.ids);
        assert_eq!(objects.len(), count + 1, "and one digest");
    }

    pub async fn stop(&self) {
        for table in ["events", "control"] {
            let table = format!("{}-{table}", self.name);
            let deleted = self.dynamodb.delete_table().table_name(table).send().await;
            deleted.unwrap();
        }
    }

    async fn keys(&self) -> Vec<String> {
        let listed = self.s3.list_objects_v2().bucket(&self.name).send().await;
        let objects = listed.unwrap().contents.unwrap_or_default();
        objects
            .into_iter()
            .filter_map(|object| object.key)
            .collect()
    }

    async fn delete(&self, table: &str, [partition, sort]: [String; 2]) {
        let delete = self
            .dynamodb
            .delete_item()
            .table_name(format!("{}-{table}", self.name))
            .key("pk", AttributeValue::S(partition))
            .key("sk", AttributeValue::S(sort));
        delete.send().await.unwrap();
    }

    /// Many events in the first window, some of them late, which are rolled up; a few in the second, which are not, and
    /// copies of some.
    pub async fn ingest_two_windows(&mut self) {
        for (window, batches) in [(self.first, 3), (self.first.next(), 1)] {
            for batch in 0..batches {
                let now = window.start().plus_millis(batch * MINUTE);
                let events = (0..700).map(|number| {
                    let id = format!("{}-{batch}-{number:04}", window.number());
                    let late = if number == 350 { number * MINUTE } else { 0 };
                    (record(&id, now.plus_millis(-late), 100), id)
                });
                let events: Vec<(String, String)> = events.collect();
                let copies = events.iter().take(5).map(|(record, _)| record.clone());
                let copies: Vec<String> = copies.collect();
                self.ingest(now, events).await;
                self.ingest_records(now.plus_millis(MINUTE / 2), &copies)
                    .await;
            }
            if window == self.first {
                self.roll_up(Slot::last_of(window).sealed()).await;
            }
        }
        self.ids.sort();
    }

    /// Rolls up what is sealed at that time.
    async fn roll_up(&self, now: Instant) {
        let task = Task {
            account: ACCOUNT.parse().unwrap(),
            retention_days: 30,
        };
        let mut encoder = PackEncoder::new().unwrap();
        loop {
            let limits = Limits::default();
            let step = roll(&self.events, task, &mut encoder, limits, &|| now).await;
            if !matches!(step.unwrap(), Step::Rolled(_)) {
                return;
            }
        }
    }

    /// This many events in the first window, in batches of 100, rolled up.
    pub async fn ingest_many(&mut self, count: usize) {
        let at = |number: usize| {
            let share = WINDOW_MS * i64::try_from(number).unwrap() / i64::try_from(count).unwrap();
            self.first.start().plus_millis(share)
        };
        let batches: Vec<Instant> = (0..count).step_by(100).map(at).collect();
        for (batch, now) in batches.into_iter().enumerate() {
            let events = (0..100).map(|number| {
                let id = format!("{batch:06}-{number:02}");
                (record(&id, now, 8), id)
            });
            self.ingest(now, events.collect()).await;
        }
        self.roll_up(Slot::last_of(self.first).sealed()).await;
    }

    async fn ingest(&mut self, now: Instant, events: Vec<(String, String)>) {
        let (records, ids): (Vec<String>, Vec<String>) = events.into_iter().unzip();
        self.ingest_records(now, &records).await;
        self.ids.extend(ids);
    }

    async fn ingest_records(&self, now: Instant, records: &[String]) {
        let texts: Vec<&str> = records.iter().map(String::as_str).collect();
        let admission = Admission {
            account: ACCOUNT.parse().unwrap(),
            now,
            retention_days: 30,
        };
        let incoming = Incoming::of_one_body(&texts, &Origin::Queue);
        let mut ordinals = Ordinals::default();
        let (by, clock) = ((&self.encoder, 1), || now);
        let done = arrive(
            &self.events,
            by,
            &admission,
            &incoming,
            &mut ordinals,
            &clock,
        );
        let receipts = done.await.receipts;
        assert!(receipts.iter().all(|one| one.outcome == Outcome::Accepted));
    }
}

/// A record that does not compress well: the windows need several archives of several parts.
fn record(id: &str, time: Instant, parts: usize) -> String {
    let mut noise = String::new();
    for part in 0..parts {
        let _ = write!(
            noise,
            "{}",
            hex::encode(Sha256::digest(format!("{id}/{part}")))
        );
    }
    serde_json::json!({
        "eventVersion": "1.08",
        "eventTime": time.to_string(),
        "eventSource": "ec2.amazonaws.com",
        "eventName": "StopInstances",
        "eventID": id,
        "readOnly": false,
        "requestParameters": {"noise": noise},
    })
    .to_string()
}

async fn create_table(dynamodb: &aws_sdk_dynamodb::Client, name: &str) {
    let mut table = dynamodb
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let attribute = AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S);
        let key = KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind);
        table = table
            .attribute_definitions(attribute.build().unwrap())
            .key_schema(key.build().unwrap());
    }
    table.send().await.unwrap();
}

/// The sorted ids of all archived events, and how many archives there are.
pub fn archived_ids(objects: &Objects) -> (Vec<String>, usize) {
    let archives = objects
        .iter()
        .filter(|(key, _)| !key.contains("/CloudTrail-Digest/"));
    let (mut ids, mut count) = (Vec::new(), 0);
    for (key, (bytes, _)) in archives {
        count += 1;
        let mut plain = Vec::new();
        let mut gzip = flate2::bufread::GzDecoder::new(bytes.as_slice());
        gzip.read_to_end(&mut plain).unwrap();
        let json = if Format::of_key(key) == Some(Format::JsonGz) {
            vec![&*plain]
        } else {
            files(&plain).unwrap()
        };
        for text in json {
            let file: serde_json::Value = serde_json::from_slice(text).unwrap();
            let records = file["Records"].as_array().unwrap();
            let id = |record: &serde_json::Value| record["eventID"].as_str().unwrap().to_owned();
            ids.extend(records.iter().map(id));
        }
    }
    ids.sort();
    (ids, count)
}
