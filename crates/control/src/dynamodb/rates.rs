//! The counters of rates on the control table.

use std::time::Duration;

use activity_log_core::account::AccountId;
use activity_log_core::instant::{Instant, MINUTE};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;

use super::item::Reader;
use super::schema::{Key, SPENT};
use super::table::Table;
use crate::error::StoreError;
use crate::model::rate::Rate;
use crate::ports::Rates;

/// A second's counters may be deleted so long after it.
const KEPT_MS: i64 = 5 * MINUTE;
/// A request waits for its counter no longer than this: it is let in without.
const PATIENCE: Duration = Duration::from_millis(500);
/// Once more if the connection had died or the item was busy, and not until the second is over.
const ATTEMPTS: u32 = 2;

/// The counters of rates over the control table, in the partitions `rates#ACCOUNT#RATE`: an item a second. It
/// needs `dynamodb:UpdateItem` there. It gives up after half a second, whatever the client does otherwise.
#[derive(Clone, Debug)]
pub struct RateTable {
    table: Table,
}

impl RateTable {
    /// Over this table.
    pub fn new(client: &Client, table: impl Into<String>) -> Self {
        let timeouts = client.config().timeout_config().cloned();
        let timeouts = timeouts.map_or_else(TimeoutConfig::builder, |set| set.to_builder());
        let config = client
            .config()
            .to_builder()
            .timeout_config(timeouts.operation_timeout(PATIENCE).build())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        let name = table.into();
        Self {
            table: Table {
                client: Client::from_conf(config.build()),
                name,
            },
        }
    }
}

impl Rates for RateTable {
    async fn spend(
        &self,
        account: AccountId,
        rate: Rate,
        second: i64,
        permits: u32,
    ) -> Result<u64, StoreError> {
        let key = Key::rate(account, rate, second);
        let end = Instant::from_seconds(second).plus_millis(KEPT_MS);
        let permits = [(SPENT, u64::from(permits))];
        let counted = self.table.add(&key, &permits, end).await?;
        Reader::new(&key, &counted).count(SPENT)
    }
}
