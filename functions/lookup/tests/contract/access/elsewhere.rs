//! A signature that was made for another stack, with a key that is good here too, is good for nothing here.

use activity_log_control::Permission;

use super::caller::{Answer, Credential, operations};
use crate::rest::api::{HOST, sign_for};
use crate::stage::{REGION, Stage};

#[tokio::test]
async fn every_operation_refuses_what_is_signed_for_another_region_or_host() {
    let stage = Stage::new();
    let account = stage.account("111122223333").await;
    let key = stage
        .user(account, "reader", &[Permission::Administrator])
        .await;
    for operation in operations() {
        for (region, host, rule) in [
            ("eu-north-1", HOST, "not 'eu-north-1'"),
            (REGION, "other.test", "the host 'other.test'"),
        ] {
            let mut request = operation.request("111122223333");
            let host = host.parse().unwrap();
            request.headers_mut().insert("host", host);
            sign_for(region, &key, stage.clock.at_server(), &mut request);
            let answer = stage.ask(&Credential::Nothing, request).await;
            assert!(answer.status.is_client_error(), "{}", operation.name);
            let told = answer.body.to_string();
            assert!(told.contains(rule), "{}: {told}", operation.name);
        }
        // The same, signed for here, is let in.
        let request = operation.request("111122223333");
        let answer: Answer = stage.ask(&Credential::Key(key.clone()), request).await;
        let told = answer.body.to_string();
        assert!(!told.contains("signed for the host"), "{told}");
        assert!(!told.contains("Credential should be scoped"), "{told}");
    }
}
