//! So many requests a second an account may send, whatever they ask for, and no other account's count.

use activity_log_control::{Limit, Permission, Registry as _};
use aws_sdk_cloudtrail::config::retry::RetryConfig;
use http::StatusCode;
use serde_json::json;

use super::caller::{Credential, Protocol, operations};
use crate::rest::api::administrator;
use crate::stage::Stage;

#[tokio::test]
async fn over_the_limit_every_protocol_says_so_in_its_way() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let other = administrator(&stage, "444455556666").await;
    let (one, two) = (
        Credential::Key(api.key.clone()),
        Credential::Key(other.key.clone()),
    );
    let token = Credential::Token(stage.token(api.account, "alice").await);
    let limit = Some(3);
    for account in [api.account, other.account] {
        stage
            .directory
            .set_limit(account, Limit::LookupRate, limit)
            .await
            .unwrap();
    }
    let lookup = operations()
        .into_iter()
        .find(|one| one.name == "LookupEvents")
        .unwrap();
    for caller in [&one, &token, &one] {
        assert_eq!(stage.ask(caller, lookup.request("p")).await.status, 200);
    }
    stage.calls.take();
    for operation in operations() {
        let refused = stage.ask(&one, operation.request("111122223333")).await;
        match operation.protocol {
            Protocol::CloudTrail => {
                assert_eq!(refused.status, 400);
                assert_eq!(
                    refused.body,
                    json!({"__type": "ThrottlingException", "message": "Rate exceeded", "Message": "Rate exceeded"})
                );
            }
            Protocol::Rest { .. } | Protocol::Vk => {
                assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{refused:?}");
            }
        }
    }
    assert_eq!(stage.calls.take(), [], "or the limit would spare nothing");
    let heard = api.get("/v1/reports").await;
    assert_eq!(heard.headers["retry-after"], "1");
    assert_eq!(stage.ask(&two, lookup.request("p")).await.status, 200);
    stage.clock.advance(1_000);
    assert_eq!(stage.ask(&one, lookup.request("p")).await.status, 200);
}

/// The SDK knows the refusal as one to try again after.
#[tokio::test]
async fn the_sdk_tries_again() {
    let stage = Stage::new();
    let account = stage.account("111122223333").await;
    let key = stage
        .user(account, "alice", &[Permission::Administrator])
        .await;
    stage
        .directory
        .set_limit(account, Limit::LookupRate, Some(1))
        .await
        .unwrap();
    let retries = RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(std::time::Duration::from_millis(1));
    let client = stage.client_of(key.id.as_str(), key.secret.expose(), retries);
    client.lookup_events().send().await.unwrap();
    stage.server.take_sent();
    let refused = client.lookup_events().send().await;
    assert!(refused.is_err());
    assert_eq!(stage.server.take_sent().len(), 3);
}
