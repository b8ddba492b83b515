//! The counters of usage on the control table.

use activity_log_core::account::AccountId;
use activity_log_core::instant::DAY;
use aws_sdk_dynamodb::Client;

use super::counter::Counters;
use super::item::{Item, Reader};
use super::schema::{BYTES, DUPLICATES, EVENTS, Key, REJECTED};
use super::table::Table;
use crate::error::StoreError;
use crate::model::usage::{Day, USAGE_DAYS, UsageCount};
use crate::ports::{Usage, UsageReader};

/// The counters of usage over the control table, in the partitions `usage#ACCOUNT`: an item a day. Counting needs
/// `dynamodb:UpdateItem` there, reading `BatchGetItem`. Counting gives up after a second, whatever the client does
/// otherwise.
#[derive(Clone, Debug)]
pub struct UsageTable {
    table: Table,
    counters: Counters,
}

impl UsageTable {
    /// Over this table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let name = table.into();
        Self {
            counters: Counters::new(&client, name.clone()),
            table: Table { client, name },
        }
    }
}

impl Usage for UsageTable {
    async fn add(&self, account: AccountId, day: Day, count: UsageCount) -> Result<(), StoreError> {
        let counts = [
            (EVENTS, count.events),
            (BYTES, count.bytes),
            (DUPLICATES, count.duplicates),
            (REJECTED, count.rejected),
        ];
        let end = day.start().plus_millis(i64::from(USAGE_DAYS) * DAY);
        let key = Key::usage(account, day);
        self.counters.add(&key, &counts, end).await?;
        Ok(())
    }
}

impl UsageReader for UsageTable {
    async fn usage(
        &self,
        account: AccountId,
        today: Day,
        days: u32,
    ) -> Result<Vec<(Day, UsageCount)>, StoreError> {
        let days: Vec<Day> = today.last(days).collect();
        let keys: Vec<Key> = days.iter().map(|day| Key::usage(account, *day)).collect();
        let items = self.table.get_all(&keys).await?;
        let counted = keys.iter().zip(&items).map(|(key, item)| match item {
            Some(item) => count(key, item),
            None => Ok(UsageCount::default()),
        });
        days.iter()
            .copied()
            .zip(counted)
            .map(|(day, counted)| Ok((day, counted?)))
            .collect()
    }
}

fn count(key: &Key, item: &Item) -> Result<UsageCount, StoreError> {
    let reader = Reader::new(key, item);
    Ok(UsageCount {
        events: reader.count(EVENTS)?,
        bytes: reader.count(BYTES)?,
        duplicates: reader.count(DUPLICATES)?,
        rejected: reader.count(REJECTED)?,
    })
}
