//! `archiver`: see the library of the same package.

use activity_log_archiver::app::{App, Ports};
use activity_log_archiver::bucket::S3Buckets;
use activity_log_archiver::config::Config;
use activity_log_archiver::handler;
use activity_log_archiver::signer::KmsSigner;
use activity_log_control::dynamodb::{Directory, TrailTable};
use activity_log_control::kms::KmsVault;
use activity_log_core::instant::Instant;
use activity_log_lambda::environment::{self, Environment};
use activity_log_lambda::logging;
use activity_log_lambda::sqs::SqsQueue;
use activity_log_store::dynamodb::DynamoStore;
use lambda_runtime::{LambdaEvent, run, service_fn};
use serde_json::value::RawValue;
use time::OffsetDateTime;

/// The ports in AWS.
struct Aws {
    events: DynamoStore,
    trails: TrailTable,
    accounts: Directory<KmsVault>,
    uploads: S3Buckets,
    signer: KmsSigner,
    queue: SqsQueue,
}

impl Ports for Aws {
    type Events = DynamoStore;
    type Trails = TrailTable;
    type Accounts = Directory<KmsVault>;
    type Uploads = S3Buckets;
    type Signer = KmsSigner;
    type Queue = SqsQueue;

    fn events(&self) -> &DynamoStore {
        &self.events
    }
    fn trails(&self) -> &TrailTable {
        &self.trails
    }
    fn accounts(&self) -> &Directory<KmsVault> {
        &self.accounts
    }
    fn uploads(&self) -> &S3Buckets {
        &self.uploads
    }
    fn signer(&self) -> &KmsSigner {
        &self.signer
    }
    fn queue(&self) -> &SqsQueue {
        &self.queue
    }
}

// A thread for the heartbeats: compressing leaves them no time on this one.
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> anyhow::Result<()> {
    logging::start();
    let config = Config::read(&Environment(&environment::of_process))?;
    let aws = activity_log_aws::from_env().await?;
    let dynamodb = aws_sdk_dynamodb::Client::new(&aws);
    let kms = aws_sdk_kms::Client::new(&aws);
    let control = config.stack.control_table;
    let ports = Aws {
        events: DynamoStore::new(dynamodb.clone(), config.stack.events_table),
        trails: TrailTable::new(dynamodb.clone(), &control),
        accounts: Directory::new(
            dynamodb,
            control,
            KmsVault::new(kms.clone(), config.stack.kms_key_id),
        ),
        uploads: S3Buckets::new(aws_sdk_s3::config::Builder::from(&aws)),
        signer: KmsSigner::new(kms, config.signing_key_id),
        queue: SqsQueue::new(aws_sdk_sqs::Client::new(&aws), config.queue_url),
    };
    let app = App {
        ports,
        region: config.stack.region,
        retention_days: config.stack.retention_days,
        sizes: config.sizes,
        function_name: config.function_name,
        clock: Box::new(|| Instant::from(OffsetDateTime::now_utc())),
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
