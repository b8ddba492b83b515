//! `GetTrail`: one trail's settings.

use activity_log_calls::Resource;
use activity_log_control::Permission;
use serde::Serialize;

use crate::error::ApiError;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::trails::Named;
use crate::trails::change::find_named;
use crate::trails::description::Description;
use crate::trails::reference::{self, Home};

/// `GetTrail`.
#[derive(Debug)]
pub struct GetTrail;

/// The reply.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    trail: Description,
}

impl<P: Ports> Operation<P> for GetTrail {
    const NAME: &'static str = "GetTrail";
    const PERMISSION: Permission = Permission::Auditor;
    const READ_ONLY: bool = true;
    type Input = Named;
    type Output = Output;

    fn resources(input: &Named, home: Home<'_>) -> Vec<Resource> {
        reference::resources(input.name.as_deref(), home)
    }

    async fn run(call: &Call<'_, P>, input: Named) -> Result<Output, ApiError> {
        let trail = find_named(call, input.name.as_deref()).await?;
        let trail = Description::of(&trail, Home::of(call));
        Ok(Output { trail })
    }
}
