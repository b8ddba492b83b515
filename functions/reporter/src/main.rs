//! `reporter`: see the library of the same package.

use std::sync::OnceLock;

use activity_log_control::dynamodb::{Directory, PluginTable, ReportTable};
use activity_log_control::kms::KmsVault;
use activity_log_core::instant::Instant;
use activity_log_core::read::Events;
use activity_log_lambda::environment::{self, Environment};
use activity_log_lambda::logging;
use activity_log_plugin::{Limits, isolated};
use activity_log_reporter::app::{App, Ports};
use activity_log_reporter::config::Config;
use activity_log_reporter::handler;
use activity_log_reporter::queue::SqsQueue;
use activity_log_reporter::s3::S3Files;
use activity_log_store::dynamodb::DynamoStore;
use lambda_runtime::{LambdaEvent, run, service_fn};
use serde_json::value::RawValue;
use time::OffsetDateTime;

/// Bytes of items kept between reads: a report reads each once.
const NOTHING_KEPT: usize = 0;

/// The ports in AWS.
struct Aws {
    events: Events<DynamoStore>,
    accounts: Directory<KmsVault>,
    reports: ReportTable,
    plugins: PluginTable,
    vault: KmsVault,
    files: S3Files,
    queue: SqsQueue,
}

impl Ports for Aws {
    type Items = DynamoStore;
    type Accounts = Directory<KmsVault>;
    type Reports = ReportTable;
    type Plugins = PluginTable;
    type Vault = KmsVault;
    type Files = S3Files;
    type Queue = SqsQueue;

    fn events(&self) -> &Events<DynamoStore> {
        &self.events
    }
    fn accounts(&self) -> &Directory<KmsVault> {
        &self.accounts
    }
    fn reports(&self) -> &ReportTable {
        &self.reports
    }
    fn plugins(&self) -> &PluginTable {
        &self.plugins
    }
    fn vault(&self) -> &KmsVault {
        &self.vault
    }
    fn files(&self) -> &S3Files {
        &self.files
    }
    fn queue(&self) -> &SqsQueue {
        &self.queue
    }
}

fn main() -> anyhow::Result<()> {
    // First: in a child that was started to compile a plugin, this does not return.
    isolated::serve_if_asked();
    // A thread for the heartbeats: plugins and workbooks leave them no time on this one.
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?
        .block_on(serve())
}

async fn serve() -> anyhow::Result<()> {
    logging::start();
    let config = Config::read(&Environment(&environment::of_process))?;
    let aws = activity_log_aws::from_env().await?;
    let app = App {
        ports: ports(&aws, &config),
        retention_days: config.stack.retention_days,
        sizes: config.sizes,
        limits: Limits::default(),
        compile: Box::new(isolated::compile),
        function_name: config.function_name,
        clock: Box::new(|| Instant::from(OffsetDateTime::now_utc())),
        engine: OnceLock::new(),
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

fn ports(aws: &aws_config::SdkConfig, config: &Config) -> Aws {
    let dynamodb = aws_sdk_dynamodb::Client::new(aws);
    let kms = aws_sdk_kms::Client::new(aws);
    let control = config.stack.control_table.as_str();
    let vault = || KmsVault::new(kms.clone(), &config.stack.kms_key_id);
    let items = DynamoStore::new(dynamodb.clone(), &config.stack.events_table);
    Aws {
        events: Events::new(items, NOTHING_KEPT),
        accounts: Directory::new(dynamodb.clone(), control, vault()),
        reports: ReportTable::new(dynamodb.clone(), control),
        plugins: PluginTable::new(dynamodb, control),
        vault: vault(),
        files: S3Files::new(aws_sdk_s3::config::Builder::from(aws), &config.bucket),
        queue: SqsQueue::new(aws_sdk_sqs::Client::new(aws), &config.queue_url),
    }
}
