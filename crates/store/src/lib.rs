//! The store of items: DynamoDB, in memory, and the conformance suites both pass.

#[cfg(feature = "conformance")]
pub mod conformance;
pub mod dynamodb;
pub mod memory;
