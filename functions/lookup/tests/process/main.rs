//! The function as a process: the binary that is deployed, under a stub of Lambda's runtime API, with the emulator's
//! DynamoDB, S3, SQS and KMS. Skipped unless `ACTIVITY_LOG_TEST_DYNAMODB` names an emulator.

mod asked;
mod cloud;
#[path = "../../../archiver/tests/process/http.rs"]
mod http;
mod iam;
mod invocation;
mod killed;
#[path = "../../../archiver/tests/process/proxy.rs"]
mod proxy;
