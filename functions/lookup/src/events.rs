//! The events as all protocols read them: one reader, so that what one of them reads is there for the others.

use activity_log_core::instant::Instant;
use activity_log_core::read::Events;
use activity_log_store::dynamodb::DynamoStore;
use aws_sdk_dynamodb::Client as Dynamodb;

use crate::in_time::InTime;

/// Bytes of items that never change that an instance of the function keeps between requests. An eighth of its memory
/// (`template.yaml`): a page may read as much again, a few times over once it is unpacked, and its answer is made of that.
pub const CACHE_BYTES: usize = 64 * 1024 * 1024;

/// The events in AWS.
pub type AwsEvents = InTime<Events<DynamoStore>>;

/// The events of this table. Makes no request.
pub fn of_table(dynamodb: Dynamodb, table: &str, clock: fn() -> Instant) -> AwsEvents {
    InTime::new(
        Events::new(DynamoStore::new(dynamodb, table), CACHE_BYTES),
        clock,
    )
}
