//! `PutInsightSelectors`: an empty list is what every trail has, and anything else is refused.

use activity_log_calls::Resource;
use activity_log_control::Permission;
use serde::{Deserialize, Serialize};

use crate::error::{ApiError, Code};
use crate::input::Unserved;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::trails::change::find_named;
use crate::trails::reference::{self, Home, either_name};

/// `PutInsightSelectors`.
#[derive(Debug)]
pub struct PutInsightSelectors;

/// The request.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct Input {
    trail_name: Option<String>,
    name: Option<String>,
    insight_selectors: Option<Unserved>,
    event_data_store: Option<String>,
    insights_destination: Option<String>,
}

/// The reply.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    #[serde(rename = "TrailARN")]
    trail_arn: String,
    insight_selectors: [(); 0],
}

impl<P: Ports> Operation<P> for PutInsightSelectors {
    const NAME: &'static str = "PutInsightSelectors";
    const PERMISSION: Permission = Permission::Administrator;
    const READ_ONLY: bool = false;
    type Input = Input;
    type Output = Output;

    fn resources(input: &Input, home: Home<'_>) -> Vec<Resource> {
        let name = either_name(input.trail_name.as_deref(), input.name.as_deref());
        reference::resources(name.ok().flatten(), home)
    }

    async fn run(call: &Call<'_, P>, input: Input) -> Result<Output, ApiError> {
        if input.event_data_store.is_some() || input.insights_destination.is_some() {
            return Err(ApiError::new(
                Code::INVALID_PARAMETER,
                "EventDataStore and InsightsDestination are not supported; send TrailName",
            ));
        }
        let name = either_name(input.trail_name.as_deref(), input.name.as_deref())?;
        let trail = find_named(call, name).await?;
        if input.insight_selectors.is_some_and(|some| some.0 > 0) {
            return Err(ApiError::new(
                Code::client("InvalidInsightSelectorsException"),
                "InsightSelectors must be empty: insights are not served",
            ));
        }
        Ok(Output {
            trail_arn: trail.arn(Home::of(call).region),
            insight_selectors: [],
        })
    }
}
