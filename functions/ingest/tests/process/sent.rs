//! What senders send: the queue's messages, and requests to the API.

use activity_log_core::instant::Instant;
use serde_json::{Map, Value, json};

use crate::cloud::{ACCOUNTS, Cloud, now};
use crate::signed::{HOST, signature};

/// Events of one account: the id of each begins with `name`.
pub struct Sent {
    pub account: &'static str,
    pub ids: Vec<String>,
    records: Vec<Value>,
}

/// So many events, some of them late.
pub fn events(account: &'static str, name: &str, count: i64) -> Sent {
    let ids: Vec<String> = (0..count)
        .map(|number| format!("{name}-{number:02}"))
        .collect();
    let of = |(number, id): (i64, &String)| {
        let age = if number % 4 == 0 { 3_600_000 } else { 1_000 };
        record(id, now().plus_millis(-age - number))
    };
    let records = (0..).zip(&ids).map(of).collect();
    Sent {
        account,
        ids,
        records,
    }
}

fn record(id: &str, time: Instant) -> Value {
    json!({
        "eventID": id, "eventTime": time.to_string(), "eventName": "StopInstances",
        "eventSource": "ec2.amazonaws.com", "userIdentity": {"type": "IAMUser", "userName": "alice"},
    })
}

/// A message for each two events.
pub fn messages(sent: &Sent) -> Vec<Value> {
    let account = json!({"stringValue": sent.account, "dataType": "String",
        "stringListValues": [], "binaryListValues": []});
    let message = |records: &[Value]| {
        json!({
            "messageId": records[0]["eventID"], "receiptHandle": "h", "attributes": {}, "md5OfBody": "",
            "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-central-1:111122223333:events",
            "awsRegion": "eu-central-1", "body": json!(records).to_string(),
            "messageAttributes": {"accountId": account},
        })
    };
    sent.records.chunks(2).map(message).collect()
}

/// Messages as Lambda hands them over.
pub fn delivery(messages: &[Value]) -> Value {
    json!({"Records": messages})
}

/// A request that brings the events, signed now.
pub fn request(cloud: &Cloud, sent: &Sent) -> Value {
    assert_eq!(sent.account, ACCOUNTS[0]);
    let (method, path) = ("POST", "/v1/events");
    let body = json!(sent.records).to_string();
    let mut headers = vec![("host".to_owned(), HOST.to_owned())];
    let who = (&cloud.key, now());
    headers.extend(signature(who, (method, path), body.as_bytes(), &headers));
    let headers: Map<String, Value> = headers
        .into_iter()
        .map(|(name, value)| (name, value.into()))
        .collect();
    json!({
        "version": "2.0", "rawPath": path, "rawQueryString": "", "headers": headers,
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.7", "userAgent": "t/1"},
            "requestId": "gateway-1", "timeEpoch": now().millis(),
        },
        "body": body, "isBase64Encoded": false,
    })
}
