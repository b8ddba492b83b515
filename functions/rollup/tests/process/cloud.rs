//! Tables, keys and queues on the emulator.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use activity_log_control::dynamodb::Registrar;
use activity_log_control::kms::KmsVault;
use activity_log_core::instant::Instant;
use activity_log_core::pack::PackEncoder;
use activity_log_store::dynamodb::DynamoStore;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use time::OffsetDateTime;

use crate::queue::Queue;

/// Tests of one process begin in the same millisecond: they are numbered.
static STARTED: AtomicU32 = AtomicU32::new(0);

pub struct Cloud {
    pub endpoint: String,
    name: String,
    sealing_key: String,
    /// of accounts
    pub queue: Queue,
    /// what accounts are told
    pub calls: Queue,
    pub registrar: Registrar<KmsVault>,
    pub events: DynamoStore,
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub encoder: Mutex<PackEncoder>,
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
        let sqs = aws_sdk_sqs::Client::new(&config);
        let kms = aws_sdk_kms::Client::new(&config);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("rollup-{}-{number}", now().millis());
        let sealing = kms.create_key().send().await.unwrap();
        let sealing_key = sealing.key_metadata.unwrap().key_id;
        for table in ["events", "control"] {
            create_table(&dynamodb, &format!("{name}-{table}")).await;
        }
        let vault = KmsVault::new(kms, sealing_key.clone());
        Some(Self {
            endpoint,
            sealing_key,
            queue: Queue::new(sqs.clone(), &name).await,
            calls: Queue::new(sqs, &format!("{name}-calls")).await,
            registrar: Registrar::new(dynamodb.clone(), format!("{name}-control"), vault),
            events: DynamoStore::new(dynamodb.clone(), format!("{name}-events")),
            dynamodb,
            name,
            encoder: Mutex::new(PackEncoder::new().unwrap()),
        })
    }

    /// What the process is told, but for the endpoint.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let texts = [
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_LAMBDA_FUNCTION_NAME", "rollup"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("RETENTION_DAYS", "30"),
        ];
        let mut all: Vec<_> = texts.map(|(name, value)| (name, value.to_owned())).into();
        all.push(("KMS_KEY_ID", self.sealing_key.clone()));
        all.push(("EVENTS_TABLE", self.events_table()));
        all.push(("CONTROL_TABLE", format!("{}-control", self.name)));
        all.push(("ROLLUP_QUEUE_URL", self.queue.url.clone()));
        all.push(("CALLS_QUEUE_URL", self.calls.url.clone()));
        all
    }

    pub fn events_table(&self) -> String {
        format!("{}-events", self.name)
    }

    pub async fn stop(&self) {
        for table in ["events", "control"] {
            let table = format!("{}-{table}", self.name);
            let deleted = self.dynamodb.delete_table().table_name(table).send().await;
            deleted.unwrap();
        }
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
