//! `RemoveTags`: by key; a key the trail has not is no error.

use activity_log_calls::Resource;
use activity_log_control::Permission;
use activity_log_core::trail::Trail;

use super::add_tags::Input;
use crate::error::ApiError;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::trails::Done;
use crate::trails::change::change;
use crate::trails::reference::{self, Home, Reference};
use crate::trails::tags;

/// `RemoveTags`.
#[derive(Debug)]
pub struct RemoveTags;

impl<P: Ports> Operation<P> for RemoveTags {
    const NAME: &'static str = "RemoveTags";
    const PERMISSION: Permission = Permission::Administrator;
    const READ_ONLY: bool = false;
    type Input = Input;
    type Output = Done;

    fn resources(input: &Input, home: Home<'_>) -> Vec<Resource> {
        reference::resources(input.resource_id.as_deref(), home)
    }

    async fn run(call: &Call<'_, P>, input: Input) -> Result<Done, ApiError> {
        let home = Home::of(call);
        let reference = Reference::of_resource(input.resource_id.as_deref(), home)?;
        let keys = tags::keys(input.tags()?)?;
        let remove = |trail: &mut Trail| {
            tags::remove(trail, &keys, call.now);
            Ok(())
        };
        let changed = change(call, &reference, remove).await?;
        changed.ok_or_else(|| reference.unknown_resource())?;
        Ok(Done {})
    }
}
