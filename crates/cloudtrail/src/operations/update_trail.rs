//! `UpdateTrail`: changes what is sent, and nothing else.

use activity_log_calls::Resource;
use activity_log_control::Permission;
use activity_log_core::trail::Trail;

use crate::error::ApiError;
use crate::input::PassedOver;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::trails::change::{change, conflict, find};
use crate::trails::description::Configuration;
use crate::trails::destination;
use crate::trails::parameters::Parameters;
use crate::trails::reference::{Home, Reference};

/// `UpdateTrail`.
#[derive(Debug)]
pub struct UpdateTrail;

impl<P: Ports> Operation<P> for UpdateTrail {
    const NAME: &'static str = "UpdateTrail";
    const PERMISSION: Permission = Permission::Administrator;
    const READ_ONLY: bool = false;
    type Input = Parameters<PassedOver>;
    type Output = Configuration;

    fn resources(input: &Parameters<PassedOver>, home: Home<'_>) -> Vec<Resource> {
        input.resources(home)
    }

    async fn run(call: &Call<'_, P>, input: Self::Input) -> Result<Configuration, ApiError> {
        let home = Home::of(call);
        let reference = Reference::read(input.name.as_deref(), home)?;
        input.check()?;
        let admitted = if input.moves() {
            let trail = find(call, &reference).await?;
            let mut settings = trail.ok_or_else(|| reference.unknown(home))?.settings;
            input.apply(&mut settings)?;
            let owner =
                destination::admit(call, &settings.bucket, settings.prefix.as_deref()).await?;
            Some((settings.bucket, settings.prefix, owner))
        } else {
            None
        };
        let apply = |trail: &mut Trail| {
            let settings = &mut trail.settings;
            input.apply(settings)?;
            match &admitted {
                // Somebody changed the half that was not sent, so this place was not tried.
                Some((bucket, prefix, _))
                    if (bucket, prefix) != (&settings.bucket, &settings.prefix) =>
                {
                    Err(conflict(
                        "The trail's bucket is being changed by somebody else. Try again",
                    ))
                }
                Some((.., owner)) => {
                    settings.bucket_owner = *owner;
                    Ok(())
                }
                None => Ok(()),
            }
        };
        let changed = change(call, &reference, apply).await?;
        let changed = changed.ok_or_else(|| reference.unknown(home))?;
        Ok(Configuration::of(&changed, home))
    }
}
