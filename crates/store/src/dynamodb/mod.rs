//! The store on DynamoDB: one table, keys `pk` and `sk`, see `docs/architecture.md`.

mod backoff;
mod batch;
mod item;
mod read;
mod write;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Requests under way at once, and so connections: who stores or reads for many accounts side by side, many items of
/// each, would open thousands, more than a function has descriptors for.
pub const REQUESTS_AT_ONCE: usize = 64;

/// Items in a DynamoDB table.
#[derive(Clone, Debug)]
pub struct DynamoStore {
    client: Client,
    table: String,
    /// shared by its clones
    requests: Arc<Semaphore>,
}

impl DynamoStore {
    /// On this table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
            requests: Arc::new(Semaphore::new(REQUESTS_AT_ONCE)),
        }
    }

    /// Waits until there may be one request more; held for as long as that takes, and not while waiting to try again.
    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.requests.acquire().await.ok()
    }
}
