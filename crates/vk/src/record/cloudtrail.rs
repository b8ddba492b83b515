//! Records of CloudTrail and K2 in VK's shape.

use std::borrow::Cow;

use activity_log_core::instant::Instant;
use activity_log_core::page::FoundEvent;

use super::Log;
use super::cells::Cells;

/// Who called, the most lasting name first. [`FoundEvent::username`] comes last: K2's only one.
const CALLER: [&str; 5] = [
    "userIdentity.principalId",
    "userIdentity.arn",
    "userIdentity.userName",
    "userIdentity.invokedBy",
    "userIdentity.accountId",
];

/// The record of an event that came as CloudTrail's or K2's.
pub fn log<'a>(found: &'a FoundEvent, mut cells: Cells<'a>) -> Log<'a> {
    let is_failed = ["errorCode", "errorMessage"].map(|field| cells.said(field).is_some());
    Log {
        action: &found.name,
        event_id: &found.position.id,
        origin: &found.origin,
        method: cells.said("method").unwrap_or(stand_in(found).into()),
        request_body: cells.body("requestParameters"),
        request_id: cells.text("requestID").unwrap_or_default(),
        response_body: cells.body("responseElements"),
        source: found.source.as_deref().unwrap_or_default(),
        success: if is_failed.contains(&true) {
            "no"
        } else {
            "yes"
        }
        .into(),
        timestamp: timestamp(found, &mut cells),
        uri: cells.said("uri").unwrap_or("/".into()),
        user_agent: cells.said("userAgent"),
        user_email: found.username.as_deref().map(Cow::Borrowed),
        user_id: user_id(found, &mut cells),
    }
}

/// VK's dialect tells by the method whether a call only reads; so the other way round.
fn stand_in(found: &FoundEvent) -> &'static str {
    if found.read_only { "GET" } else { "POST" }
}

/// As the record has it, unless it counts seconds since 1970 as NGN's do.
fn timestamp<'a>(found: &FoundEvent, cells: &mut Cells<'a>) -> Cow<'a, str> {
    let text = cells.text("eventTime");
    let text = text.filter(|text| Instant::parse(text).is_some());
    text.unwrap_or_else(|| found.position.time.to_string().into())
}

fn user_id<'a>(found: &'a FoundEvent, cells: &mut Cells<'a>) -> Cow<'a, str> {
    CALLER
        .iter()
        .find_map(|field| cells.said(field))
        .or(found.username.as_deref().map(Cow::Borrowed))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::record::tests::shown;

    fn cloudtrail() -> Value {
        json!({
            "eventVersion": "1.08", "eventID": "293ba626", "eventTime": "2023-11-20T11:42:36Z",
            "eventSource": "ec2.amazonaws.com", "eventName": "RunInstances", "readOnly": false,
            "requestID": "CC9X", "userAgent": "aws-cli/2", "sourceIPAddress": "10.0.0.1",
            "userIdentity": {"type": "IAMUser", "principalId": "AIDA1", "arn": "arn:1", "userName": "benjamin"},
            "requestParameters": {"instanceType": "t2.micro"}, "responseElements": null,
        })
    }

    #[test]
    fn a_cloudtrail_record_is_told_in_vk_s_words() {
        let expected = json!({
            "action": "RunInstances", "event_id": "293ba626", "method": "POST",
            "request_body": r#"{"instanceType":"t2.micro"}"#, "request_id": "CC9X", "response_body": "",
            "source": "ec2.amazonaws.com", "success": "yes", "timestamp": "2023-11-20T11:42:36Z", "uri": "/",
            "user_agent": "aws-cli/2", "user_email": "benjamin", "user_id": "AIDA1", "origin": "queue",
        });
        assert_eq!(shown(&cloudtrail()), expected);
    }

    #[test]
    fn a_k2_record_is_told_in_vk_s_words() {
        let record = json!({
            "eventID": "k2-1", "eventTime": "2023-11-20T11:42:36.5+03:00", "eventName": "DescribeInstances",
            "readOnly": true, "userName": "anna", "project": "p1", "requestID": "r", "responseElements": "",
            "requestParameters": "Filter.1=x", "eventType": "AwsApiCall",
        });
        let expected = json!({
            "action": "DescribeInstances", "event_id": "k2-1", "method": "GET", "request_body": "Filter.1=x",
            "request_id": "r", "response_body": "", "source": "", "success": "yes",
            "timestamp": "2023-11-20T11:42:36.5+03:00", "uri": "/", "user_email": "anna", "user_id": "anna",
            "origin": "queue",
        });
        assert_eq!(shown(&record), expected);
    }

    #[test]
    fn seconds_since_1970_become_a_time() {
        for seconds in [json!(1_700_480_556), json!(1_700_480_556.0)] {
            let record = json!({"eventID": "n", "eventTime": seconds, "eventName": "A"});
            assert_eq!(shown(&record)["timestamp"], "2023-11-20T11:42:36Z");
        }
    }

    #[test]
    fn a_failed_call_is_no_success() {
        for (field, success) in [
            ("errorCode", "no"),
            ("errorMessage", "no"),
            ("errorText", "yes"),
        ] {
            let mut record = cloudtrail();
            record[field] = json!("Failed authentication");
            assert_eq!(shown(&record)["success"], success, "{field}");
        }
        let mut record = cloudtrail();
        record["errorCode"] = json!("");
        record["errorMessage"] = Value::Null;
        assert_eq!(shown(&record)["success"], "yes");
    }

    #[test]
    fn the_caller_is_what_there_is() {
        let user_id = |identity: Value| {
            let mut record = cloudtrail();
            record["userIdentity"] = identity;
            shown(&record)["user_id"].clone()
        };
        assert_eq!(
            user_id(json!({"principalId": "", "arn": "arn:1", "userName": "u"})),
            "arn:1"
        );
        assert_eq!(user_id(json!({"userName": "u", "accountId": "1"})), "u");
        assert_eq!(
            user_id(json!({"type": "AWSService", "invokedBy": "ec2", "accountId": "1"})),
            "ec2"
        );
        assert_eq!(user_id(json!({"accountId": "123"})), "123");
        assert_eq!(user_id(json!({"type": "Root"})), "root");
        assert_eq!(user_id(json!({})), "");
    }

    #[test]
    fn what_a_record_says_of_its_request_goes_before_the_stand_ins() {
        let mut record = cloudtrail();
        (record["method"], record["uri"]) = (json!("DELETE"), json!("/v1/plugins/p"));
        let shown = shown(&record);
        assert_eq!(
            (&shown["method"], &shown["uri"]),
            (&json!("DELETE"), &json!("/v1/plugins/p"))
        );
    }

    #[test]
    fn who_and_with_what_is_left_out_where_nobody_knows() {
        let mut record = cloudtrail();
        (record["userIdentity"], record["userAgent"]) = (json!({"accountId": "1"}), Value::Null);
        let shown = shown(&record);
        assert!(shown.get("user_email").is_none() && shown.get("user_agent").is_none());
    }
}
