//! Tables, a key and a queue on the emulator, two accounts with a producer in one of them, and the events they have.

use std::sync::atomic::{AtomicU32, Ordering};

use activity_log_control::dynamodb::Registrar;
use activity_log_control::kms::KmsVault;
use activity_log_control::{
    NewAccount, Permission, Registry as _, SecretKey, new_access_key_id, new_secret_key,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::{DAY, Instant, MINUTE};
use activity_log_core::pack::PackEncoder;
use activity_log_core::page::PageRequest;
use activity_log_core::query::Query;
use activity_log_core::read::Events;
use activity_log_core::reader::EventReader as _;
use activity_log_core::rollup::Task;
use activity_log_core::rollup::roll::{Limits, roll};
use activity_log_store::dynamodb::DynamoStore;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use time::OffsetDateTime;

use crate::signed::{HOST, Key, REGION};

/// The first has a producer.
pub const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];
pub const CALLS_QUEUE: &str = "arn:aws:sqs:eu-central-1:111122223333:calls";

/// Clouds of one process begin in the same millisecond: they are numbered.
static STARTED: AtomicU32 = AtomicU32::new(0);

pub struct Cloud {
    pub endpoint: String,
    pub key: Key,
    name: String,
    kms_key: String,
    calls_queue: String,
    dynamodb: aws_sdk_dynamodb::Client,
}

pub fn now() -> Instant {
    Instant::from(OffsetDateTime::now_utc())
}

impl Cloud {
    /// `None` where there is no emulator.
    pub async fn start() -> Option<Self> {
        let endpoint = std::env::var("ACTIVITY_LOG_TEST_DYNAMODB").ok()?;
        let config = activity_log_aws::with_endpoint(&endpoint).await;
        let dynamodb = aws_sdk_dynamodb::Client::new(&config);
        let kms = aws_sdk_kms::Client::new(&config);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("ingest-{}-{number}", now().millis());
        let kms_key = kms.create_key().send().await.unwrap();
        let kms_key = kms_key.key_metadata.unwrap().key_id;
        for table in ["events", "control"] {
            create_table(&dynamodb, &format!("{name}-{table}")).await;
        }
        let queue = aws_sdk_sqs::Client::new(&config).create_queue();
        let queue = queue.queue_name(format!("{name}-calls")).send().await;
        let vault = KmsVault::new(kms, &kms_key);
        let registry = Registrar::new(dynamodb.clone(), format!("{name}-control"), vault);
        Some(Self {
            endpoint,
            key: registered(&registry).await,
            name,
            kms_key,
            calls_queue: queue.unwrap().queue_url.unwrap(),
            dynamodb,
        })
    }

    /// What the process is told, but for the endpoint.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let texts = [
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_LAMBDA_FUNCTION_NAME", "ingest"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("RETENTION_DAYS", "30"),
            ("API_HOSTS", HOST),
            ("CALLS_QUEUE_ARN", CALLS_QUEUE),
            ("CALLS_DEAD_LETTER_QUEUE_ARN", CALLS_QUEUE),
        ];
        let mut all: Vec<_> = texts.map(|(name, value)| (name, value.to_owned())).into();
        all.push(("EVENTS_TABLE", format!("{}-events", self.name)));
        all.push(("CONTROL_TABLE", format!("{}-control", self.name)));
        all.push(("KMS_KEY_ID", self.kms_key.clone()));
        all.push(("CALLS_QUEUE_URL", self.calls_queue.clone()));
        all
    }

    fn store(&self) -> DynamoStore {
        DynamoStore::new(self.dynamodb.clone(), format!("{}-events", self.name))
    }

    /// The ids of all events of an account that lookups find, sorted.
    pub async fn found(&self, account: AccountId) -> Vec<String> {
        let events = Events::new(self.store(), 0);
        let mut page = PageRequest {
            max_events: 100,
            max_bytes: usize::MAX,
            after: None,
            horizon: now().plus_millis(-30 * DAY),
            now: now(),
            deadline: None,
        };
        let mut ids = Vec::new();
        loop {
            let found = events.find(account, &Query::default(), &page).await;
            let found = found.unwrap();
            ids.extend(found.events.into_iter().map(|event| event.position.id));
            page.after = found.next;
            if page.after.is_none() {
                ids.sort();
                return ids;
            }
        }
    }

    /// Rolls up all that arrived.
    pub async fn roll_up(&self, account: AccountId) {
        let task = Task {
            account,
            retention_days: 30,
        };
        let mut encoder = PackEncoder::new().unwrap();
        // By then all slots are sealed.
        let clock = || now().plus_millis(MINUTE);
        let store = self.store();
        let step = roll(&store, task, &mut encoder, Limits::default(), &clock);
        step.await.unwrap();
    }

    pub async fn stop(&self) {
        for table in ["events", "control"] {
            let table = format!("{}-{table}", self.name);
            let deleted = self.dynamodb.delete_table().table_name(table).send().await;
            deleted.unwrap();
        }
    }
}

/// The accounts, and the producer's key.
async fn registered(registry: &Registrar<KmsVault>) -> Key {
    for id in ACCOUNTS {
        let account = NewAccount {
            id: id.parse().unwrap(),
            name: "Test".parse().unwrap(),
            retention_override_days: None,
        };
        registry.create_account(account, now()).await.unwrap();
    }
    let (account, user) = (ACCOUNTS[0].parse().unwrap(), "alice".parse().unwrap());
    registry.create_user(account, &user, now()).await.unwrap();
    let granted = registry
        .grant(account, &user, &Permission::Producer.into())
        .await;
    granted.unwrap();
    let (id, secret): (_, SecretKey) = (new_access_key_id(), new_secret_key());
    let made = registry.create_access_key(account, &user, &id, &secret, now());
    made.await.unwrap();
    Key {
        id: id.to_string(),
        secret: secret.expose().to_owned(),
    }
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
