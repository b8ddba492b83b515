//! `ListTags`: the tags of up to 20 trails.

use activity_log_control::Permission;
use serde::{Deserialize, Serialize};

use crate::error::{ApiError, Code};
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::tokens;
use crate::trails::change::find;
use crate::trails::reference::{Home, Reference};
use crate::trails::tags::{self, Written};

/// Most trails in a request, as in AWS.
const MAX_RESOURCES: usize = 20;

/// `ListTags`.
#[derive(Debug)]
pub struct ListTags;

/// The request.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct Input {
    resource_id_list: Option<Vec<String>>,
    next_token: Option<String>,
}

/// The reply.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    resource_tag_list: Vec<ResourceTag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceTag {
    /// as it was asked for
    resource_id: String,
    tags_list: Vec<Written>,
}

impl<P: Ports> Operation<P> for ListTags {
    const NAME: &'static str = "ListTags";
    const PERMISSION: Permission = Permission::Auditor;
    const READ_ONLY: bool = true;
    type Input = Input;
    type Output = Output;

    async fn run(call: &Call<'_, P>, input: Input) -> Result<Output, ApiError> {
        tokens::refuse_reserved(input.next_token.as_deref())?;
        let resources = input.resource_id_list.unwrap_or_default();
        if !(1..=MAX_RESOURCES).contains(&resources.len()) {
            return Err(ApiError::new(
                Code::INVALID_PARAMETER,
                format!(
                    "ResourceIdList has {} resources; it must have 1 to {MAX_RESOURCES}",
                    resources.len()
                ),
            ));
        }
        let home = Home::of(call);
        let mut resource_tag_list = Vec::with_capacity(resources.len());
        for resource_id in resources {
            let reference = Reference::of_resource(Some(&resource_id), home)?;
            let trail = find(call, &reference).await?;
            let trail = trail.ok_or_else(|| reference.unknown_resource())?;
            let tags_list = tags::write(&trail);
            resource_tag_list.push(ResourceTag {
                resource_id,
                tags_list,
            });
        }
        Ok(Output { resource_tag_list })
    }
}
