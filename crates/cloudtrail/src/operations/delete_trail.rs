//! `DeleteTrail`: the trail is gone at once, with what was not archived yet; archives in the bucket stay.

use activity_log_calls::Resource;
use activity_log_control::{Permission, TrailWriter as _};

use crate::denial;
use crate::error::ApiError;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::trails::change::find;
use crate::trails::reference::{self, Home, Reference};
use crate::trails::{Done, Named};

/// `DeleteTrail`.
#[derive(Debug)]
pub struct DeleteTrail;

impl<P: Ports> Operation<P> for DeleteTrail {
    const NAME: &'static str = "DeleteTrail";
    const PERMISSION: Permission = Permission::Administrator;
    const READ_ONLY: bool = false;
    type Input = Named;
    type Output = Done;

    fn resources(input: &Named, home: Home<'_>) -> Vec<Resource> {
        reference::resources(input.name.as_deref(), home)
    }

    async fn run(call: &Call<'_, P>, input: Named) -> Result<Done, ApiError> {
        let home = Home::of(call);
        let reference = Reference::read(input.name.as_deref(), home)?;
        let trail = find(call, &reference).await?;
        let deleted = match &trail {
            Some(trail) => call.ports.trails().delete_trail(trail).await,
            None => Ok(false),
        };
        if deleted.map_err(denial::unavailable)? {
            Ok(Done {})
        } else {
            Err(reference.unknown(home))
        }
    }
}
