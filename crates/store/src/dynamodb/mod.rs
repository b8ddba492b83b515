//! The store on DynamoDB: one table, keys `pk` and `sk`, see `docs/architecture.md`.

mod backoff;
mod batch;
mod item;
mod items;
mod read;
mod write;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use tokio::sync::{Semaphore, SemaphorePermit};

pub use item::{Item, entry_item, segment_item};

/// Requests under way at once, and so connections: who stores or reads for many accounts side by side, many segments of
/// each and many batches of each segment, would open thousands, more than a function has descriptors for.
pub const REQUESTS_AT_ONCE: usize = 64;

/// Segments and their indexes in a DynamoDB table.
#[derive(Clone, Debug)]
pub struct DynamoStore {
    client: Client,
    table: String,
    consistent: bool,
    /// shared by its clones
    requests: Arc<Semaphore>,
}

impl DynamoStore {
    /// On this table; reads are eventually consistent, at half the price.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
            consistent: false,
            requests: Arc::new(Semaphore::new(REQUESTS_AT_ONCE)),
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

    /// Waits until there may be one request more; held for as long as that takes, and not while waiting to try again.
    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.requests.acquire().await.ok()
    }
}
