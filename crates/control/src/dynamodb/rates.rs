//! The counters of rates on the control table.

use activity_log_core::account::AccountId;
use activity_log_core::instant::{Instant, MINUTE};
use aws_sdk_dynamodb::Client;

use super::counter::Counters;
use super::item::Reader;
use super::schema::{Key, SPENT};
use crate::error::StoreError;
use crate::model::rate::Rate;
use crate::ports::Rates;

/// A second's counters may be deleted so long after it.
const KEPT_MS: i64 = 5 * MINUTE;

/// The counters of rates over the control table, in the partitions `rates#ACCOUNT#RATE`: an item a second. It
/// needs `dynamodb:UpdateItem` there. It gives up after a second, whatever the client does otherwise.
#[derive(Clone, Debug)]
pub struct RateTable {
    counters: Counters,
}

impl RateTable {
    /// Over this table.
    pub fn new(client: &Client, table: impl Into<String>) -> Self {
        Self {
            counters: Counters::new(client, table),
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
        let counted = self.counters.add(&key, &permits, end).await?;
        Reader::new(&key, &counted).count(SPENT)
    }
}
