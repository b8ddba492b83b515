//! Who the operator is, as the events of their changes say.

use std::time::Duration;

use activity_log_calls::Operator;
use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::provider::ProvideCredentials as _;

/// How long STS is waited for: who it cannot say is told by the key alone.
const PATIENCE: Duration = Duration::from_secs(3);

/// Says who the operator is.
pub trait Who: Send + Sync {
    /// Asked once for a change.
    fn operator(&self) -> impl Future<Output = Operator> + Send;
}

/// By AWS's STS.
#[derive(Debug)]
pub struct Sts(pub SdkConfig);

impl Who for Sts {
    async fn operator(&self) -> Operator {
        let timeouts = TimeoutConfig::builder().operation_timeout(PATIENCE).build();
        let config = aws_sdk_sts::config::Builder::from(&self.0).timeout_config(timeouts);
        let client = aws_sdk_sts::Client::from_conf(config.build());
        let identity = client.get_caller_identity().send().await.ok();
        let (arn, principal_id, account) = identity.map_or((None, None, None), |identity| {
            (identity.arn, identity.user_id, identity.account)
        });
        Operator {
            arn,
            principal_id,
            account,
            access_key_id: self.access_key_id().await,
        }
    }
}

impl Sts {
    async fn access_key_id(&self) -> Option<String> {
        let provider = self.0.credentials_provider()?;
        let credentials = provider.provide_credentials().await.ok()?;
        Some(credentials.access_key_id().to_owned())
    }
}
