//! The outbox: a partition for each shard, in the order of time.
//!
//! Entries have no `ttl`: one that nobody could tell stays until somebody looks at it. A partition takes 1,000 units of
//! writing a second, and an entry of 75 KB takes 75 of them each time it is put, ended and deleted: with one partition
//! for all, few such calls of one account would stop everybody's.

use activity_log_core::instant::Instant;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use super::change::Alteration;
use super::item::{Item, Reader, text};
use super::schema::{ACCOUNT, Key, ORIGIN, PK, RECORD, STATUS};
use super::table::Table;
use crate::error::StoreError;
use crate::model::due::{Due, Position};
use crate::model::outbox::{OutboxEntry, OutboxKey, OutboxShard, OutboxState};
use crate::ports::Outbox;

/// Greater than every sort key, which begins with a digit.
const END: &str = ":";

/// The outbox on the control table. It needs `dynamodb:PutItem`, `UpdateItem`, `DeleteItem` and `Query` on the
/// partitions `outbox#*`.
#[derive(Clone, Debug)]
pub struct OutboxTable {
    table: Table,
}

impl OutboxTable {
    /// On this table. Makes no request.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let name = table.into();
        Self {
            table: Table { client, name },
        }
    }
}

impl Outbox for OutboxTable {
    async fn put_attempt(&self, entry: &OutboxEntry) -> Result<(), StoreError> {
        let item = Item::from([
            (ACCOUNT.to_owned(), text(&entry.account)),
            (ORIGIN.to_owned(), text(&entry.origin)),
            (STATUS.to_owned(), text(&entry.state)),
            (RECORD.to_owned(), AttributeValue::S(entry.record.clone())),
        ]);
        self.table.put(&Key::outbox(entry.key), item).await
    }

    async fn put_end(&self, key: OutboxKey, record: &str) -> Result<bool, StoreError> {
        let end = Alteration {
            update: "SET #status = :ended, #record = :record",
            condition: "attribute_exists(#pk)",
            names: &[PK, STATUS, RECORD],
            values: vec![
                (":ended", text(&OutboxState::Ended)),
                (":record", AttributeValue::S(record.to_owned())),
            ],
        };
        self.table.change(&Key::outbox(key), &end).await
    }

    async fn due(
        &self,
        shard: OutboxShard,
        attempted_before: Instant,
        after: Option<&Position>,
        most: usize,
    ) -> Result<Due<OutboxEntry>, StoreError> {
        let partition = Key::outbox_of(shard);
        let (items, next) = self.table.page(&partition, END, after, most).await?;
        let read = items
            .iter()
            .map(|(key, item)| Reader::new(key, item).outbox_entry());
        let due = read.filter(|read| {
            let entry = read.as_ref();
            entry.map_or(true, |entry| entry.is_due(attempted_before))
        });
        Ok(Due::of(due, next))
    }

    async fn forget(&self, key: OutboxKey) -> Result<(), StoreError> {
        self.table.delete(&Key::outbox(key)).await
    }
}

impl Reader<'_> {
    /// An entry of the outbox, whose time and event its sort key has.
    fn outbox_entry(&self) -> Result<OutboxEntry, StoreError> {
        Ok(OutboxEntry {
            key: self.outbox_key()?,
            account: self.owner()?,
            origin: self.parsed(ORIGIN)?,
            state: self.parsed(STATUS)?,
            record: self.text(RECORD)?.to_owned(),
        })
    }
}
