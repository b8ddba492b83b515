//! `AddTags`: a key the trail has gets the new value.

use activity_log_calls::Resource;
use activity_log_control::Permission;
use activity_log_core::trail::Trail;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::input::Object;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::trails::Done;
use crate::trails::change::change;
use crate::trails::reference::{self, Home, Reference};
use crate::trails::tags::{self, Tag};

/// `AddTags`.
#[derive(Debug)]
pub struct AddTags;

/// The request, of `RemoveTags` too.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct Input {
    /// the trail, by name or ARN
    pub resource_id: Option<String>,
    tags_list: Option<Vec<Object<Tag>>>,
}

impl Input {
    /// The tags, which must be sent.
    pub fn tags(&self) -> Result<&[Object<Tag>], ApiError> {
        let sent = self.tags_list.as_deref();
        sent.ok_or_else(|| tags::invalid("TagsList is missing"))
    }
}

impl<P: Ports> Operation<P> for AddTags {
    const NAME: &'static str = "AddTags";
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
        let tags = tags::read(input.tags()?)?;
        let add = |trail: &mut Trail| tags::put(trail, &tags, call.now);
        let changed = change(call, &reference, add).await?;
        changed.ok_or_else(|| reference.unknown_resource())?;
        Ok(Done {})
    }
}
