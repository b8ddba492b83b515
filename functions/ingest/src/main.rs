//! `ingest`: see the library of the same package.

use activity_log_calls::Recorder;
use activity_log_calls::sqs::SqsCallLog;
use activity_log_control::Rate;
use activity_log_control::dynamodb::{Directory, RateTable, UnprovenTable, UsageTable};
use activity_log_control::kms::KmsVault;
use activity_log_core::instant::Instant;
use activity_log_core::pack::PackEncoder;
use activity_log_identity::{Endpoint, Gate};
use activity_log_ingest::api::Api;
use activity_log_ingest::app::App;
use activity_log_ingest::config::Config;
use activity_log_ingest::control::Control;
use activity_log_ingest::handler::{self, Invocation};
use activity_log_lambda::environment::{self, Environment};
use activity_log_lambda::logging;
use activity_log_store::dynamodb::DynamoStore;
use lambda_runtime::{LambdaEvent, run, service_fn};
use serde_json::value::RawValue;
use time::OffsetDateTime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    logging::start();
    let config = Config::read(&Environment(&environment::of_process))?;
    let aws = activity_log_aws::from_env().await?;
    let dynamodb = aws_sdk_dynamodb::Client::new(&aws);
    let kms = aws_sdk_kms::Client::new(&aws);
    let directory = || {
        let vault = KmsVault::new(kms.clone(), &config.stack.kms_key_id);
        Directory::new(dynamodb.clone(), &config.stack.control_table, vault)
    };
    let rates = RateTable::new(&dynamodb, &config.stack.control_table);
    let endpoint = Endpoint::new(&config.stack.region, &config.hosts);
    let calls = SqsCallLog::new(&aws_sdk_sqs::Client::new(&aws), config.calls_queue_url);
    let api = Api {
        gate: Gate::new(endpoint, directory(), rates, Rate::Ingest),
        unproven: UnprovenTable::new(&dynamodb, &config.stack.control_table),
        recorder: Recorder::new(calls, config.stack.region),
    };
    let control = Control {
        directory: directory(),
        usage: UsageTable::new(dynamodb.clone(), &config.stack.control_table),
    };
    let parts = (
        DynamoStore::new(dynamodb.clone(), config.stack.events_table),
        control,
    );
    let encoder = PackEncoder::new()?;
    let clock = || Instant::from(OffsetDateTime::now_utc());
    let app = App::new(parts, encoder, config.stack.retention_days, clock);
    let (app, api, own_queues) = (&app, &api, config.calls_queue_arns.as_slice());
    let function_name = config.function_name.as_str();
    let answer = service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        let end = i64::try_from(event.context.deadline).unwrap_or(i64::MAX);
        let invocation = Invocation {
            request_id: &event.context.request_id,
            function_name,
            end: Instant::from_millis(end),
            own_queues,
        };
        // Boxed: what the SDK nests in it is deeper than the compiler looks.
        Box::pin(handler::handle(app, api, &event.payload, invocation)).await
    });
    run(answer).await.map_err(anyhow::Error::from_boxed)
}
