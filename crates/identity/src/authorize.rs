//! Whether the principal may.

use activity_log_control::Permission;

use crate::denied::Denied;
use crate::principal::Principal;

/// Refuses unless the principal has the permission. `action` is what the answer names, such as
/// `cloudtrail:LookupEvents`.
pub fn authorize(
    principal: &Principal,
    permission: Permission,
    action: &str,
) -> Result<(), Denied> {
    if principal.permissions.contains(&permission) {
        Ok(())
    } else {
        Err(Denied::NotAuthorized {
            arn: principal.arn(),
            action: action.to_owned(),
        })
    }
}
