//! `CreateTrail`: makes a trail, which does not log yet.
//!
//! Everything that can be refused is, before the bucket is tried: trying leaves an empty object there.

use activity_log_calls::Resource;
use activity_log_control::{Limit, NewTrail, Permission, TrailReader as _, TrailWriter as _};
use activity_log_core::instant::Instant;
use activity_log_core::trail::Trail;
use activity_log_core::trail::name::TrailName;

use crate::denial;
use crate::error::{ApiError, Code};
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::trails::description::Configuration;
use crate::trails::parameters::Parameters;
use crate::trails::reference::{self, Home};
use crate::trails::{destination, tags};

/// `CreateTrail`.
#[derive(Debug)]
pub struct CreateTrail;

impl<P: Ports> Operation<P> for CreateTrail {
    const NAME: &'static str = "CreateTrail";
    const PERMISSION: Permission = Permission::Administrator;
    const READ_ONLY: bool = false;
    type Input = Parameters;
    type Output = Configuration;

    fn resources(input: &Parameters, home: Home<'_>) -> Vec<Resource> {
        input.resources(home)
    }

    async fn run(call: &Call<'_, P>, input: Parameters) -> Result<Configuration, ApiError> {
        let home = Home::of(call);
        let mut trail = new_trail(&input, home, call.now)?;
        let limit = call.principal.account.limits.value(Limit::Trails);
        refuse_one_more(call, &trail.name, limit).await?;
        let settings = &trail.settings;
        let admitted = destination::admit(call, &settings.bucket, settings.prefix.as_deref());
        trail.settings.bucket_owner = admitted.await?;
        let created = call.ports.trails().create_trail(&trail, limit).await;
        match created.map_err(denial::unavailable)? {
            NewTrail::Created => Ok(Configuration::of(&trail, home)),
            NewTrail::Exists => Err(exists(&trail.name, home)),
            NewTrail::LimitReached => Err(limit_reached(limit as usize, home)),
        }
    }
}

fn new_trail(input: &Parameters, home: Home<'_>, now: Instant) -> Result<Trail, ApiError> {
    let name = reference::read_name(input.name.as_deref())?;
    input.check()?;
    if input.s3_bucket_name.is_none() {
        destination::check_bucket("")?;
    }
    let id = format!("{:016x}", rand::random::<u64>());
    // Whose bucket it is, is known when it was tried.
    let mut trail = Trail::new(home.account, name, id, ("", home.account), now);
    input.apply(&mut trail.settings)?;
    let sent = tags::read(input.tags_list.as_deref().unwrap_or_default())?;
    tags::put(&mut trail, &sent, now)?;
    Ok(trail)
}

/// What `create_trail` would refuse; it has the last word.
async fn refuse_one_more<P: Ports>(
    call: &Call<'_, P>,
    name: &TrailName,
    limit: u32,
) -> Result<(), ApiError> {
    let home = Home::of(call);
    let trails = call.ports.trails().trails(home.account).await;
    let trails = trails.map_err(denial::unavailable)?;
    if trails.iter().any(|trail| trail.name == *name) {
        return Err(exists(name, home));
    }
    if trails.len() >= limit as usize {
        return Err(limit_reached(trails.len(), home));
    }
    Ok(())
}

fn exists(name: &TrailName, home: Home<'_>) -> ApiError {
    ApiError::new(
        Code::client("TrailAlreadyExistsException"),
        format!("Trail {name} already exists for customer: {}", home.account),
    )
}

fn limit_reached(count: usize, home: Home<'_>) -> ApiError {
    let Home { account, region } = home;
    ApiError::new(
        Code::client("MaximumNumberOfTrailsExceededException"),
        format!("User: {account} already has {count} trails in {region}."),
    )
}
