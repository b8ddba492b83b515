//! `LookupEvents` through the SDK: what is found, and paging.

use activity_log_control::Permission;
use activity_log_core::cursor;
use activity_log_core::instant::DAY;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{Event, EventCategory, LookupAttribute, LookupAttributeKey};
use serde_json::{Value, json};

use crate::stage::{NOW, RETENTION_DAYS, id, record, with_events};

fn attribute(key: LookupAttributeKey, value: &str) -> LookupAttribute {
    LookupAttribute::builder()
        .attribute_key(key)
        .attribute_value(value)
        .build()
        .unwrap()
}

fn ids(events: &[Event]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event.event_id().unwrap())
        .collect()
}

/// The ids of the records for which `matches` holds, in read order.
fn expected(count: i64, matches: impl Fn(&Value) -> bool) -> Vec<String> {
    (0..count)
        .filter(|n| matches(&record(*n)))
        .map(id)
        .collect()
}

#[tokio::test]
async fn an_event_arrives_as_the_sdk_s_type() {
    let (_, _, client) = with_events(10).await;
    let found = client.lookup_events().send().await.unwrap();
    assert_eq!(found.next_token(), None);
    let event = &found.events()[9];
    assert_eq!(event.event_id(), Some(&*id(9)));
    assert_eq!(event.event_name(), Some("DescribeInstances"));
    assert_eq!(event.read_only(), Some("true"));
    assert_eq!(event.access_key_id(), Some("AKIAIOSFODNN7EXAMPLE"));
    assert_eq!(
        event.event_time(),
        Some(&DateTime::from_secs(1_795_175_999))
    );
    assert_eq!(event.event_source(), Some("ec2.amazonaws.com"));
    assert_eq!(event.username(), Some("alice"));
    assert_eq!(
        event.resources()[0].resource_type(),
        Some("AWS::EC2::Instance")
    );
    assert_eq!(
        event.resources()[0].resource_name(),
        Some("arn:aws:ec2:::i-1")
    );
    let text = event.cloud_trail_event().unwrap();
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), record(9));
}

#[tokio::test]
async fn pages_of_any_size_give_each_event_once_and_in_order() {
    const COUNT: i64 = 234;
    let (_, _, client) = with_events(COUNT).await;
    for size in [1, 7, 50, 1_000] {
        let mut pages = client
            .lookup_events()
            .into_paginator()
            .page_size(size)
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.unwrap();
            assert!(page.events().len() <= usize::try_from(size).unwrap());
            found.extend(page.events.unwrap_or_default());
        }
        assert_eq!(ids(&found), expected(COUNT, |_| true), "pages of {size}");
    }
}

#[tokio::test]
async fn the_default_page_has_fifty() {
    let (_, _, client) = with_events(51).await;
    let first = client.lookup_events().send().await.unwrap();
    assert_eq!(first.events().len(), 50);
    let rest = client
        .lookup_events()
        .set_next_token(first.next_token)
        .max_results(7)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (ids(rest.events()), rest.next_token()),
        (vec![&*id(50)], None)
    );
}

#[tokio::test]
async fn events_that_arrive_between_pages_change_nothing_that_follows() {
    let (stage, account, client) = with_events(10).await;
    let first = client.lookup_events().max_results(4).send().await.unwrap();
    let late = json!({"eventID": "later", "eventTime": NOW.plus_millis(60_000).to_string(), "eventName": "RunInstances", "userIdentity": {}});
    stage.store(account, &[late]).await;
    let rest = client
        .lookup_events()
        .set_next_token(first.next_token.clone())
        .send()
        .await
        .unwrap();
    let found: Vec<_> = [ids(first.events()), ids(rest.events())].concat();
    assert_eq!(found, expected(10, |_| true));
}

#[tokio::test]
async fn every_attribute_finds_its_events() {
    const COUNT: i64 = 40;
    let (_, _, client) = with_events(COUNT).await;
    let whole = |path: &'static str, value: &'static str| {
        move |record: &Value| record.pointer(path).is_some_and(|at| at == value)
    };
    let check = async |key: &str, value: &str, matches: &dyn Fn(&Value) -> bool| {
        let found = client
            .lookup_events()
            .lookup_attributes(attribute(key.into(), value))
            .send()
            .await
            .unwrap();
        assert_eq!(ids(found.events()), expected(COUNT, matches), "{key}");
        assert!(!found.events().is_empty(), "{key}");
    };
    check(
        "EventId",
        "event-999996",
        &whole("/eventID", "event-999996"),
    )
    .await;
    check(
        "EventName",
        "DescribeInstances",
        &whole("/eventName", "DescribeInstances"),
    )
    .await;
    check("ReadOnly", "true", &|record| record["readOnly"] == true).await;
    check("ReadOnly", "false", &|record| record["readOnly"] == false).await;
    check("Username", "bob", &whole("/userIdentity/userName", "bob")).await;
    check("ResourceType", "AWS::EC2::Instance", &|_| true).await;
    check(
        "ResourceName",
        "arn:aws:ec2:::i-2",
        &whole("/resources/0/ARN", "arn:aws:ec2:::i-2"),
    )
    .await;
    let arn = whole("/resources/0/ARN", "arn:aws:ec2:::i-2");
    check("ResourceName", "i-2", &arn).await;
    check("EventSource", "ec2.amazonaws.com", &|_| true).await;
    check("AccessKeyId", "AKIAIOSFODNN7EXAMPLE", &|_| true).await;
    // ours, which the SDK passes on as an unknown key
    check("SourceIp", "192.0.2.7", &|_| true).await;
    check("RequestId", "request-3", &whole("/requestID", "request-3")).await;
    check("UserAgent", "aws-cli", &|_| true).await;
    check("Region", "us-east-1", &|_| true).await;
    check("PrincipalArn", "arn:aws:iam::1:user/u", &|_| true).await;
    check("EventType", "AwsApiCall", &|_| true).await;
}

#[tokio::test]
async fn several_attributes_must_all_hold() {
    let (_, _, client) = with_events(40).await;
    let find = async |attributes: Vec<LookupAttribute>| {
        let found = client
            .lookup_events()
            .set_lookup_attributes(Some(attributes))
            .send()
            .await
            .unwrap();
        found.events.unwrap_or_default()
    };
    let name = attribute(LookupAttributeKey::EventName, "RunInstances");
    let user = attribute(LookupAttributeKey::Username, "alice");
    let resource = attribute(LookupAttributeKey::ResourceName, "arn:aws:ec2:::i-2");
    let all = |record: &Value| {
        record["eventName"] == "RunInstances"
            && record["userIdentity"]["userName"] == "alice"
            && record["resources"][0]["ARN"] == "arn:aws:ec2:::i-2"
    };
    let found = find(vec![name.clone(), user.clone(), resource]).await;
    assert_eq!(ids(&found), expected(40, all));
    assert!(!found.is_empty());
    let other = attribute(LookupAttributeKey::Username, "carol");
    assert!(find(vec![name, user, other]).await.is_empty());
}

#[tokio::test]
async fn both_ends_of_a_time_range_are_in_it() {
    let (_, _, client) = with_events(40).await;
    let now = NOW.seconds();
    let found = client
        .lookup_events()
        .start_time(DateTime::from_secs(now - 2))
        .end_time(DateTime::from_secs(now - 1))
        .send()
        .await
        .unwrap();
    assert_eq!(ids(found.events()), (5..15).map(id).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_past_retention_is_gone_whatever_is_asked() {
    let (stage, _, client) = with_events(10).await;
    stage.clock.advance(i64::from(RETENTION_DAYS) * DAY - 1_000);
    let found = client
        .lookup_events()
        .start_time(DateTime::from_secs(0))
        .send()
        .await
        .unwrap();
    assert_eq!(ids(found.events()), expected(10, |_| true));
    stage.clock.advance(1_000);
    let found = client.lookup_events().send().await.unwrap();
    assert_eq!(ids(found.events()), expected(5, |_| true));
}

#[tokio::test]
async fn insight_events_are_none() {
    let (_, _, client) = with_events(10).await;
    let found = client
        .lookup_events()
        .event_category(EventCategory::Insight)
        .send()
        .await
        .unwrap();
    assert!(found.events().is_empty());
}

#[tokio::test]
async fn another_account_sees_none_of_it_and_cannot_use_its_token() {
    let (stage, _, client) = with_events(10).await;
    let other = stage.account("999999999999").await;
    let key = stage
        .user(other, "reader", &[Permission::Administrator])
        .await;
    let stranger = stage.client(&key);
    let found = stranger.lookup_events().send().await.unwrap();
    assert!(found.events().is_empty());

    let first = client.lookup_events().max_results(1).send().await.unwrap();
    let refused = stranger
        .lookup_events()
        .set_next_token(first.next_token)
        .send()
        .await;
    assert!(
        refused
            .unwrap_err()
            .into_service_error()
            .is_invalid_next_token_exception()
    );
}

#[tokio::test]
async fn a_token_lives_an_hour() {
    let (stage, _, client) = with_events(10).await;
    let first = client.lookup_events().max_results(1).send().await.unwrap();
    let again = async || {
        client
            .lookup_events()
            .set_next_token(first.next_token.clone())
            .send()
            .await
    };
    stage.clock.advance(cursor::LIFETIME_MS);
    assert_eq!(again().await.unwrap().events().len(), 9);
    stage.clock.advance(1);
    let error = again().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_next_token_exception());
    assert!(error.meta().message().unwrap().contains("has expired"));
}
