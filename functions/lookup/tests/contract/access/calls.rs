//! The log of the log: every call is told of, once, to its caller's account, without secrets.

use activity_log_control::{KeyStatus, Permission, Registry as _};
use activity_log_core::account::AccountId;
use activity_log_gateway::{Front, SentPath};
use serde_json::{Value, json};

use super::caller::{Credential, Operation, Protocol, operations};
use crate::stage::{Key, REGION, Stage};

fn by_name(name: &str) -> Operation {
    let mut all = operations().into_iter();
    all.find(|operation| operation.name == name).unwrap()
}

/// The records since the last time one asked.
fn told(stage: &Stage) -> Vec<(AccountId, Value)> {
    let records = stage.calls.take().into_iter();
    records
        .map(|(account, record)| (account, serde_json::from_str(&record).unwrap()))
        .collect()
}

async fn stage(permissions: &[Permission]) -> (Stage, AccountId, Key) {
    let stage = Stage::new();
    let account = stage.account("111122223333").await;
    let key = stage.user(account, "alice", permissions).await;
    (stage, account, key)
}

#[tokio::test]
async fn every_call_allowed_or_denied_is_an_event_of_its_account() {
    for (permissions, allowed) in [(&[Permission::Administrator][..], true), (&[], false)] {
        let (stage, account, key) = stage(permissions).await;
        let by_key = Credential::Key(key.clone());
        let by_token = Credential::Token(stage.token(account, "alice").await);
        for operation in operations() {
            for caller in [&by_key, &by_token] {
                let answer = stage.ask(caller, operation.request("111122223333")).await;
                let told = told(&stage);
                let [(of, event)] = told.as_slice() else {
                    panic!("{}: {told:?}", operation.name)
                };
                assert_eq!(*of, account);
                assert_eq!(event["eventName"], operation.name);
                assert_eq!(event["readOnly"], operation.read_only, "{event}");
                let source = match operation.protocol {
                    Protocol::CloudTrail => "cloudtrail.amazonaws.com",
                    _ => "activity-log",
                };
                assert_eq!(event["eventSource"], source);
                assert_eq!(event["awsRegion"], REGION);
                assert_eq!(event["recipientAccountId"], "111122223333");
                assert_eq!(event["userIdentity"]["userName"], "alice");
                assert_eq!(
                    event["userIdentity"]["arn"],
                    "arn:aws:iam::111122223333:user/alice"
                );
                assert_eq!(event["sourceIPAddress"], "192.0.2.7");
                assert_eq!(event["userAgent"], "tester/1");
                assert_eq!(event["requestID"], "request-1");
                let key_id = &event["userIdentity"]["accessKeyId"];
                if matches!(caller, Credential::Key(_)) {
                    assert_eq!(key_id, key.id.as_str());
                } else {
                    assert!(key_id.is_null(), "{event}");
                    assert!(
                        event["additionalEventData"]["TokenId"].is_string(),
                        "{event}"
                    );
                }
                let failed = !answer.status.is_success();
                assert_eq!(event["errorCode"].is_string(), failed, "{event} {answer:?}");
                if !allowed && operation.permission.is_some() {
                    let code = event["errorCode"].as_str().unwrap();
                    assert!(
                        ["AccessDeniedException", "Forbidden"].contains(&code),
                        "{event}"
                    );
                }
                stage.clock.advance(1_000);
            }
        }
    }
}

#[tokio::test]
async fn what_was_asked_is_told_without_secrets() {
    let (stage, _, key) = stage(&[Permission::Administrator]).await;
    let caller = Credential::Key(key);
    let lookup = json!({"MaxResults": 5, "NextToken": "hush", "StartTime": 1_795_176_000.5,
        "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "X"}]});
    let report = json!({"format": "csv", "startTime": 1_795_176_000,
        "plugin": {"name": "f", "version": "1.0.0", "parameters": {"apiKey": "hush", "zone": "UTC"}},
        "filters": [{"field": "a.password", "equals": "hush"}, {"attribute": "EventName", "value": "X"}]});
    let search = json!({"where": ["who=eve", "a.password=hush"], "limit": 3});
    let id = "01939c1e-7b5a-7000-8000-0123456789ab";
    for (name, body, id) in [
        ("LookupEvents", &lookup, ""),
        ("CreateReport", &report, ""),
        ("GetReport", &json!({}), id),
        ("SearchEvents", &search, ""),
        ("GetEvent", &json!({}), "e-1"),
    ] {
        stage
            .ask(&caller, by_name(name).request_with("p", id, body))
            .await;
    }
    let told = told(&stage);
    let asked: Vec<&Value> = told
        .iter()
        .map(|(_, event)| &event["requestParameters"])
        .collect();
    let hidden = "HIDDEN_DUE_TO_SECURITY_REASONS";
    let lookup = json!({"maxResults": 5, "nextToken": hidden, "startTime": "2026-11-20T12:00:00.5Z",
        "lookupAttributes": [{"attributeKey": "EventName", "attributeValue": "X"}]});
    let report = json!({"format": "csv", "startTime": "2026-11-20T12:00:00Z",
        "plugin": {"name": "f", "version": "1.0.0", "parameters": {"apiKey": hidden, "zone": "UTC"}},
        "filters": [{"field": "a.password", "equals": hidden}, {"attribute": "EventName", "value": "X"}]});
    let search = json!({"where": ["who=eve", format!("a.password={hidden}")], "limit": 3});
    let (of_report, of_event) = (json!({"id": id}), json!({"id": "e-1"}));
    assert_eq!(asked, [&lookup, &report, &of_report, &search, &of_event]);
    let named = json!([{"ARN": id, "accountId": "111122223333", "type": "ActivityLog::Report"}]);
    assert_eq!(told[2].1["resources"], named);
    assert!(!format!("{told:?}").contains("hush"), "{told:?}");
}

#[tokio::test]
async fn vk_s_calls_are_their_projects() {
    let (stage, _, key) = stage(&[Permission::Administrator]).await;
    let mut request = by_name("ListLogs").request("111122223333");
    *request.uri_mut() = "/v1/111122223333/logs?source=nova&limit=2&from="
        .parse()
        .unwrap();
    request
        .headers_mut()
        .insert("to", "2026-11-20T12:00:00Z".parse().unwrap());
    stage.ask(&Credential::Key(key), request).await;
    let told = told(&stage);
    let event = &told[0].1;
    assert_eq!(event["project"], "111122223333");
    let asked = json!({"source": "nova", "limit": 2, "to": "2026-11-20T12:00:00Z"});
    assert_eq!(event["requestParameters"], asked);
}

#[tokio::test]
async fn of_strangers_nobody_is_told() {
    let (stage, ..) = stage(&[]).await;
    let stranger = Credential::Key(Key {
        id: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(),
        secret: "0123456789abcdef0123456789abcdef".parse().unwrap(),
    });
    for operation in operations() {
        for caller in [&Credential::Nothing, &stranger] {
            stage.ask(caller, operation.request("p")).await;
        }
    }
    assert_eq!(told(&stage), []);
}

#[tokio::test]
async fn an_answer_stands_though_the_log_does_not_take_its_record() {
    let (stage, _, key) = stage(&[Permission::Administrator]).await;
    stage.calls.fail(true);
    let caller = Credential::Key(key);
    let mut request = caller.put_on(&stage, by_name("LookupEvents").request("p"));
    let path = format!("{}/", Front::of_tests().base());
    let sent = SentPath { path, or: None };
    request.extensions_mut().insert(sent);
    let context = activity_log_lookup::app::Context {
        now: stage.clock.at_server(),
        request_id: "request-1",
    };
    let answered = stage.server.app.answer(&request, context).await;
    assert_eq!(answered.response.status(), 200);
    assert!(
        answered.unrecorded.is_some(),
        "the alarm's metric, and the log's line"
    );
}

#[tokio::test]
async fn a_key_that_is_switched_off_is_told_of_by_whoever_has_its_secret() {
    let (stage, account, key) = stage(&[Permission::Administrator]).await;
    let alice = "alice".parse().unwrap();
    let off = KeyStatus::Inactive;
    let switched = stage
        .directory
        .set_access_key_status(account, &alice, &key.id, off);
    switched.await.unwrap();
    let answer = stage
        .ask(
            &Credential::Key(key.clone()),
            by_name("LookupEvents").request("p"),
        )
        .await;
    assert_eq!(answer.code(), "UnrecognizedClientException");
    let [(of, event)] = <[_; 1]>::try_from(told(&stage)).unwrap();
    assert_eq!(
        (of, &event["errorCode"]),
        (account, &json!("UnrecognizedClientException"))
    );
    let forged = Credential::Key(Key {
        secret: "0123456789abcdef0123456789abcdef".parse().unwrap(),
        ..key
    });
    stage
        .ask(&forged, by_name("LookupEvents").request("p"))
        .await;
    assert_eq!(
        told(&stage),
        [],
        "or it would show that there is such a key"
    );
}
