//! Finding and changing one trail.
//!
//! A change is a compare-and-swap of the whole: the archiver and other callers change the same trail, and
//! nobody's change is lost.

use activity_log_control::{TrailReader as _, TrailWriter as _};
use activity_log_core::trail::Trail;

use super::reference::{Home, Reference};
use crate::denial;
use crate::error::{ApiError, Code};
use crate::operation::Call;
use crate::ports::Ports;

/// How often a change is tried. An archiver that works off a backlog changes the trail several times a second.
const ATTEMPTS: usize = 8;
/// Most bytes of a trail's settings, as JSON: an item of the table has 400 KB. Tags take at most a third;
/// the rest are selections of windows that are not archived yet, because deliveries fail.
const MAX_SETTINGS_BYTES: usize = 256 * 1024;

/// The trail, if there is one.
pub async fn find<P: Ports>(
    call: &Call<'_, P>,
    reference: &Reference<'_>,
) -> Result<Option<Trail>, ApiError> {
    let Some(name) = &reference.name else {
        return Ok(None);
    };
    let trails = call.ports.trails();
    let found = trails.trail(call.principal.account_id(), name).await;
    found.map_err(denial::unavailable)
}

/// The trail of this name or ARN.
pub async fn find_named<P: Ports>(
    call: &Call<'_, P>,
    asked: Option<&str>,
) -> Result<Trail, ApiError> {
    let home = Home::of(call);
    let reference = Reference::read(asked, home)?;
    let found = find(call, &reference).await?;
    found.ok_or_else(|| reference.unknown(home))
}

/// Changes the trail, if there is one, and gives it as it is then.
pub async fn change<P: Ports>(
    call: &Call<'_, P>,
    reference: &Reference<'_>,
    alter: impl Fn(&mut Trail) -> Result<(), ApiError> + Send + Sync,
) -> Result<Option<Trail>, ApiError> {
    for _ in 0..ATTEMPTS {
        let Some(old) = find(call, reference).await? else {
            return Ok(None);
        };
        let mut new = old.clone();
        alter(&mut new)?;
        if new == old {
            return Ok(Some(new));
        }
        check_size(&new)?;
        let changed = call.ports.trails().configure_trail(&old, &new).await;
        if changed.map_err(denial::unavailable)? {
            return Ok(Some(new));
        }
    }
    Err(conflict(
        "The trail is being changed by somebody else. Try again",
    ))
}

/// Changes the trail of this name or ARN, and gives it as it is then.
pub async fn change_named<P: Ports>(
    call: &Call<'_, P>,
    asked: Option<&str>,
    alter: impl Fn(&mut Trail) -> Result<(), ApiError> + Send + Sync,
) -> Result<Trail, ApiError> {
    let home = Home::of(call);
    let reference = Reference::read(asked, home)?;
    let changed = change(call, &reference, alter).await?;
    changed.ok_or_else(|| reference.unknown(home))
}

/// The trail cannot be changed so, now.
pub fn conflict(message: impl Into<String>) -> ApiError {
    ApiError::new(Code::CONFLICT, message.into())
}

fn check_size(trail: &Trail) -> Result<(), ApiError> {
    let settings = serde_json::to_vec(&trail.settings).map_err(|error| {
        ApiError::new(Code::INTERNAL_FAILURE, "The trail could not be written").caused_by(error)
    })?;
    if settings.len() > MAX_SETTINGS_BYTES {
        return Err(conflict(
            "What the trail selects was changed too often while nothing could be delivered. See LatestDeliveryError of GetTrailStatus, and try again once archives are delivered",
        ));
    }
    Ok(())
}
