//! Tables, a key and a queue on the emulator, an account with events, and the app over them.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use activity_log_calls::Recorder;
use activity_log_calls::sqs::SqsCallLog;
use activity_log_cloudtrail as cloudtrail;
use activity_log_control::dynamodb::{
    Directory, OutboxTable, RateTable, Registrar, SessionTable, UnprovenTable,
};
use activity_log_control::kms::KmsVault;
use activity_log_control::{
    AccessKeyId, Limit, NewAccount, Permission, Rate, Registry as _, SecretKey, new_access_key_id,
    new_secret_key,
};
use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Ordinals, Outcome, arrive};
use activity_log_core::instant::Instant;
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_identity::{Endpoint, Gate};
use activity_log_lambda::stack::Stack;
use activity_log_lookup::app::{App, Ports};
use activity_log_lookup::backend::AwsBackend;
use activity_log_lookup::config::Config;
use activity_log_lookup::events;
use activity_log_lookup::rest::AwsRestBackend;
use activity_log_lookup::vk::{AwsVkBackend, VkBackend};
use activity_log_rest as rest;
use activity_log_store::dynamodb::DynamoStore;
use activity_log_vk as vk;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;
use time::OffsetDateTime;

use crate::Switched;
use crate::request::HOST;

const ACCOUNT: &str = "111122223333";
const RETENTION_DAYS: u32 = 30;
/// Events of the account; a second apart.
const EVENTS: i64 = 200;

/// The app's ports: AWS's, but for the switch.
pub struct Measured;

impl Ports for Measured {
    type CloudTrail = AwsBackend;
    type Rest = AwsRestBackend;
    type Vk = AwsVkBackend;
    type Gate = Gate<Directory<KmsVault>, RateTable>;
    type Projects = Directory<KmsVault>;
    type Sessions = SessionTable;
    type Outbox = OutboxTable;
    type Accounts = Directory<KmsVault>;
    type Unproven = UnprovenTable;
    type Calls = Switched;
}

pub struct Cloud {
    pub app: App<Measured>,
    /// of an administrator
    pub key: (AccessKeyId, SecretKey),
    /// whether calls are recorded
    pub is_recorded: Arc<AtomicBool>,
    sqs: aws_sdk_sqs::Client,
    queue: String,
}

pub fn now() -> Instant {
    Instant::from(OffsetDateTime::now_utc())
}

struct Clients {
    dynamodb: aws_sdk_dynamodb::Client,
    kms: aws_sdk_kms::Client,
    s3: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
    sts: aws_sdk_sts::Client,
}

impl Cloud {
    /// `None` where there is no emulator.
    pub async fn start() -> Option<Self> {
        let endpoint = std::env::var("ACTIVITY_LOG_TEST_DYNAMODB").ok()?;
        let aws = activity_log_aws::with_endpoint(&endpoint).await;
        let clients = Clients {
            dynamodb: aws_sdk_dynamodb::Client::new(&aws),
            kms: aws_sdk_kms::Client::new(&aws),
            s3: aws_sdk_s3::Client::new(&aws),
            sqs: aws_sdk_sqs::Client::new(&aws),
            sts: aws_sdk_sts::Client::new(&aws),
        };
        let name = format!("latency-{}", now().millis());
        let sealing = clients.kms.create_key().send().await.unwrap();
        let stack = Stack {
            region: "us-east-1".to_owned(),
            events_table: format!("{name}-events"),
            control_table: format!("{name}-control"),
            kms_key_id: sealing.key_metadata.unwrap().key_id,
            retention_days: RETENTION_DAYS,
        };
        for table in [&stack.events_table, &stack.control_table] {
            create_table(&clients.dynamodb, table).await;
        }
        let made = clients.sqs.create_queue().queue_name(&name).send().await;
        let queue = made.unwrap().queue_url.unwrap();
        let key = clients.account(&stack).await;
        clients.events(&stack).await;
        let is_recorded = Arc::new(AtomicBool::new(true));
        let calls = Switched {
            log: SqsCallLog::new(&clients.sqs, &queue),
            is_on: Arc::clone(&is_recorded),
        };
        Some(Self {
            sqs: clients.sqs.clone(),
            app: clients.app(stack, calls),
            key,
            is_recorded,
            queue,
        })
    }

    /// How many records are in the queue.
    pub async fn records(&self) -> usize {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let asked = self.sqs.get_queue_attributes().queue_url(&self.queue);
        let answer = asked.attribute_names(name.clone()).send().await.unwrap();
        answer.attributes.unwrap()[&name].parse().unwrap()
    }
}

impl Clients {
    fn vault(&self, stack: &Stack) -> KmsVault {
        KmsVault::new(self.kms.clone(), &stack.kms_key_id)
    }

    fn directory(&self, stack: &Stack) -> Directory<KmsVault> {
        Directory::new(
            self.dynamodb.clone(),
            &stack.control_table,
            self.vault(stack),
        )
    }

    /// An account that may ask often, and its administrator's key.
    async fn account(&self, stack: &Stack) -> (AccessKeyId, SecretKey) {
        let vault = self.vault(stack);
        let registry = Registrar::new(self.dynamodb.clone(), &stack.control_table, vault);
        let new = NewAccount {
            id: account(),
            name: "Test".parse().unwrap(),
            retention_override_days: None,
        };
        registry.create_account(new, now()).await.unwrap();
        let limit = registry.set_limit(account(), Limit::LookupRate, Some(10_000));
        limit.await.unwrap();
        let user = "reader".parse().unwrap();
        registry.create_user(account(), &user, now()).await.unwrap();
        let grant = Permission::Administrator.into();
        registry.grant(account(), &user, &grant).await.unwrap();
        let (id, secret) = (new_access_key_id(), new_secret_key());
        let made = registry.create_access_key(account(), &user, &id, &secret, now());
        made.await.unwrap();
        (id, secret)
    }

    async fn events(&self, stack: &Stack) {
        let store = DynamoStore::new(self.dynamodb.clone(), &stack.events_table);
        let texts: Vec<String> = (0..EVENTS).map(record).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let encoder = Mutex::new(PackEncoder::new().unwrap());
        let admission = Admission {
            account: account(),
            now: now(),
            retention_days: RETENTION_DAYS,
        };
        let records = Incoming::of_one_body(&texts, &Origin::Queue);
        let mut ordinals = Ordinals::default();
        let done = arrive(
            &store,
            (&encoder, 1),
            &admission,
            &records,
            &mut ordinals,
            &now,
        )
        .await;
        let mut outcomes = done.receipts.iter().map(|receipt| &receipt.outcome);
        assert!(outcomes.all(|outcome| *outcome == Outcome::Accepted));
    }

    /// As the function's `main` puts it together.
    fn app(self, stack: Stack, calls: Switched) -> App<Measured> {
        let rates = RateTable::new(&self.dynamodb, &stack.control_table);
        let events = events::of_table(self.dynamodb.clone(), &stack.events_table, now);
        let vk = VkBackend {
            events: events.clone(),
            keys: self.directory(&stack),
            retention_days: RETENTION_DAYS,
            clock: Box::new(now),
        };
        let config = Config {
            stack: stack.clone(),
            reports_bucket: "none".to_owned(),
            work_queue_url: "none".to_owned(),
            hosts: vec![HOST.to_owned()],
            calls_queue_url: "none".to_owned(),
            function_name: "lookup".to_owned(),
        };
        let dynamodb = self.dynamodb.clone();
        let rest = AwsRestBackend::new(
            events.clone(),
            self.directory(&stack),
            dynamodb.clone(),
            &self.s3,
            self.sqs.clone(),
            config,
        );
        App {
            gate: Gate::new(
                Endpoint::new(&stack.region, [HOST]),
                self.directory(&stack),
                rates,
                Rate::Lookup,
            ),
            projects: self.directory(&stack),
            sessions: SessionTable::new(dynamodb.clone(), &stack.control_table),
            outbox: OutboxTable::new(dynamodb.clone(), &stack.control_table),
            unproven: UnprovenTable::new(&dynamodb, &stack.control_table),
            accounts: self.directory(&stack),
            recorder: Recorder::new(calls, "us-east-1"),
            vk: vk::Service::new(vk),
            rest: rest::Service::new(rest),
            cloudtrail: cloudtrail::Service::new(AwsBackend::new(
                events,
                dynamodb,
                self.kms,
                (self.s3, self.sts),
                stack,
            )),
        }
    }
}

fn account() -> AccountId {
    ACCOUNT.parse().unwrap()
}

fn record(number: i64) -> String {
    let record = json!({
        "eventVersion": "1.08",
        "userIdentity": {"type": "IAMUser", "userName": "alice"},
        "eventTime": now().plus_millis(-1_000 * (number + 1)).to_string(),
        "eventSource": "ec2.amazonaws.com",
        "eventName": "RunInstances",
        "sourceIPAddress": "192.0.2.7",
        "requestParameters": {"number": number},
        "eventID": format!("event-{number:06}"),
        "readOnly": false,
    });
    record.to_string()
}

async fn create_table(client: &aws_sdk_dynamodb::Client, name: &str) {
    let mut table = client
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
