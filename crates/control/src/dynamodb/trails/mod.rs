//! Trails on the control table.
//!
//! What the customer sets, when the trail logs, and how far it is archived are attributes of their own,
//! each one JSON text. Every change of them raises the trail's revision, on the condition that it is still
//! the one that was read: neither the API nor the archiver overwrites what the other wrote.

mod archive;
mod item;
mod read;
mod write;

use aws_sdk_dynamodb::Client;

use super::table::Table;

/// The trails' ports over the control table. Reading needs `dynamodb:GetItem` and `Query`; configuring
/// and archiving `PutItem`, `UpdateItem` and `DeleteItem`.
#[derive(Clone, Debug)]
pub struct TrailTable {
    table: Table,
}

impl TrailTable {
    pub(in crate::dynamodb) fn over(table: Table) -> Self {
        Self { table }
    }

    /// Over this table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let name = table.into();
        Self {
            table: Table { client, name },
        }
    }
}
