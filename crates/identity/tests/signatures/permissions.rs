//! Every permission against every need.

use activity_log_control::{Permission, Permissions, Registry};
use activity_log_identity::authorize;

use crate::signer::{Signer, account_id, check, check_with, control, lookup, user};

#[tokio::test]
async fn only_the_permission_itself_will_do() {
    let control = control().await;
    let request = Signer::default().sign(lookup());
    let granted = [
        Permissions::new(),
        Permissions::from([Permission::Administrator]),
        Permissions::from([Permission::Producer]),
        Permissions::from(Permission::ALL),
    ];
    for permissions in granted {
        for permission in Permission::ALL {
            if permissions.contains(&permission) {
                control
                    .grant(account_id(), &user(), permission)
                    .await
                    .unwrap();
            } else {
                control
                    .revoke(account_id(), &user(), permission)
                    .await
                    .unwrap();
            }
        }
        let principal = check_with(&control, &request).await.unwrap();
        for needed in Permission::ALL {
            let allowed = authorize(&principal, needed, "cloudtrail:LookupEvents");
            assert_eq!(
                allowed.is_ok(),
                permissions.contains(&needed),
                "{permissions:?} {needed}"
            );
        }
    }
}

#[tokio::test]
async fn the_refusal_names_user_and_action() {
    let principal = check(&Signer::default().sign(lookup())).await.unwrap();
    let action = "cloudtrail-data:PutAuditEvents";
    let denied = authorize(&principal, Permission::Producer, action).unwrap_err();
    assert_eq!(denied.code(), "AccessDeniedException");
    assert_eq!(denied.rest_status(), 403);
    assert_eq!(
        denied.to_string(),
        "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: \
         cloudtrail-data:PutAuditEvents"
    );
}
