//! `importer`: see the library of the same package.

use activity_log_control::dynamodb::{Directory, UsageTable};
use activity_log_control::kms::KmsVault;
use activity_log_core::instant::Instant;
use activity_log_core::pack::PackEncoder;
use activity_log_ingest::app::App;
use activity_log_ingest::config::ImporterConfig;
use activity_log_ingest::control::Control;
use activity_log_ingest::files::ImportBucket;
use activity_log_ingest::import::{self, Importer};
use activity_log_lambda::environment::{self, Environment};
use activity_log_lambda::logging;
use activity_log_store::dynamodb::DynamoStore;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{LambdaEvent, run, service_fn};
use time::OffsetDateTime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    logging::start();
    let config = ImporterConfig::read(&Environment(&environment::of_process))?;
    let aws = activity_log_aws::from_env().await?;
    let dynamodb = aws_sdk_dynamodb::Client::new(&aws);
    // Opens nothing: the function reads accounts and links, and its role may not use the key.
    let vault = KmsVault::new(aws_sdk_kms::Client::new(&aws), &config.stack.kms_key_id);
    let control = Control {
        directory: Directory::new(dynamodb.clone(), &config.stack.control_table, vault),
        usage: UsageTable::new(dynamodb.clone(), &config.stack.control_table),
    };
    let store = DynamoStore::new(dynamodb, config.stack.events_table);
    let clock = || Instant::from(OffsetDateTime::now_utc());
    let retention_days = config.stack.retention_days;
    let parts = (store, control);
    let app = App::new(parts, PackEncoder::new()?, retention_days, clock);
    let files = ImportBucket::new(aws_sdk_s3::Client::new(&aws), config.import_bucket);
    let importer = &Importer {
        app: &app,
        files: &files,
    };
    let function_name = config.function_name.as_str();
    let answer = service_fn(async |event: LambdaEvent<SqsEvent>| {
        let end = i64::try_from(event.context.deadline).unwrap_or(i64::MAX);
        let end = Instant::from_millis(end);
        // Boxed: what the SDK nests in it is deeper than the compiler looks.
        let done = Box::pin(import::handle(importer, &event.payload, end, function_name)).await;
        Ok::<SqsBatchResponse, lambda_runtime::Error>(done)
    });
    run(answer).await.map_err(anyhow::Error::from_boxed)
}
