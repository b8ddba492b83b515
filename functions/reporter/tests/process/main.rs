//! The reporter as a process: the binary that is deployed, under a stub of Lambda's runtime API, with the
//! emulator's DynamoDB, S3, SQS and KMS. Skipped unless `ACTIVITY_LOG_TEST_DYNAMODB` names an emulator.

mod cloud;
#[path = "../../../../crates/plugin/tests/guest/mod.rs"]
mod guest;
#[path = "../../../archiver/tests/process/http.rs"]
mod http;
mod invocation;
mod killed;
mod large;
#[path = "../../../archiver/tests/process/proxy.rs"]
mod proxy;
#[path = "../../../archiver/tests/process/queue.rs"]
mod queue;
mod replaced;
