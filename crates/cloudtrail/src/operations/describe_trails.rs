//! `DescribeTrails`: settings of the trails named, or of all.
//!
//! One that is named and does not exist is left out: Terraform tells by that that it is gone. Shadow trails
//! are copies of a trail in other regions; the service has one region, so there are none to leave out.

use activity_log_control::{Permission, TrailReader as _};
use serde::{Deserialize, Serialize};

use crate::denial;
use crate::error::{ApiError, Code};
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::trails::description::Description;
use crate::trails::reference::{Home, Reference};

/// Most names in a request.
const MAX_NAMES: usize = 100;

/// `DescribeTrails`.
#[derive(Debug)]
pub struct DescribeTrails;

/// The request, in lower camel case unlike any other.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    trail_name_list: Option<Vec<String>>,
    /// either value means the same
    include_shadow_trails: Option<bool>,
}

/// The reply.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    trail_list: Vec<Description>,
}

impl<P: Ports> Operation<P> for DescribeTrails {
    const NAME: &'static str = "DescribeTrails";
    const PERMISSION: Permission = Permission::Auditor;
    const READ_ONLY: bool = true;
    type Input = Input;
    type Output = Output;

    async fn run(call: &Call<'_, P>, input: Input) -> Result<Output, ApiError> {
        let home = Home::of(call);
        let asked = input.trail_name_list.unwrap_or_default();
        let references = read(&asked, home)?;
        let trails = call.ports.trails().trails(home.account).await;
        let mut trails = trails.map_err(denial::unavailable)?;
        if !references.is_empty() {
            trails.retain(|trail| {
                references
                    .iter()
                    .any(|one| one.name.as_ref() == Some(&trail.name))
            });
        }
        let described = trails.iter().map(|trail| Description::of(trail, home));
        Ok(Output {
            trail_list: described.collect(),
        })
    }
}

fn read<'a>(asked: &'a [String], home: Home<'_>) -> Result<Vec<Reference<'a>>, ApiError> {
    if asked.len() > MAX_NAMES {
        return Err(ApiError::new(
            Code::INVALID_PARAMETER,
            format!(
                "trailNameList has {} names; at most {MAX_NAMES} are allowed",
                asked.len()
            ),
        ));
    }
    let read = asked.iter().map(|one| Reference::read(Some(one), home));
    read.collect()
}
