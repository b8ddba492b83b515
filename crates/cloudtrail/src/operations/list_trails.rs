//! `ListTrails`: names and ARNs of all the account's trails, on one page.

use activity_log_control::{Permission, TrailReader as _};
use activity_log_core::cursor::InvalidCursor;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::trails::reference::Home;
use crate::{denial, tokens};

/// `ListTrails`.
#[derive(Debug)]
pub struct ListTrails;

/// The request.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct Input {
    next_token: Option<String>,
}

/// The reply.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    trails: Vec<TrailInfo>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TrailInfo {
    #[serde(rename = "TrailARN")]
    trail_arn: String,
    name: String,
    home_region: String,
}

impl<P: Ports> Operation<P> for ListTrails {
    const NAME: &'static str = "ListTrails";
    const PERMISSION: Permission = Permission::Auditor;
    const READ_ONLY: bool = true;
    type Input = Input;
    type Output = Output;

    async fn run(call: &Call<'_, P>, input: Input) -> Result<Output, ApiError> {
        if input.next_token.is_some() {
            // We give none: the trails of an account always fit on a page.
            return Err(tokens::refusal(InvalidCursor::Forged));
        }
        let Home { account, region } = Home::of(call);
        let trails = call.ports.trails().trails(account).await;
        let trails = trails.map_err(denial::unavailable)?;
        let told = trails.iter().map(|trail| TrailInfo {
            trail_arn: trail.arn(region),
            name: trail.name.to_string(),
            home_region: region.to_owned(),
        });
        Ok(Output {
            trails: told.collect(),
        })
    }
}
