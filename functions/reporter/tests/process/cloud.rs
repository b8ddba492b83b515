//! Tables, a key, a queue and a bucket on the emulator, and events in them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use activity_log_control::dynamodb::{PluginTable, Registrar, ReportTable};
use activity_log_control::kms::KmsVault;
use activity_log_control::{
    NewAccount, NewPlugin, NewReport, PluginReader as _, PluginWriter as _, Registry as _,
    ReportLimits, ReportReader as _, ReportWriter as _,
};
use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Ordinals, Outcome, arrive};
use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::plugins::{Plugin, PluginState};
use activity_log_core::reports::{Format, PluginUse, Report, ReportId, ReportRequest, WorkMessage};
use activity_log_core::rollup::Task;
use activity_log_core::rollup::roll::{self, Step, roll};
use activity_log_core::slot::SLOT_MS;
use activity_log_store::dynamodb::DynamoStore;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::queue::Queue;

/// Tests of one process begin in the same millisecond: they are numbered.
static STARTED: AtomicU32 = AtomicU32::new(0);

pub struct Cloud {
    pub endpoint: String,
    name: String,
    key: String,
    pub queue: Queue,
    start: Instant,
    dynamodb: aws_sdk_dynamodb::Client,
    s3: aws_sdk_s3::Client,
    reports: ReportTable,
    plugins: PluginTable,
    made: AtomicU32,
    pub ids: Vec<String>,
    encoder: Mutex<PackEncoder>,
}

fn account() -> AccountId {
    "111122223333".parse().unwrap()
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
        let name = format!("reporter-{}-{number}", now.millis());
        let key = kms.create_key().send().await.unwrap();
        let key = key.key_metadata.unwrap().key_id;
        for table in ["events", "control"] {
            create_table(&dynamodb, &format!("{name}-{table}")).await;
        }
        let control = format!("{name}-control");
        let registrar =
            Registrar::new(dynamodb.clone(), control.as_str(), KmsVault::new(kms, &key));
        let new = NewAccount {
            id: account(),
            name: "Test".parse().unwrap(),
            retention_override_days: None,
        };
        registrar.create_account(new, now).await.unwrap();
        let s3 = aws_sdk_s3::Client::new(&config);
        s3.create_bucket().bucket(&name).send().await.unwrap();
        let queue = Queue::new(aws_sdk_sqs::Client::new(&config), &name).await;
        Some(Self {
            endpoint,
            key,
            queue,
            // Whole seconds, as AWS writes them.
            start: Instant::from_seconds(now.seconds() - 60),
            reports: ReportTable::new(dynamodb.clone(), control.as_str()),
            plugins: PluginTable::new(dynamodb.clone(), control.as_str()),
            dynamodb,
            s3,
            name,
            made: AtomicU32::new(0),
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
            ("AWS_LAMBDA_FUNCTION_NAME", "reporter"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "3008"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("RETENTION_DAYS", "30"),
            ("DISK_BYTES", "400000000"),
            // S3 takes no smaller part, but for the last.
            ("UPLOAD_PART_BYTES", "5242880"),
        ];
        let mut all: Vec<_> = texts.map(|(name, value)| (name, value.to_owned())).into();
        all.push(("EVENTS_TABLE", format!("{}-events", self.name)));
        all.push(("CONTROL_TABLE", format!("{}-control", self.name)));
        all.push(("KMS_KEY_ID", self.key.clone()));
        all.push(("REPORTS_BUCKET", self.name.clone()));
        all.push(("WORK_QUEUE_URL", self.queue.url.clone()));
        all
    }

    fn id(&self) -> ReportId {
        let number = self.made.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut random = [0; 10];
        random[..4].copy_from_slice(&number);
        ReportId::new(self.start, random)
    }

    /// A queued report of all events.
    pub async fn report(&self, format: Format, plugin: Option<PluginUse>) -> Report {
        let now = Instant::from(OffsetDateTime::now_utc());
        let request = ReportRequest {
            format,
            start: self.start.plus_millis(-24 * 3_600 * SECOND),
            end: now,
            filters: vec![],
            conditions: vec![],
            columns: vec!["eventID".to_owned(), "requestParameters".to_owned()],
            plugin,
        };
        let report = Report::new(account(), self.id(), "alice".to_owned(), request, now);
        let limits = ReportLimits {
            stored: 2,
            unfinished: 2,
            own_only: false,
        };
        let made = self.reports.create_report(&report, limits).await.unwrap();
        assert!(matches!(made, NewReport::Created { .. }));
        report
    }

    pub async fn stored(&self, report: &Report) -> Report {
        let stored = self
            .reports
            .report(report.account, report.id, report.created)
            .await;
        stored.unwrap().unwrap()
    }

    /// Lets the claim of a run that died run out.
    pub async fn expire_claim(&self, report: &Report) {
        let old = self.stored(report).await;
        let mut new = old.clone();
        new.claimed_until = None;
        assert!(self.reports.change_report(&old, &new).await.unwrap());
    }

    /// Uploads a component, as its author would, and the API after it.
    pub async fn upload(&self, component: Vec<u8>) -> Plugin {
        let now = Instant::from(OffsetDateTime::now_utc());
        let mut plugin = Plugin::new(account(), self.id(), "alice".to_owned(), now);
        plugin.state = PluginState::Checking { since: now };
        let made = self.plugins.create_plugin(&plugin, 50).await.unwrap();
        assert_eq!(made, NewPlugin::Created);
        let put = self
            .s3
            .put_object()
            .bucket(&self.name)
            .key(plugin.upload_key());
        put.body(component.into()).send().await.unwrap();
        plugin
    }

    pub async fn plugin(&self, plugin: &Plugin) -> Plugin {
        let stored = self
            .plugins
            .plugin(plugin.account, plugin.id, plugin.created)
            .await;
        stored.unwrap().unwrap()
    }

    pub async fn delete_plugin(&self, plugin: &Plugin) {
        let stored = self.plugin(plugin).await;
        assert!(self.plugins.delete_plugin(&stored).await.unwrap());
    }

    /// The bucket's objects below a prefix.
    pub async fn objects(&self, prefix: &str) -> BTreeMap<String, Vec<u8>> {
        let listed = self.s3.list_objects_v2().bucket(&self.name).prefix(prefix);
        let listed = listed.send().await.unwrap().contents.unwrap_or_default();
        let mut objects = BTreeMap::new();
        for key in listed.into_iter().filter_map(|object| object.key) {
            let object = self.s3.get_object().bucket(&self.name).key(&key);
            let body = object.send().await.unwrap().body;
            objects.insert(key, body.collect().await.unwrap().to_vec());
        }
        objects
    }

    pub async fn object(&self, report: &Report) -> Option<Vec<u8>> {
        self.objects(&report.object_key())
            .await
            .pop_first()
            .map(|(_, bytes)| bytes)
    }

    pub async fn stop(&self) {
        for table in ["events", "control"] {
            let table = format!("{}-{table}", self.name);
            let deleted = self.dynamodb.delete_table().table_name(table).send().await;
            deleted.unwrap();
        }
    }

    /// So many events, each with so much that does not compress well, in batches of 100. Most of them are rolled up,
    /// and the last 2,000 at most are not.
    pub async fn ingest(&mut self, count: usize, noise: usize) {
        let store = DynamoStore::new(self.dynamodb.clone(), format!("{}-events", self.name));
        let batches = count.div_ceil(100);
        let rolled_up = batches - (batches / 2).min(20);
        let later = self.start.plus_millis(3 * SLOT_MS);
        for batch in 0..batches {
            if batch == rolled_up {
                roll_up(&store, later).await;
            }
            let now = if batch < rolled_up { self.start } else { later };
            let back = i64::try_from(batch).unwrap() * SECOND;
            let time = self.start.plus_millis(-back);
            let ids: Vec<String> = (0..100)
                .map(|number| format!("{batch:06}-{number:02}"))
                .collect();
            let records: Vec<String> = ids.iter().map(|id| record(id, time, noise)).collect();
            let texts: Vec<&str> = records.iter().map(String::as_str).collect();
            let admission = Admission {
                account: account(),
                now,
                retention_days: 30,
            };
            let incoming = Incoming::of_one_body(&texts, &Origin::Queue);
            let mut ordinals = Ordinals::default();
            let (encoder, clock) = (&self.encoder, || now);
            let done = arrive(
                &store,
                (encoder, 1),
                &admission,
                &incoming,
                &mut ordinals,
                &clock,
            )
            .await;
            let is_taken = |outcome: &Outcome| *outcome == Outcome::Accepted;
            assert!(done.receipts.iter().all(|one| is_taken(&one.outcome)));
            self.ids.extend(ids);
        }
        self.ids.sort();
    }

    /// Whether a CSV report has every event once.
    pub fn check(&self, csv: &[u8]) {
        let mut reader = csv::Reader::from_reader(csv);
        let rows = reader.records().map(|row| row.unwrap()[0].to_owned());
        let mut ids: Vec<String> = rows.collect();
        ids.sort();
        assert!(ids == self.ids, "{} rows of {}", ids.len(), self.ids.len());
    }
}

/// Rolls up what is sealed at this time.
async fn roll_up(store: &DynamoStore, now: Instant) {
    let task = Task {
        account: account(),
        retention_days: 30,
    };
    let (mut encoder, limits) = (PackEncoder::new().unwrap(), roll::Limits::default());
    while let Step::Rolled(_) = roll(store, task, &mut encoder, limits, &|| now)
        .await
        .unwrap()
    {}
}

pub fn message(report: &Report) -> WorkMessage {
    WorkMessage::Report {
        account: report.account,
        id: report.id,
    }
}

pub fn check_of(plugin: &Plugin) -> WorkMessage {
    WorkMessage::Plugin {
        account: plugin.account,
        id: plugin.id,
    }
}

fn record(id: &str, time: Instant, parts: usize) -> String {
    let mut noise = String::new();
    for part in 0..parts {
        let digest = Sha256::digest(format!("{id}/{part}"));
        let _ = write!(noise, "{}", hex::encode(digest));
    }
    serde_json::json!({
        "eventTime": time.to_string(),
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "eventID": id,
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
