//! `ingest`: see the library of the same package.

use activity_log_control::dynamodb::{Directory, UsageTable};
use activity_log_control::kms::KmsVault;
use activity_log_core::instant::Instant;
use activity_log_core::segment::build::SegmentEncoder;
use activity_log_ingest::app::App;
use activity_log_ingest::config::Config;
use activity_log_ingest::control::Control;
use activity_log_ingest::files::ImportBucket;
use activity_log_ingest::handler;
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
    let vault = KmsVault::new(aws_sdk_kms::Client::new(&aws), config.stack.kms_key_id);
    let s3 = aws_sdk_s3::Client::new(&aws);
    let table = config.stack.control_table;
    let control = Control {
        directory: Directory::new(dynamodb.clone(), table.clone(), vault),
        usage: UsageTable::new(dynamodb.clone(), table),
    };
    let parts = (
        // Consistent, so that an event sent again at once is known.
        DynamoStore::new(dynamodb, config.stack.events_table).consistent(),
        control,
        ImportBucket::new(s3, config.import_bucket),
    );
    let encoder = SegmentEncoder::new()?;
    let clock = || Instant::from(OffsetDateTime::now_utc());
    let app = App::new(
        parts,
        encoder,
        config.stack.retention_days,
        config.imports_queue_arn,
        clock,
    );
    let app = &app;
    let answer = service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        // Boxed: what the SDK nests in it is deeper than the compiler looks.
        Box::pin(handler::handle(app, &event.payload)).await
    });
    run(answer).await.map_err(anyhow::Error::from_boxed)
}
