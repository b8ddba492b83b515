//! The suite's table and key on an emulator, and what only DynamoDB and KMS can get wrong.

use std::collections::HashMap;

use activity_log_control::dynamodb::{
    Directory, OutboxTable, PluginTable, RateTable, Registrar, ReportTable, SessionTable,
    TrailTable, UnprovenTable, UsageTable,
};
use activity_log_control::kms::KmsVault;
use activity_log_control::{
    AccessKeyId, AccessKeys, Outbox as _, OutboxEntry, OutboxKey, OutboxState, Registry,
    Sessions as _, StoreError, new_access_key_id, new_secret_key,
};
use activity_log_core::origin::Origin;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};

use uuid::Uuid;

use crate::access::Access;
use crate::deletion::Whole;
use crate::{Subject, now};

/// A table and a KMS key of its own on the emulator.
pub struct Emulator {
    dynamodb: aws_sdk_dynamodb::Client,
    kms: aws_sdk_kms::Client,
    table: String,
    key: String,
}

impl Emulator {
    /// `None`, and says why, unless there is an emulator.
    pub async fn start() -> Option<Self> {
        let Ok(endpoint) = std::env::var("ACTIVITY_LOG_TEST_DYNAMODB") else {
            println!("skipped: ACTIVITY_LOG_TEST_DYNAMODB names no emulator");
            return None;
        };
        let config = activity_log_aws::with_endpoint(&endpoint).await;
        let kms = aws_sdk_kms::Client::new(&config);
        let key = kms.create_key().send().await.unwrap();
        let emulator = Self {
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            kms,
            table: format!("control-test-{}", new_access_key_id()),
            key: key.key_metadata.unwrap().key_id,
        };
        emulator.create_table().await;
        Some(emulator)
    }

    async fn create_table(&self) {
        let mut table = self
            .dynamodb
            .create_table()
            .table_name(&self.table)
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

    pub async fn stop(self) {
        self.dynamodb
            .delete_table()
            .table_name(&self.table)
            .send()
            .await
            .unwrap();
    }

    pub fn subject(&self) -> Subject<Directory<KmsVault>, Registrar<KmsVault>, TrailTable> {
        Subject {
            directory: Directory::new(self.dynamodb.clone(), &self.table, self.vault()),
            registry: Registrar::new(self.dynamodb.clone(), &self.table, self.vault()),
            trails: TrailTable::new(self.dynamodb.clone(), &self.table),
        }
    }

    pub fn reports(&self) -> ReportTable {
        ReportTable::new(self.dynamodb.clone(), &self.table)
    }

    pub fn plugins(&self) -> PluginTable {
        PluginTable::new(self.dynamodb.clone(), &self.table)
    }

    pub fn rates(&self) -> RateTable {
        RateTable::new(&self.dynamodb, &self.table)
    }

    pub fn access(&self) -> Access<Directory<KmsVault>, Registrar<KmsVault>, SessionTable> {
        Access {
            directory: Directory::new(self.dynamodb.clone(), &self.table, self.vault()),
            registry: Registrar::new(self.dynamodb.clone(), &self.table, self.vault()),
            sessions: SessionTable::new(self.dynamodb.clone(), &self.table),
        }
    }

    pub fn whole(
        &self,
    ) -> Whole<
        Directory<KmsVault>,
        Registrar<KmsVault>,
        SessionTable,
        TrailTable,
        ReportTable,
        PluginTable,
    > {
        let Access {
            directory,
            registry,
            sessions,
        } = self.access();
        Whole {
            directory,
            registry,
            sessions,
            trails: TrailTable::new(self.dynamodb.clone(), &self.table),
            reports: self.reports(),
            plugins: self.plugins(),
        }
    }

    pub fn unproven(&self) -> UnprovenTable {
        UnprovenTable::new(&self.dynamodb, &self.table)
    }

    pub fn outbox(&self) -> OutboxTable {
        OutboxTable::new(self.dynamodb.clone(), &self.table)
    }

    pub fn usage(&self) -> UsageTable {
        UsageTable::new(self.dynamodb.clone(), &self.table)
    }

    pub fn vault(&self) -> KmsVault {
        KmsVault::new(self.kms.clone(), &self.key)
    }

    /// An item as it is stored.
    pub async fn item(&self, pk: &str, sk: &str) -> Option<HashMap<String, AttributeValue>> {
        let answer = self
            .dynamodb
            .get_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(pk.to_owned()))
            .key("sk", AttributeValue::S(sk.to_owned()))
            .send()
            .await;
        answer.unwrap().item
    }

    /// Puts an item as it would never be written.
    pub async fn put_item(&self, pk: &str, sk: &str) {
        self.dynamodb
            .put_item()
            .table_name(&self.table)
            .item("pk", AttributeValue::S(pk.to_owned()))
            .item("sk", AttributeValue::S(sk.to_owned()))
            .send()
            .await
            .unwrap();
    }

    /// Puts an item of texts.
    pub async fn put_texts(&self, pk: &str, sk: &str, texts: &[(&str, &str)]) {
        let texts = [("pk", pk), ("sk", sk)]
            .into_iter()
            .chain(texts.iter().copied());
        let item = texts.map(|(name, text)| (name.to_owned(), AttributeValue::S(text.to_owned())));
        let put = self.dynamodb.put_item().table_name(&self.table);
        put.set_item(Some(item.collect())).send().await.unwrap();
    }

    /// Deletes an item, as DynamoDB does by its `ttl`.
    pub async fn delete_item(&self, pk: &str, sk: &str) {
        self.dynamodb
            .delete_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(pk.to_owned()))
            .key("sk", AttributeValue::S(sk.to_owned()))
            .send()
            .await
            .unwrap();
    }

    /// The sealed secret in a key's item; another one put in its place, if there is one.
    async fn sealed(&self, id: &AccessKeyId, replace: Option<AttributeValue>) -> AttributeValue {
        let key = [("pk", format!("key#{id}")), ("sk", "key".to_owned())];
        let key = key.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        let update = self
            .dynamodb
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.into()))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllNew);
        let update = match replace {
            Some(value) => update
                .update_expression("SET secret = :secret")
                .expression_attribute_values(":secret", value),
            None => update,
        };
        let item = update.send().await.unwrap().attributes.unwrap();
        item["secret"].clone()
    }
}

#[tokio::test]
async fn a_secret_is_not_stored_in_the_clear_and_opens_only_where_it_belongs() {
    let Some(emulator) = Emulator::start().await else {
        return;
    };
    let subject = emulator.subject();
    let (account, alice) = subject.user("alice").await;
    let mut keys = Vec::new();
    for _ in 0..2 {
        let (id, secret) = (new_access_key_id(), new_secret_key());
        let made = subject
            .registry
            .create_access_key(account.id, &alice, &id, &secret, now());
        made.await.unwrap();
        let sealed = emulator.sealed(&id, None).await;
        let bytes = sealed.as_b().unwrap().as_ref().to_vec();
        let clear = secret.expose().as_bytes();
        assert!(!bytes.windows(clear.len()).any(|part| part == clear));
        // Read both, so that the directory remembers both ciphertexts.
        assert_eq!(
            subject
                .directory
                .access_key(&id)
                .await
                .unwrap()
                .unwrap()
                .secret,
            secret
        );
        keys.push((id, sealed));
    }

    let (victim, own) = (&keys[0].0, &keys[1].1);
    emulator.sealed(victim, Some(own.clone())).await;
    let error = subject.directory.access_key(victim).await.unwrap_err();
    assert!(matches!(error, StoreError::Kms { .. }), "{error}");
    emulator.stop().await;
}

#[tokio::test]
async fn a_warm_directory_asks_kms_nothing() {
    let Some(emulator) = Emulator::start().await else {
        return;
    };
    let subject = emulator.subject();
    let (account, alice) = subject.user("alice").await;
    let (id, secret) = (new_access_key_id(), new_secret_key());
    let made = subject
        .registry
        .create_access_key(account.id, &alice, &id, &secret, now());
    made.await.unwrap();
    assert!(subject.directory.access_key(&id).await.unwrap().is_some());

    // From here on KMS refuses this key.
    emulator
        .kms
        .disable_key()
        .key_id(&emulator.key)
        .send()
        .await
        .unwrap();
    let warm = subject.directory.access_key(&id).await.unwrap().unwrap();
    assert_eq!(warm.secret, secret);
    let cold = emulator.subject().directory.access_key(&id).await;
    assert!(matches!(cold.unwrap_err(), StoreError::Kms { .. }));
    emulator.stop().await;
}

#[tokio::test]
async fn a_table_that_is_not_there_is_a_store_error_that_names_it() {
    let Some(emulator) = Emulator::start().await else {
        return;
    };
    let subject = emulator.subject();
    let says = format!("GetItem on table {} failed", emulator.table);
    emulator.stop().await;
    let error = subject
        .directory
        .access_key(&new_access_key_id())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), says);
}

#[tokio::test]
async fn what_cannot_be_read_hides_nothing_behind_it() {
    let Some(emulator) = Emulator::start().await else {
        return;
    };
    let outbox = emulator.outbox();
    let entry = OutboxEntry {
        key: OutboxKey {
            attempted: now(),
            event_id: Uuid::now_v7(),
        },
        account: "111122223333".parse().unwrap(),
        origin: Origin::Service,
        state: OutboxState::Attempted,
        record: "{}".to_owned(),
    };
    outbox.put_attempt(&entry).await.unwrap();
    let shard = entry.key.shard();
    for sort in ["0", "000000000000001#nothing", "1"] {
        emulator.put_item(&format!("outbox#{shard}"), sort).await;
    }
    let later = now().plus_millis(1);
    let first = outbox.due(shard, later, None, 2).await.unwrap();
    assert_eq!((first.entries.len(), first.unreadable.len()), (0, 2));
    assert_eq!(
        first.unreadable[0].to_string(),
        format!("control item outbox#{shard}/0 has no good sk")
    );
    let rest = outbox
        .due(shard, later, first.next.as_ref(), 10)
        .await
        .unwrap();
    assert_eq!(rest.entries, [entry]);
    assert_eq!((rest.unreadable.len(), rest.next), (1, None));

    let sessions = emulator.access().sessions;
    emulator.put_item("sessions", "000000000000001#x").await;
    let ended = sessions.ended_sessions(later, None, 10).await.unwrap();
    assert_eq!((ended.entries.len(), ended.unreadable.len()), (0, 1));
    emulator.stop().await;
}
