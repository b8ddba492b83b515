//! `GetInsightSelectors`: none. Terraform reads them of every trail.

use activity_log_calls::Resource;
use activity_log_control::Permission;
use activity_log_core::trail::Trail;
use serde::{Deserialize, Serialize};

use crate::error::{ApiError, Code};
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::trails::change::find_named;
use crate::trails::reference::{self, Home, either_name};

/// `GetInsightSelectors`.
#[derive(Debug)]
pub struct GetInsightSelectors;

/// The request, and of `PutInsightSelectors` what names the trail.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct Input {
    trail_name: Option<String>,
    name: Option<String>,
    event_data_store: Option<String>,
}

impl Input {
    /// The trail. AWS has insights of event data stores too, which we have not.
    pub fn trail(&self) -> Result<Option<&str>, ApiError> {
        if self.event_data_store.is_some() {
            return Err(ApiError::new(
                Code::INVALID_PARAMETER,
                "EventDataStore is not supported; send TrailName",
            ));
        }
        either_name(self.trail_name.as_deref(), self.name.as_deref())
    }
}

/// The reply, of `PutInsightSelectors` too.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    #[serde(rename = "TrailARN")]
    trail_arn: String,
    insight_selectors: [(); 0],
}

impl Output {
    /// Of this trail.
    pub fn of(trail: &Trail, home: Home<'_>) -> Self {
        Self {
            trail_arn: trail.arn(home.region),
            insight_selectors: [],
        }
    }
}

impl<P: Ports> Operation<P> for GetInsightSelectors {
    const NAME: &'static str = "GetInsightSelectors";
    const PERMISSION: Permission = Permission::Auditor;
    const READ_ONLY: bool = true;
    type Input = Input;
    type Output = Output;

    fn resources(input: &Input, home: Home<'_>) -> Vec<Resource> {
        reference::resources(input.trail().ok().flatten(), home)
    }

    async fn run(call: &Call<'_, P>, input: Input) -> Result<Output, ApiError> {
        let trail = find_named(call, input.trail()?).await?;
        Ok(Output::of(&trail, Home::of(call)))
    }
}
