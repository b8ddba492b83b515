//! A store over a DynamoDB in process, and something to put into it.

#![allow(dead_code, reason = "each test that takes this in uses a part of it")]

use activity_log_core::instant::Instant;
use activity_log_core::items::{Ask, Consistency, Item, Key, Order};
use activity_log_store::dynamodb::DynamoStore;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::HttpClient;

pub const NOW: Instant = Instant::from_seconds(1_795_132_800);

/// The store over this table.
pub fn store(table: impl HttpClient + 'static) -> DynamoStore {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(table)
        .endpoint_url("http://dynamodb.test")
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("AKIA", "secret", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .build();
    DynamoStore::new(aws_sdk_dynamodb::Client::from_conf(config), "events")
}

/// An item.
pub fn item() -> Item {
    Item {
        key: Key {
            partition: "p".to_owned(),
            sort: "s".to_owned(),
        },
        value: vec![1, 2, 3],
        expires: NOW,
        revision: 0,
    }
}

/// A range that has [`item`].
pub fn ask() -> Ask {
    Ask {
        partition: "p".to_owned(),
        low: "a".to_owned(),
        high: "z".to_owned(),
        order: Order::Ascending,
        limit: None,
        consistency: Consistency::Eventual,
    }
}
