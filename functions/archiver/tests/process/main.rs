//! The archiver as a process: the binary that is deployed, under a stub of Lambda's runtime API, with the
//! emulator's DynamoDB, S3 and KMS. Skipped unless `ACTIVITY_LOG_TEST_DYNAMODB` names an emulator.

mod cloud;
mod http;
mod invocation;
mod killed;
mod large;
mod proxy;
mod queue;
mod replaced;
