//! `PutInsightSelectors`: an empty list is what every trail has, and anything else is refused.

use activity_log_control::Permission;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::get_insight_selectors::Output;
use crate::error::{ApiError, Code};
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::trails::change::find_named;
use crate::trails::reference::{Home, either_name};

/// `PutInsightSelectors`.
#[derive(Debug)]
pub struct PutInsightSelectors;

/// The request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    trail_name: Option<String>,
    name: Option<String>,
    insight_selectors: Option<Vec<IgnoredAny>>,
    event_data_store: Option<String>,
    insights_destination: Option<String>,
}

impl<P: Ports> Operation<P> for PutInsightSelectors {
    const NAME: &'static str = "PutInsightSelectors";
    const PERMISSION: Permission = Permission::Administrator;
    const READ_ONLY: bool = false;
    type Input = Input;
    type Output = Output;

    async fn run(call: &Call<'_, P>, input: Input) -> Result<Output, ApiError> {
        if input.event_data_store.is_some() || input.insights_destination.is_some() {
            return Err(ApiError::new(
                Code::INVALID_PARAMETER,
                "EventDataStore and InsightsDestination are not supported; send TrailName",
            ));
        }
        let name = either_name(input.trail_name.as_deref(), input.name.as_deref())?;
        let trail = find_named(call, name).await?;
        if input.insight_selectors.is_some_and(|some| !some.is_empty()) {
            return Err(ApiError::new(
                Code::client("InvalidInsightSelectorsException"),
                "InsightSelectors must be empty: insights are not served",
            ));
        }
        Ok(Output::of(&trail, Home::of(call)))
    }
}
