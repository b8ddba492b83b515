//! The segment store: DynamoDB, in memory, and the conformance suite both pass.

#[cfg(feature = "conformance")]
pub mod conformance;
pub mod dynamodb;
pub mod kept;
pub mod memory;
