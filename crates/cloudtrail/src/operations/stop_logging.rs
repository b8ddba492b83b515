//! `StopLogging`: the current window is the last to be archived. Off already, it changes nothing.

use activity_log_calls::Resource;
use activity_log_control::Permission;
use activity_log_core::trail::Trail;

use crate::error::ApiError;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::trails::change::change_named;
use crate::trails::reference::{self, Home};
use crate::trails::{Done, Named};

/// `StopLogging`.
#[derive(Debug)]
pub struct StopLogging;

impl<P: Ports> Operation<P> for StopLogging {
    const NAME: &'static str = "StopLogging";
    const PERMISSION: Permission = Permission::Administrator;
    const READ_ONLY: bool = false;
    type Input = Named;
    type Output = Done;

    fn resources(input: &Named, home: Home<'_>) -> Vec<Resource> {
        reference::resources(input.name.as_deref(), home)
    }

    async fn run(call: &Call<'_, P>, input: Named) -> Result<Done, ApiError> {
        let name = input.name.as_deref();
        let stop = |trail: &mut Trail| {
            trail.logging.stop(call.now);
            Ok(())
        };
        change_named(call, name, stop).await?;
        Ok(Done {})
    }
}
