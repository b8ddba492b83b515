//! `StartLogging`: from the current window on, events are archived. On already, it changes nothing.

use activity_log_calls::Resource;
use activity_log_control::Permission;
use activity_log_core::trail::Trail;

use crate::error::ApiError;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::trails::change::{change_named, conflict};
use crate::trails::reference::{self, Home};
use crate::trails::{Done, Named};

/// `StartLogging`.
#[derive(Debug)]
pub struct StartLogging;

impl<P: Ports> Operation<P> for StartLogging {
    const NAME: &'static str = "StartLogging";
    const PERMISSION: Permission = Permission::Administrator;
    const READ_ONLY: bool = false;
    type Input = Named;
    type Output = Done;

    fn resources(input: &Named, home: Home<'_>) -> Vec<Resource> {
        reference::resources(input.name.as_deref(), home)
    }

    async fn run(call: &Call<'_, P>, input: Named) -> Result<Done, ApiError> {
        let name = input.name.as_deref();
        let start = |trail: &mut Trail| {
            let started = trail.logging.start(call.now);
            started.map_err(|many| conflict(format!("The trail cannot be started now: {many}")))
        };
        change_named(call, name, start).await?;
        Ok(Done {})
    }
}
