//! `rollup`: see the library of the same package.

use activity_log_calls::Recorder;
use activity_log_calls::sqs::SqsCallLog;
use activity_log_control::dynamodb::Directory;
use activity_log_control::kms::KmsVault;
use activity_log_core::instant::Instant;
use activity_log_lambda::environment::{self, Environment};
use activity_log_lambda::logging;
use activity_log_lambda::sqs::SqsQueue;
use activity_log_rollup::app::{App, Ports};
use activity_log_rollup::config::Config;
use activity_log_rollup::handler;
use activity_log_rollup::stored::Stored;
use activity_log_store::dynamodb::DynamoStore;
use lambda_runtime::{LambdaEvent, run, service_fn};
use serde_json::value::RawValue;
use time::OffsetDateTime;

/// The ports in AWS.
struct Aws {
    accounts: Directory<KmsVault>,
    rolls: Stored<DynamoStore>,
    queue: SqsQueue,
    recorder: Recorder<SqsCallLog>,
}

impl Ports for Aws {
    type Accounts = Directory<KmsVault>;
    type Rolls = Stored<DynamoStore>;
    type Queue = SqsQueue;
    type Calls = SqsCallLog;

    fn accounts(&self) -> &Directory<KmsVault> {
        &self.accounts
    }
    fn rolls(&self) -> &Stored<DynamoStore> {
        &self.rolls
    }
    fn queue(&self) -> &SqsQueue {
        &self.queue
    }
    fn recorder(&self) -> &Recorder<SqsCallLog> {
        &self.recorder
    }
}

fn now() -> Instant {
    Instant::from(OffsetDateTime::now_utc())
}

// A thread for the heartbeats: compressing leaves them no time on this one.
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> anyhow::Result<()> {
    logging::start();
    let config = Config::read(&Environment(&environment::of_process))?;
    let aws = activity_log_aws::from_env().await?;
    let dynamodb = aws_sdk_dynamodb::Client::new(&aws);
    let sqs = aws_sdk_sqs::Client::new(&aws);
    let control = config.stack.control_table;
    // Opens nothing: the role may not.
    let vault = KmsVault::new(aws_sdk_kms::Client::new(&aws), config.stack.kms_key_id);
    let log = SqsCallLog::new(&sqs, config.calls_queue_url);
    let ports = Aws {
        accounts: Directory::new(dynamodb.clone(), control, vault),
        rolls: Stored::new(DynamoStore::new(dynamodb, config.stack.events_table), now),
        queue: SqsQueue::new(sqs, config.queue_url),
        recorder: Recorder::new(log, config.stack.region),
    };
    let app = App {
        ports,
        retention_days: config.stack.retention_days,
        function_name: config.function_name,
        clock: Box::new(now),
    };
    let app = &app;
    let answer = service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        let end = i64::try_from(event.context.deadline).unwrap_or(i64::MAX);
        // Boxed: what the SDK nests in it is deeper than the compiler looks.
        Box::pin(handler::handle(
            app,
            &event.payload,
            Instant::from_millis(end),
        ))
        .await
    });
    run(answer).await.map_err(anyhow::Error::from_boxed)
}
