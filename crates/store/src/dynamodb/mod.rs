//! The store on DynamoDB: one table, keys `pk` and `sk`, see `docs/architecture.md`.

mod item;
mod read;
mod write;

use aws_sdk_dynamodb::Client;

pub use item::{Item, entry_item, segment_item};

/// Segments and their indexes in a DynamoDB table.
#[derive(Clone, Debug)]
pub struct DynamoStore {
    client: Client,
    table: String,
    consistent: bool,
}

impl DynamoStore {
    /// On this table; reads are eventually consistent, at half the price.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
            consistent: false,
        }
    }

    /// The same with strongly consistent reads: what was accepted is seen at once.
    #[must_use]
    pub fn consistent(self) -> Self {
        Self {
            consistent: true,
            ..self
        }
    }
}
