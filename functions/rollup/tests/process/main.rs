//! The roll-up as a process: the binary that is deployed, under a stub of Lambda's runtime API, with the emulator's
//! DynamoDB, SQS and KMS. Skipped unless `ACTIVITY_LOG_TEST_DYNAMODB` names an emulator.

mod account;
mod cloud;
#[path = "../../../archiver/tests/process/http.rs"]
mod http;
mod invocation;
mod killed;
#[path = "../../../archiver/tests/process/proxy.rs"]
mod proxy;
#[path = "../../../archiver/tests/process/queue.rs"]
mod queue;
mod replaced;
