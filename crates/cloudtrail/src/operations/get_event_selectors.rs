//! `GetEventSelectors`: which events a trail takes.

use activity_log_calls::Resource;
use activity_log_control::Permission;
use activity_log_core::trail::Trail;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::trails::change::find_named;
use crate::trails::reference::{self, Home, either_name};
use crate::trails::{advanced, selectors};

/// `GetEventSelectors`.
#[derive(Debug)]
pub struct GetEventSelectors;

/// The request: AWS sends `TrailName`, K2 sends `Name`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct Input {
    trail_name: Option<String>,
    name: Option<String>,
}

/// The reply, of `PutEventSelectors` too: with selectors of the one kind or of the other.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    #[serde(rename = "TrailARN")]
    trail_arn: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    event_selectors: Vec<selectors::Written>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    advanced_event_selectors: Vec<advanced::Written>,
}

impl Output {
    /// What is selected from now on.
    pub fn of(trail: &Trail, home: Home<'_>) -> Self {
        let selection = trail.settings.selections.latest();
        let (plain, advanced) = (
            selection.selectors.into_iter(),
            selection.advanced.into_iter(),
        );
        Self {
            trail_arn: trail.arn(home.region),
            event_selectors: plain.map(selectors::Written::of).collect(),
            advanced_event_selectors: advanced.map(advanced::Written::of).collect(),
        }
    }
}

impl<P: Ports> Operation<P> for GetEventSelectors {
    const NAME: &'static str = "GetEventSelectors";
    const PERMISSION: Permission = Permission::Auditor;
    const READ_ONLY: bool = true;
    type Input = Input;
    type Output = Output;

    fn resources(input: &Input, home: Home<'_>) -> Vec<Resource> {
        let name = either_name(input.trail_name.as_deref(), input.name.as_deref());
        reference::resources(name.ok().flatten(), home)
    }

    async fn run(call: &Call<'_, P>, input: Input) -> Result<Output, ApiError> {
        let name = either_name(input.trail_name.as_deref(), input.name.as_deref())?;
        let trail = find_named(call, name).await?;
        Ok(Output::of(&trail, Home::of(call)))
    }
}
