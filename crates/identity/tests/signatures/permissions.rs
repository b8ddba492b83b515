//! Every permission against every need.

use activity_log_control::{Permission, Registry};
use activity_log_identity::authorize;

use crate::signer::{Signer, account_id, check, check_with, control, lookup, now, user};

#[tokio::test]
async fn only_what_covers_the_permission_will_do() {
    let control = control().await;
    let request = Signer::default().sign(lookup());
    let revoke = |permission: Permission| {
        let control = control.clone();
        async move {
            control
                .revoke(account_id(), &user(), &permission.into())
                .await
        }
    };
    revoke(Permission::Administrator).await.unwrap();
    for granted in 0..16_usize {
        let has = |at: usize| granted >> at & 1 == 1;
        for (at, permission) in Permission::ALL.into_iter().enumerate() {
            let grant = permission.into();
            if has(at) {
                control.grant(account_id(), &user(), &grant).await.unwrap();
            } else {
                control.revoke(account_id(), &user(), &grant).await.unwrap();
            }
        }
        let principal = check_with(&control, &request).await.unwrap();
        for (at, needed) in Permission::ALL.into_iter().enumerate() {
            let allowed = authorize(&principal, needed, "cloudtrail:LookupEvents", now());
            // An administrator may all that an auditor may, and that is all.
            let covered = needed == Permission::Auditor && has(0);
            assert_eq!(
                allowed.is_ok(),
                has(at) || covered,
                "{granted:04b} {needed}"
            );
        }
    }
}

#[tokio::test]
async fn the_refusal_names_user_action_and_what_would_allow_it() {
    let principal = check(&Signer::default().sign(lookup())).await.unwrap();
    let action = "cloudtrail-data:PutAuditEvents";
    let denied = authorize(&principal, Permission::Producer, action, now()).unwrap_err();
    assert_eq!(denied.code(), "AccessDeniedException");
    assert_eq!(denied.rest_status(), 403);
    assert_eq!(
        denied.to_string(),
        "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: \
         cloudtrail-data:PutAuditEvents, because it takes the permission producer. The operator gives it: alog grant \
         --account 111122223333 --user alice producer"
    );
}
