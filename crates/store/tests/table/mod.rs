//! A table of its own in the DynamoDB that `ACTIVITY_LOG_TEST_DYNAMODB` names: `tests/run` starts an emulator.

use std::sync::atomic::{AtomicU32, Ordering};

use activity_log_store::dynamodb::DynamoStore;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};

/// `None` where no DynamoDB is named.
pub async fn store() -> Option<DynamoStore> {
    let Ok(endpoint) = std::env::var("ACTIVITY_LOG_TEST_DYNAMODB") else {
        eprintln!("skipped: ACTIVITY_LOG_TEST_DYNAMODB names no DynamoDB; tests/run starts one");
        return None;
    };
    let client = Client::new(&activity_log_aws::with_endpoint(&endpoint).await);
    Some(DynamoStore::new(client.clone(), table(&client).await))
}
async fn table(client: &Client) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("conformance-{}-{number}", std::process::id());
    let mut create = client
        .create_table()
        .table_name(&name)
        .billing_mode(BillingMode::PayPerRequest);
    for (key, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let definition = AttributeDefinition::builder()
            .attribute_name(key)
            .attribute_type(ScalarAttributeType::S)
            .build();
        let element = KeySchemaElement::builder()
            .attribute_name(key)
            .key_type(kind)
            .build();
        create = create
            .attribute_definitions(definition.expect("a definition"))
            .key_schema(element.expect("a key"));
    }
    create.send().await.expect("a table");
    name
}
