//! What the SDK makes of each refusal.

use activity_log_control::Permission;
use activity_log_core::instant::MINUTE;
use activity_log_core::reader::ReadError;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::config::http::HttpRequest;
use aws_sdk_cloudtrail::config::retry::RetryConfig;
use aws_sdk_cloudtrail::error::ProvideErrorMetadata;
use aws_sdk_cloudtrail::operation::lookup_events::LookupEventsError;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::LookupAttribute;
use std::time::Duration;

use activity_log_cloudtrail::{model, operations};
use aws_smithy_types::body::SdkBody;

use crate::stage::{Backstage, Key, Stage, told, with_events};

/// Code and message of a lookup that must fail.
async fn refused(client: &Client) -> (String, String) {
    let error = client.lookup_events().send().await.unwrap_err();
    told(&error.into_service_error())
}

/// The error of a lookup with this changed request; the change is signed.
async fn changed(
    client: &Client,
    change: impl Fn(&mut HttpRequest) + Send + Sync + 'static,
) -> LookupEventsError {
    let lookup = client.lookup_events().customize().mutate_request(change);
    lookup.send().await.unwrap_err().into_service_error()
}

#[tokio::test]
async fn bad_parameters_are_the_sdk_s_typed_errors() {
    let (_, _, client) = with_events(10).await;
    let lookup = || client.lookup_events();
    let value = |value: &str| {
        let attribute = LookupAttribute::builder().attribute_value(value);
        attribute.attribute_key("EventName".into()).build().unwrap()
    };
    let too_many = lookup().max_results(1_001).send().await;
    assert!(
        too_many
            .unwrap_err()
            .into_service_error()
            .is_invalid_max_results_exception()
    );
    let none = lookup().max_results(0).send().await;
    assert!(
        none.unwrap_err()
            .into_service_error()
            .is_invalid_max_results_exception()
    );
    let empty = lookup().lookup_attributes(value("")).send().await;
    assert!(
        empty
            .unwrap_err()
            .into_service_error()
            .is_invalid_lookup_attributes_exception()
    );
    let category = lookup().event_category("Data".into()).send().await;
    assert!(
        category
            .unwrap_err()
            .into_service_error()
            .is_invalid_event_category_exception()
    );
    let token = lookup().next_token("AAAA").send().await;
    assert!(
        token
            .unwrap_err()
            .into_service_error()
            .is_invalid_next_token_exception()
    );
    let backwards = lookup()
        .start_time(DateTime::from_secs(2))
        .end_time(DateTime::from_secs(1))
        .send()
        .await;
    assert!(
        backwards
            .unwrap_err()
            .into_service_error()
            .is_invalid_time_range_exception()
    );
}

#[tokio::test]
async fn an_unknown_key_and_a_wrong_secret() {
    let (stage, account, _) = with_events(1).await;
    let key = stage.user(account, "x", &[Permission::Administrator]).await;
    let unknown = Key {
        id: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(),
        ..key.clone()
    };
    assert_eq!(
        refused(&stage.client(&unknown)).await,
        (
            "UnrecognizedClientException".to_owned(),
            "The security token included in the request is invalid.".to_owned()
        )
    );
    let wrong = Key {
        secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".parse().unwrap(),
        ..key
    };
    let (code, message) = refused(&stage.client(&wrong)).await;
    assert_eq!(code, "InvalidSignatureException");
    assert!(message.starts_with("The request signature we calculated does not match"));
}

#[tokio::test]
async fn a_clock_that_is_off() {
    let (stage, account, _) = with_events(1).await;
    let key = stage.user(account, "x", &[Permission::Administrator]).await;
    // A new client each time: the SDK learns the server's time from the Date of an answer.
    let client = |ahead_ms| {
        stage.clock.put_server_ahead(ahead_ms);
        stage.client(&key)
    };
    for ahead_ms in [5 * MINUTE, -5 * MINUTE] {
        assert!(client(ahead_ms).lookup_events().send().await.is_ok());
    }
    assert_eq!(
        refused(&client(20 * MINUTE)).await,
        (
            "InvalidSignatureException".to_owned(),
            "Signature expired: 20261120T120000Z is now earlier than 20261120T121500Z (20261120T122000Z - 5 min.)".to_owned()
        )
    );
    let (code, message) = refused(&client(-20 * MINUTE)).await;
    assert_eq!(code, "InvalidSignatureException");
    assert!(
        message.starts_with("Signature not yet current: "),
        "{message}"
    );
}

#[tokio::test]
async fn the_sdk_corrects_its_clock_by_our_date() {
    let (stage, _, client) = with_events(1).await;
    stage.clock.put_server_ahead(20 * MINUTE);
    refused(&client).await;
    assert!(client.lookup_events().send().await.is_ok());
}

#[tokio::test]
async fn no_permission_and_the_wrong_one() {
    let (stage, account, _) = with_events(1).await;
    for (user, permissions) in [("nobody", &[][..]), ("sender", &[Permission::Producer])] {
        let key = stage.user(account, user, permissions).await;
        assert_eq!(
            refused(&stage.client(&key)).await,
            (
                "AccessDeniedException".to_owned(),
                format!(
                    "User: arn:aws:iam::111122223333:user/{user} is not authorized to perform: cloudtrail:LookupEvents, \
                     because it takes the permission auditor. The operator gives it: alog grant --account 111122223333 \
                     --user {user} auditor"
                )
            )
        );
    }
}

#[tokio::test]
async fn an_operation_that_is_not_served_is_the_sdk_s_typed_error() {
    let (_, _, client) = with_events(1).await;
    let error = client
        .list_channels()
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_unsupported_operation_exception());
    assert_eq!(
        error.message(),
        Some("The ListChannels operation is not supported")
    );
}

/// Denied by default, for every operation there is, served or not; and nothing but served or named.
#[tokio::test]
async fn every_operation_of_the_model_is_guarded_and_named() {
    let (stage, account, administrator) = with_events(1).await;
    let key = stage.user(account, "sender", &[Permission::Producer]).await;
    let producer = stage.client(&key);
    let served = operations::table::<Backstage>().map(|row| row.name);
    assert_eq!(served.len(), 18);
    for operation in model::OPERATIONS {
        let target = move |request: &mut HttpRequest| {
            let target = format!("CloudTrail_20131101.{operation}");
            request.headers_mut().insert("x-amz-target", target);
        };
        if !served.contains(&operation) {
            let (code, message) = told(&changed(&administrator, target).await);
            assert_eq!(code, "UnsupportedOperationException", "{operation}");
            assert!(message.contains(operation), "{message}");
        }
        let (code, message) = told(&changed(&producer, target).await);
        assert_eq!(code, "AccessDeniedException", "{operation}");
        assert!(
            message.contains(&format!("perform: cloudtrail:{operation}, because")),
            "{message}"
        );
    }
}

#[tokio::test]
async fn an_operation_that_is_none() {
    let (stage, _, client) = with_events(1).await;
    let told = || {
        let [(_, record)] = stage.calls.take().try_into().unwrap();
        let record: serde_json::Value = serde_json::from_str(&record).unwrap();
        assert_eq!(record["eventName"], "Unknown");
        assert_eq!(record["errorCode"], "UnknownOperationException");
    };
    let error = changed(&client, |request| {
        request
            .headers_mut()
            .insert("x-amz-target", "CloudTrail_20131101.DropTrail");
    });
    assert_eq!(error.await.code(), Some("UnknownOperationException"));
    told();
    let error = changed(&client, |request| {
        request.headers_mut().remove("x-amz-target");
    });
    assert_eq!(error.await.code(), Some("UnknownOperationException"));
    told();
}

#[tokio::test]
async fn a_body_that_cannot_be_read() {
    let (_, _, client) = with_events(1).await;
    for (body, says) in [
        ("{", "The request is not valid JSON (line 1, column 1)"),
        (
            r#"{"MaxResults":"7"}"#,
            "MaxResults: invalid type: string \"7\", expected i64",
        ),
    ] {
        let error = changed(&client, move |request| {
            *request.body_mut() = SdkBody::from(body);
        })
        .await;
        assert_eq!(
            told(&error),
            ("SerializationException".to_owned(), says.to_owned())
        );
    }
}

/// Only what may be otherwise the next time is asked again.
#[tokio::test]
async fn the_sdk_asks_again_when_the_store_fails_and_when_it_throttles() {
    let (stage, account, _) = with_events(3).await;
    let key = stage.user(account, "x", &[Permission::Administrator]).await;
    let retries = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let client = stage.client_of(key.id.as_str(), key.secret.expose(), retries);
    for failure in [
        ReadError::Store("down".into()),
        ReadError::Throttled("hot".into()),
    ] {
        stage.fail_once(failure);
        stage.server.take_sent();
        let found = client.lookup_events().send().await.unwrap();
        assert_eq!(found.events().len(), 3);
        assert_eq!(stage.server.take_sent().len(), 2);
    }
    let denied = stage.user(account, "nobody", &[]).await;
    let retries = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let client = stage.client_of(denied.id.as_str(), denied.secret.expose(), retries);
    refused(&client).await;
    assert_eq!(stage.server.take_sent().len(), 1);
}

#[tokio::test]
async fn a_stranger_s_account_is_not_even_told_to_exist() {
    let stage = Stage::new();
    let key = Key {
        id: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(),
        secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".parse().unwrap(),
    };
    assert_eq!(
        refused(&stage.client(&key)).await.0,
        "UnrecognizedClientException"
    );
}
