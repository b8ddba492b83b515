//! Whether the principal may.

use activity_log_control::Permission;
use activity_log_core::instant::Instant;

use crate::denied::Denied;
use crate::principal::Principal;

/// Refuses unless the principal has the permission, and the account the right to use it. `action` is what the answer
/// names, such as `cloudtrail:LookupEvents`.
///
/// Without a subscription events are still taken in; all else is off. Who has no permission does not hear of it.
pub fn authorize(
    principal: &Principal,
    permission: Permission,
    action: &str,
    now: Instant,
) -> Result<(), Denied> {
    if !principal.grants.allow(permission) {
        return Err(Denied::NotAuthorized {
            account: principal.account_id(),
            user: principal.user.clone(),
            action: action.to_owned(),
            needs: permission,
        });
    }
    if permission == Permission::Producer {
        return Ok(());
    }
    expect_subscription(principal, now)
}

/// Refuses unless the account's subscription is on.
pub fn expect_subscription(principal: &Principal, now: Instant) -> Result<(), Denied> {
    if principal.account.subscription_active(now) {
        Ok(())
    } else {
        Err(Denied::SubscriptionOff {
            account: principal.account.id,
        })
    }
}
