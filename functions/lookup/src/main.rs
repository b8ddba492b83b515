//! `lookup`: see the library of the same package.

use activity_log_lambda::environment::{self, Environment};
use activity_log_lambda::logging;
use activity_log_lookup::app::App;
use activity_log_lookup::backend::AwsBackend;
use activity_log_lookup::config::Config;
use activity_log_lookup::handler::{self, Invocation};
use activity_log_lookup::rest::AwsRestBackend;
use lambda_runtime::{LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    logging::start();
    let config = Config::read(&Environment(&environment::of_process))?;
    let aws = activity_log_aws::from_env().await?;
    let (dynamodb, kms) = (
        aws_sdk_dynamodb::Client::new(&aws),
        aws_sdk_kms::Client::new(&aws),
    );
    let (s3, sqs) = (
        aws_sdk_s3::Client::new(&aws),
        aws_sdk_sqs::Client::new(&aws),
    );
    let rest = AwsRestBackend::new(dynamodb.clone(), kms.clone(), &s3, sqs, config.clone());
    let app = App::new(AwsBackend::new(dynamodb, kms, s3, config.stack), rest);
    let (app, function_name) = (&app, config.function_name.as_str());
    let answer = service_fn(async |event: LambdaEvent<_>| {
        let invocation = Invocation {
            request_id: &event.context.request_id,
            function_name,
        };
        let answer = handler::handle(app, event.payload, invocation);
        // Boxed: what the SDK nests in it is deeper than the compiler looks.
        Ok::<_, std::convert::Infallible>(Box::pin(answer).await)
    });
    run(answer).await.map_err(anyhow::Error::from_boxed)
}
