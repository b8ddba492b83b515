//! The three ways to a configuration: a function's or user's own, an operator's, a test's.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::http_client;

/// How long a connection may take to come up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long an operation may take, with all its attempts: short enough for a function that must answer in 29 seconds.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(10);

/// No configuration can be made from this environment.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Neither the environment nor the profile names a region.
    #[error("no AWS region: set AWS_REGION, or `region` in the AWS profile")]
    NoRegion,
}

/// From the environment: the usual AWS credentials chain, region and endpoints.
///
/// Makes no request: credentials are looked up when the first call needs them.
pub async fn from_env() -> Result<SdkConfig, ConfigError> {
    load(base()).await
}

/// As [`from_env`], with these credentials in place of the chain's.
pub async fn with_static_credentials(credentials: Credentials) -> Result<SdkConfig, ConfigError> {
    load(base().credentials_provider(credentials)).await
}

/// For tests: every service at `endpoint`, region `us-east-1`, credentials `test`/`test`, and
/// nothing taken from the environment that could point elsewhere.
pub async fn with_endpoint(endpoint: &str) -> SdkConfig {
    base()
        .endpoint_url(endpoint)
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "static"))
        .load()
        .await
}

fn base() -> ConfigLoader {
    let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(ProfileFileRegionProvider::new());
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client::lazy())
        .region(region)
        .timeout_config(timeouts(OPERATION_TIMEOUT))
}

/// Timeouts of operations that may take so long. An attempt has a third of it: where a connection has died, as an idle
/// one does without a word, there is time for a second attempt on another.
pub fn timeouts(operation: Duration) -> TimeoutConfig {
    let attempt = operation / 3;
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT.min(attempt))
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}

async fn load(loader: ConfigLoader) -> Result<SdkConfig, ConfigError> {
    let config = loader.load().await;
    // `AWS_REGION=` counts as set to the SDK.
    if config
        .region()
        .is_some_and(|region| !region.as_ref().is_empty())
    {
        Ok(config)
    } else {
        Err(ConfigError::NoRegion)
    }
}
