//! `lookup`: see the library of the same package.

use std::sync::Arc;

use activity_log_calls::Recorder;
use activity_log_calls::sqs::SqsCallLog;
use activity_log_cloudtrail as cloudtrail;
use activity_log_control::Rate;
use activity_log_control::dynamodb::{
    Directory, OutboxTable, RateTable, SessionTable, UnprovenTable,
};
use activity_log_control::kms::KmsVault;
use activity_log_core::instant::Instant;
use activity_log_identity::{Endpoint, Gate};
use activity_log_lambda::environment::{self, Environment};
use activity_log_lambda::logging;
use activity_log_lambda::stack::Stack;
use activity_log_lookup::app::{App, Ports};
use activity_log_lookup::backend::AwsBackend;
use activity_log_lookup::config::Config;
use activity_log_lookup::events;
use activity_log_lookup::handler::{self, Invocation};
use activity_log_lookup::rest::AwsRestBackend;
use activity_log_lookup::vk::{AwsVkBackend, VkBackend};
use activity_log_rest as rest;
use activity_log_vk as vk;
use lambda_runtime::{LambdaEvent, run, service_fn};
use serde_json::value::RawValue;
use time::OffsetDateTime;

/// The ports in AWS.
struct Aws;

impl Ports for Aws {
    type CloudTrail = AwsBackend;
    type Rest = AwsRestBackend;
    type Vk = AwsVkBackend;
    type Gate = Arc<Gate<Directory<KmsVault>, RateTable>>;
    type Projects = Directory<KmsVault>;
    type Sessions = SessionTable;
    type Outbox = OutboxTable;
    type Accounts = Directory<KmsVault>;
    type Unproven = UnprovenTable;
    type Calls = SqsCallLog;
}

/// The clients of AWS.
struct Clients {
    dynamodb: aws_sdk_dynamodb::Client,
    kms: aws_sdk_kms::Client,
    s3: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
    sts: aws_sdk_sts::Client,
}

impl Clients {
    fn directory(&self, stack: &Stack) -> Directory<KmsVault> {
        let vault = KmsVault::new(self.kms.clone(), &stack.kms_key_id);
        Directory::new(self.dynamodb.clone(), &stack.control_table, vault)
    }
}

fn now() -> Instant {
    Instant::from(OffsetDateTime::now_utc())
}

fn app(clients: Clients, config: Config) -> App<Aws> {
    let stack = config.stack.clone();
    let (dynamodb, sqs) = (clients.dynamodb.clone(), clients.sqs.clone());
    let rates = RateTable::new(&dynamodb, &stack.control_table);
    let events = events::of_table(dynamodb.clone(), &stack.events_table, now);
    let vk = VkBackend {
        events: events.clone(),
        keys: clients.directory(&stack),
        retention_days: stack.retention_days,
        clock: Box::new(now),
    };
    let endpoint = Endpoint::new(&stack.region, &config.hosts);
    let directory = clients.directory(&stack);
    App {
        gate: Arc::new(Gate::new(endpoint, directory, rates, Rate::Lookup)),
        projects: clients.directory(&stack),
        sessions: SessionTable::new(dynamodb.clone(), &stack.control_table),
        outbox: OutboxTable::new(dynamodb.clone(), &stack.control_table),
        unproven: UnprovenTable::new(&dynamodb, &stack.control_table),
        accounts: clients.directory(&stack),
        recorder: Recorder::new(
            SqsCallLog::new(&sqs, &config.calls_queue_url),
            &stack.region,
        ),
        vk: vk::Service::new(vk),
        rest: rest::Service::new(AwsRestBackend::new(
            events.clone(),
            clients.directory(&stack),
            dynamodb.clone(),
            &clients.s3,
            sqs,
            config,
        )),
        cloudtrail: cloudtrail::Service::new(AwsBackend::new(
            events,
            dynamodb,
            clients.kms,
            (clients.s3, clients.sts),
            stack,
        )),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    logging::start();
    let config = Config::read(&Environment(&environment::of_process))?;
    let aws = activity_log_aws::from_env().await?;
    let clients = Clients {
        dynamodb: aws_sdk_dynamodb::Client::new(&aws),
        kms: aws_sdk_kms::Client::new(&aws),
        s3: aws_sdk_s3::Client::new(&aws),
        sqs: aws_sdk_sqs::Client::new(&aws),
        sts: aws_sdk_sts::Client::new(&aws),
    };
    let function_name = config.function_name.clone();
    let (app, function_name) = (&app(clients, config), function_name.as_str());
    let answer = service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        let invocation = Invocation {
            request_id: &event.context.request_id,
            function_name,
        };
        // Boxed: what the SDK nests in it is deeper than the compiler looks.
        Box::pin(handler::invoke(app, &event.payload, invocation)).await
    });
    run(answer).await.map_err(anyhow::Error::from_boxed)
}
