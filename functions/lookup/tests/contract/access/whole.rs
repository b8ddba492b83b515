//! What was asked is told whole, in the shape of CloudTrail's records: nobody hides what they do behind what the
//! operation passes over, and what cannot be told is not done.

use activity_log_control::{Permission, TrailReader as _};
use activity_log_core::account::AccountId;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use serde_json::{Value, json};

use super::caller::{Answer, Credential, operations};
use crate::rest::api::Api;
use crate::stage::{AUDIT, Stage, with_trail};

async fn scene() -> (Stage, AccountId, Client, Credential) {
    let (stage, account, client) = with_trail().await;
    let permissions = [Permission::Administrator, Permission::Storage];
    let key = stage.user(account, "alice", &permissions).await;
    stage.calls.take();
    (stage, account, client, Credential::Key(key))
}

/// The answer to this body, and the call's event.
async fn ask(stage: &Stage, caller: &Credential, name: &str, body: &str) -> (Answer, Value) {
    let mut all = operations().into_iter();
    let operation = all.find(|operation| operation.name == name).unwrap();
    let mut request = operation.request("111122223333");
    *request.body_mut() = body.to_owned().into();
    let answer = stage.ask(caller, request).await;
    let [(_, record)] = stage.calls.take().try_into().unwrap();
    (answer, serde_json::from_str(&record).unwrap())
}

#[tokio::test]
async fn what_stands_beside_what_is_asked_hides_nothing() {
    let (stage, _, _, caller) = scene().await;
    let junk = format!(r#""junk":"{}""#, "x".repeat(78_000));
    let digits = format!(r#""junk":[{}]"#, vec!["0"; 30_000].join(","));
    let deep = format!(r#""junk":{}{}"#, "[".repeat(100), "]".repeat(100));
    let hushed = r#""key":"token","name":"password""#;
    for beside in [hushed, &junk, &digits, &deep, r#""junk":"\ud800""#] {
        let lookup = format!(
            r#"{{"LookupAttributes":[{{"AttributeKey":"EventName","AttributeValue":"X",{beside}}}]}}"#
        );
        let selectors = format!(
            r#"{{"TrailName":"audit","EventSelectors":[{{"ReadWriteType":"WriteOnly",{beside}}}]}}"#
        );
        let tags = format!(
            r#"{{"ResourceId":"audit","TagsList":[{{"Key":"token","Value":"told",{beside}}}]}}"#
        );
        for (name, body, asked) in [
            (
                "LookupEvents",
                lookup,
                json!({"lookupAttributes": [{"attributeKey": "EventName", "attributeValue": "X"}]}),
            ),
            (
                "PutEventSelectors",
                selectors,
                json!({"trailName": "audit", "eventSelectors": [{"readWriteType": "WriteOnly"}]}),
            ),
            (
                "AddTags",
                tags,
                json!({"resourceId": "audit", "tagsList": [{"key": "token", "value": "told"}]}),
            ),
        ] {
            let (answer, event) = ask(&stage, &caller, name, &body).await;
            let (status, code) = (answer.status.as_u16(), answer.code());
            if status == 200 {
                assert_eq!(event["requestParameters"], asked, "{name} {beside:.40}");
                let unknown = &event["additionalEventData"]["UnknownMembers"];
                assert_eq!(
                    unknown.as_array().unwrap().len(),
                    beside.matches("\":").count()
                );
            } else {
                let refused = ["SerializationException", "RequestEntityTooLargeException"];
                assert!(refused.contains(&&*code), "{name} {code} {beside:.40}");
            }
            assert_eq!(event["errorCode"].is_string(), status != 200);
            assert!(event.to_string().len() < 3_000, "no junk: {event}");
        }
    }
}

#[tokio::test]
async fn what_is_understood_and_does_not_fit_is_not_done() {
    let (stage, account, _, caller) = scene().await;
    // A character that stands in a record in twice the bytes it was sent in.
    let wide = "\u{ffff}".repeat(25_000);
    let tags = json!({"ResourceId": "audit", "TagsList": [{"Key": "k", "Value": wide}]});
    let lookup =
        json!({"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": wide}]});
    for (name, body) in [("AddTags", tags), ("LookupEvents", lookup)] {
        let (answer, event) = ask(&stage, &caller, name, &body.to_string()).await;
        assert_eq!(answer.status, 413);
        assert_eq!(answer.code(), "RequestEntityTooLargeException");
        let message = answer.body["message"].as_str().unwrap();
        assert!(
            message.ends_with("nothing is done that cannot be told whole"),
            "{message}"
        );
        assert_eq!(event["errorMessage"], message);
    }
    assert_eq!(
        stage.outbox.take().len(),
        1,
        "the trail's creation alone was attempted"
    );
    let audit = "audit".parse().unwrap();
    let trail = stage
        .directory
        .trail(account, &audit)
        .await
        .unwrap()
        .unwrap();
    assert!(trail.settings.tags.is_empty());
    // What fits is told to the byte, however long.
    let long = "x".repeat(78_000);
    let body = json!({"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": long}]});
    let (_, event) = ask(&stage, &caller, "LookupEvents", &body.to_string()).await;
    let told = &event["requestParameters"]["lookupAttributes"][0]["attributeValue"];
    assert_eq!(told.as_str(), Some(&*long));
}

#[tokio::test]
async fn events_of_a_second_are_in_the_order_of_their_ids_and_no_time_has_a_fraction() {
    let (stage, _, _, caller) = scene().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        stage.clock.advance(150);
        let (_, event) = ask(&stage, &caller, "ListTrails", "{}").await;
        assert_eq!(event["eventTime"], "2026-11-20T12:00:00Z");
        ids.push(event["eventID"].as_str().unwrap().to_owned());
    }
    assert!(ids.is_sorted(), "{ids:?}");
    let distinct: std::collections::BTreeSet<_> = ids.iter().map(|id| &id[19..]).collect();
    assert_eq!(distinct.len(), 5, "ends that nobody can foresee: {ids:?}");
}

#[tokio::test]
async fn who_deleted_a_trail_is_found_by_its_name_and_by_its_arn() {
    let (stage, account, client, caller) = scene().await;
    let (answer, event) = ask(&stage, &caller, "DeleteTrail", r#"{"Name":"audit"}"#).await;
    assert_eq!(answer.status, 200);
    let named = |name: &str| json!({"ARN": name, "accountId": "111122223333", "type": "AWS::CloudTrail::Trail"});
    assert_eq!(event["resources"], json!([named(AUDIT), named("audit")]));
    assert_eq!(event["responseElements"], Value::Null);
    stage.store(account, &[event]).await;
    for name in ["audit", AUDIT] {
        let by_name = LookupAttribute::builder()
            .attribute_key(LookupAttributeKey::ResourceName)
            .attribute_value(name);
        let lookup = client
            .lookup_events()
            .lookup_attributes(by_name.build().unwrap());
        let found = lookup.send().await.unwrap();
        let [found] = found.events() else {
            panic!("{name}: {found:?}")
        };
        assert_eq!(found.event_name(), Some("DeleteTrail"));
        assert_eq!(found.username(), Some("alice"));
    }
}

#[tokio::test]
async fn what_a_change_was_answered_is_told_and_what_a_reading_call_was_is_not() {
    let (stage, _, _, caller) = scene().await;
    let create = r#"{"Name":"second","S3BucketName":"logs"}"#;
    let (answer, event) = ask(&stage, &caller, "CreateTrail", create).await;
    let told = &event["responseElements"];
    assert_eq!(told["trailARN"], answer.body["TrailARN"]);
    assert_eq!(
        (&told["name"], &told["s3BucketName"]),
        (&json!("second"), &json!("logs"))
    );
    let names: Vec<_> = event["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["ARN"])
        .collect();
    assert_eq!(names, [&told["trailARN"], &json!("second"), &json!("logs")]);
    let update = r#"{"Name":"second","S3KeyPrefix":"p","TagsList":[{"Key":"k"}]}"#;
    let (_, event) = ask(&stage, &caller, "UpdateTrail", update).await;
    assert_eq!(
        event["requestParameters"],
        json!({"name": "second", "s3KeyPrefix": "p"})
    );
    assert_eq!(
        event["additionalEventData"],
        json!({"UnknownMembers": ["TagsList"]})
    );
    let (_, event) = ask(&stage, &caller, "GetTrail", r#"{"Name":"second"}"#).await;
    assert_eq!(event["responseElements"], Value::Null);
    let (_, event) = ask(&stage, &caller, "UploadPlugin", r#"{"sizeBytes":8}"#).await;
    let told = &event["responseElements"];
    assert_eq!(told["state"], "uploading");
    assert_eq!(event["resources"][0]["ARN"], told["id"]);
    let (_, event) = ask(&stage, &caller, "StartLogging", r#"{"Name":"none"}"#).await;
    assert_eq!(
        (&event["errorCode"], &event["responseElements"]),
        (&json!("TrailNotFoundException"), &Value::Null)
    );
}

/// SDKs read the message by one of two names.
#[tokio::test]
async fn every_refusal_of_the_cloudtrail_protocol_has_its_message_twice() {
    let (stage, _, client, caller) = scene().await;
    let nobody = Credential::Nothing;
    for operation in operations() {
        if operation.protocol != super::caller::Protocol::CloudTrail {
            continue;
        }
        for caller in [&caller, &nobody] {
            let answer = stage.ask(caller, operation.request("p")).await;
            if !answer.status.is_success() {
                let message = answer.body["message"].as_str().unwrap();
                assert!(!message.is_empty());
                assert_eq!(answer.body["Message"], message, "{}", operation.name);
            }
        }
    }
    let (code, message) = crate::stage::refused(client.get_trail().name("none").send().await);
    assert_eq!(code, "TrailNotFoundException");
    assert_eq!(message, "Unknown trail: none for the user: 111122223333");
}

/// What a filter compares with a secret's field is a secret, and the answer repeats the filters.
#[tokio::test]
async fn no_answer_tells_what_its_request_hides() {
    let (stage, account, _, caller) = scene().await;
    let Credential::Key(key) = &caller else {
        panic!("it signs with a key")
    };
    let api = Api {
        stage: &stage,
        key: key.clone(),
        account,
    };
    api.plugin("no-mfa", "1.0.0").await;
    let plugin = json!({"name": "no-mfa", "parameters": {"zone": "Bearer hunter2"}});
    let filters = json!([{"field": "requestParameters.password", "equals": "hunter2"}]);
    let body = json!({"format": "csv", "filters": filters, "plugin": plugin});
    let (answer, event) = ask(&stage, &caller, "CreateReport", &body.to_string()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.body["filters"], filters, "the client reads it whole");
    assert_eq!(
        answer.body["where"],
        json!(["requestParameters.password=hunter2"])
    );
    let told = &event["responseElements"];
    assert_eq!(
        (&told["state"], &told["plugin"]["name"]),
        (&json!("queued"), &json!("no-mfa"))
    );
    assert!(!event.to_string().contains("hunter2"), "{event}");

    let id = answer.body["id"].as_str().unwrap();
    let all = operations();
    let delete = all.iter().find(|one| one.name == "DeleteReport").unwrap();
    let request = delete.request_with("111122223333", id, &json!({}));
    let answer = stage.ask(&caller, request).await;
    assert_eq!(answer.body["filters"], filters);
    let [(_, record)] = stage.calls.take().try_into().unwrap();
    let event: Value = serde_json::from_str(&record).unwrap();
    assert_eq!(event["responseElements"]["state"], "cancelled");
    assert!(!record.contains("hunter2"), "{record}");
}
