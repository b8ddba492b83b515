//! The function as a process: the binary that is deployed, under a stub of Lambda's runtime API, with the emulator's
//! DynamoDB, SQS and KMS. Skipped unless `ACTIVITY_LOG_TEST_DYNAMODB` names an emulator.

mod cloud;
#[path = "../../../archiver/tests/process/http.rs"]
mod http;
mod invocation;
mod killed;
#[path = "../../../archiver/tests/process/proxy.rs"]
mod proxy;
mod sent;
#[path = "../ways_in/signed.rs"]
mod signed;
