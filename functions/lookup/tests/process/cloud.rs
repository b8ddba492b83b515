//! Tables, keys, queues and buckets on the emulator, an account with an administrator, and all that there is in them.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};

use activity_log_control::dynamodb::Registrar;
use activity_log_control::kms::KmsVault;
use activity_log_control::{NewAccount, Permission, Registry as _};
use activity_log_core::instant::{Instant, MINUTE};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::iam;

pub const ACCOUNT: &str = "111122223333";

/// Clouds of one process begin in the same millisecond: they are numbered.
static STARTED: AtomicU32 = AtomicU32::new(0);

pub type Item = HashMap<String, AttributeValue>;

pub struct Cloud {
    pub endpoint: String,
    /// of an administrator: id and secret
    pub key: (String, String),
    /// the customer's
    pub bucket: String,
    name: String,
    kms_key: String,
    calls_queue: String,
    work_queue: String,
    dynamodb: aws_sdk_dynamodb::Client,
    s3: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
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
        let (s3, sqs) = (
            aws_sdk_s3::Client::new(&config),
            aws_sdk_sqs::Client::new(&config),
        );
        let kms = aws_sdk_kms::Client::new(&config);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("lookup-{}-{number}", now().millis());
        let kms_key = kms.create_key().send().await.unwrap();
        let kms_key = kms_key.key_metadata.unwrap().key_id;
        for table in ["events", "control"] {
            create_table(&dynamodb, &format!("{name}-{table}")).await;
        }
        let bucket = format!("{name}-customer");
        for bucket in [&name, &bucket] {
            s3.create_bucket().bucket(bucket).send().await.unwrap();
        }
        let queue = async |kind: &str| {
            let made = sqs.create_queue().queue_name(format!("{name}-{kind}"));
            made.send().await.unwrap().queue_url.unwrap()
        };
        let (calls_queue, work_queue) = (queue("calls").await, queue("work").await);
        let key = iam::user(&endpoint, &name).await;
        let cloud = Self {
            endpoint,
            key,
            bucket,
            name,
            kms_key,
            calls_queue,
            work_queue,
            dynamodb,
            s3,
            sqs,
        };
        cloud.account(kms).await;
        Some(cloud)
    }

    /// The account, and its administrator, who may direct trails into buckets.
    async fn account(&self, kms: aws_sdk_kms::Client) {
        let vault = KmsVault::new(kms, &self.kms_key);
        let registry = Registrar::new(self.dynamodb.clone(), self.control(), vault);
        let id = ACCOUNT.parse().unwrap();
        let new = NewAccount {
            id,
            name: "Test".parse().unwrap(),
            retention_override_days: None,
        };
        registry.create_account(new, now()).await.unwrap();
        let user = "alice".parse().unwrap();
        registry.create_user(id, &user, now()).await.unwrap();
        for permission in [Permission::Administrator, Permission::Storage] {
            let granted = registry.grant(id, &user, &permission.into()).await;
            granted.unwrap();
        }
        let (key, secret) = (self.key.0.parse().unwrap(), self.key.1.parse().unwrap());
        let made = registry.create_access_key(id, &user, &key, &secret, now());
        made.await.unwrap();
    }

    /// What the process is told, but for the endpoint.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let texts = [
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_LAMBDA_FUNCTION_NAME", "lookup"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("RETENTION_DAYS", "30"),
            ("API_HOSTS", crate::asked::HOST),
        ];
        let mut all: Vec<_> = texts.map(|(name, value)| (name, value.to_owned())).into();
        all.push(("EVENTS_TABLE", format!("{}-events", self.name)));
        all.push(("CONTROL_TABLE", self.control()));
        all.push(("KMS_KEY_ID", self.kms_key.clone()));
        all.push(("REPORTS_BUCKET", self.name.clone()));
        all.push(("WORK_QUEUE_URL", self.work_queue.clone()));
        all.push(("EVENTS_QUEUE_URL", self.calls_queue.clone()));
        all.push(("CALLS_QUEUE_URL", self.calls_queue.clone()));
        all
    }

    fn control(&self) -> String {
        format!("{}-control", self.name)
    }

    /// The control table as it is.
    pub async fn items(&self) -> Vec<Item> {
        let scan = self.dynamodb.scan().table_name(self.control());
        scan.consistent_read(true)
            .send()
            .await
            .unwrap()
            .items
            .unwrap_or_default()
    }

    /// Makes the control table what it was.
    pub async fn restore(&self, items: &[Item]) {
        let key = |item: &Item| (item["pk"].clone(), item["sk"].clone());
        for item in self.items().await {
            if !items.iter().any(|kept| key(kept) == key(&item)) {
                self.delete(&item).await;
            }
        }
        for item in items {
            self.put(item.clone()).await;
        }
    }

    async fn put(&self, item: Item) {
        let put = self.dynamodb.put_item().table_name(self.control());
        put.set_item(Some(item)).send().await.unwrap();
    }

    async fn delete(&self, item: &Item) {
        let delete = self.dynamodb.delete_item().table_name(self.control());
        let delete = delete.key("pk", item["pk"].clone());
        delete.key("sk", item["sk"].clone()).send().await.unwrap();
    }

    /// Puts an object into the stack's bucket.
    pub async fn put_object(&self, key: &str, bytes: &'static [u8]) {
        let put = self.s3.put_object().bucket(&self.name).key(key);
        put.body(bytes.to_vec().into()).send().await.unwrap();
    }

    /// All that an operation can change: the control table but for counters and the outbox, and the objects of the
    /// stack's bucket.
    pub async fn everything(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for item in self.items().await {
            let pk = item["pk"].as_s().unwrap();
            if !pk.starts_with("outbox#") && !pk.starts_with("rates#") {
                let place = format!("{pk}/{}", item["sk"].as_s().unwrap());
                let attributes: BTreeMap<_, _> = item.into_iter().collect();
                all.insert(place, format!("{attributes:?}"));
            }
        }
        let listed = self.s3.list_objects_v2().bucket(&self.name).send().await;
        for object in listed.unwrap().contents.unwrap_or_default() {
            all.insert(object.key.unwrap(), object.e_tag.unwrap_or_default());
        }
        all
    }

    /// How many entries the outbox has.
    pub async fn outbox(&self) -> usize {
        let items = self.items().await;
        let kept = |item: &&Item| item["pk"].as_s().is_ok_and(|pk| pk.starts_with("outbox#"));
        items.iter().filter(kept).count()
    }

    /// Makes the outbox's entries older than any function may run.
    pub async fn age_outbox(&self) {
        for mut item in self.items().await {
            if !item["pk"].as_s().unwrap().starts_with("outbox#") {
                continue;
            }
            let sort = item["sk"].as_s().unwrap().clone();
            let (millis, id) = sort.split_once('#').unwrap();
            let older = millis.parse::<i64>().unwrap() - 5 * MINUTE;
            self.delete(&item).await;
            let aged = AttributeValue::S(format!("{older:015}#{id}"));
            item.insert("sk".to_owned(), aged);
            self.put(item).await;
        }
    }

    /// The records that were sent since; none is left.
    pub async fn told(&self) -> Vec<Value> {
        let mut told = Vec::new();
        loop {
            let received = self.sqs.receive_message().queue_url(&self.calls_queue);
            let received = received.max_number_of_messages(10).send().await.unwrap();
            let messages = received.messages.unwrap_or_default();
            if messages.is_empty() {
                return told;
            }
            for message in messages {
                told.push(serde_json::from_str(&message.body.unwrap()).unwrap());
                let delete = self.sqs.delete_message().queue_url(&self.calls_queue);
                let delete = delete.receipt_handle(message.receipt_handle.unwrap());
                delete.send().await.unwrap();
            }
        }
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
