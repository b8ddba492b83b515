//! Where the service is.

use clap::Args;

use super::Service;
use crate::signed::{Origin, SetupError, SignedHttp};

/// The address of the API.
#[derive(Debug, Args)]
pub struct Address {
    /// Origin of the API: scheme and host
    #[arg(
        long,
        value_name = "ORIGIN",
        env = "ACTIVITY_LOG_URL",
        hide_env_values = true
    )]
    url: Option<String>,
}

impl Address {
    /// A client with the access key and region of the environment or profile.
    pub async fn service(&self) -> Result<Service, SetupError> {
        Ok(Service::new(SignedHttp::from_env(&self.origin()?).await?))
    }

    /// Where the API is.
    pub fn origin(&self) -> Result<Origin, SetupError> {
        // An empty variable is none.
        let url = self.url.as_deref().filter(|url| !url.is_empty());
        Ok(url.ok_or(SetupError::NoAddress)?.parse()?)
    }
}
