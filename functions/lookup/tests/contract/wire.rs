//! The very bytes of a page and of an error, and what no SDK would send.

use activity_log_core::reader::ReadError;
use activity_log_gateway::{Front, from_response};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

use crate::stage::{Stage, id, record, with_events};

fn text(response: &Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

fn headers(response: &Response<Bytes>) -> Value {
    response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), Value::from(value.to_str().unwrap())))
        .collect()
}

#[tokio::test]
async fn a_page() {
    let (stage, account, client) = with_events(1).await;
    let k2 = json!({"eventID": "k2", "eventTime": "2026-11-20T11:59:59.25Z", "eventName": "OpenSession", "userName": "bob", "project": "p1"});
    stage.store(account, std::slice::from_ref(&k2)).await;
    let answer = client.lookup_events().max_results(2).send().await.unwrap();
    assert_eq!(answer.next_token(), None);
    let sent = stage.server.take_sent().remove(0);
    let (first, second) = (record(0).to_string(), k2.to_string());
    assert_eq!(
        text(&sent),
        format!(
            concat!(
                r#"{{"Events":[{{"EventId":"{}","EventName":"RunInstances","ReadOnly":"false","#,
                r#""AccessKeyId":"AKIAIOSFODNN7EXAMPLE","EventTime":1795176000,"EventSource":"ec2.amazonaws.com","#,
                r#""Username":"alice","Resources":[{{"ResourceType":"AWS::EC2::Instance","ResourceName":"arn:aws:ec2:::i-0"}}],"#,
                r#""CloudTrailEvent":{},"Origin":"queue"}},"#,
                r#"{{"EventId":"k2","EventName":"OpenSession","ReadOnly":"false","EventTime":1795175999.25,"#,
                r#""Username":"bob","Resources":[],"CloudTrailEvent":{},"Project":"p1","Origin":"queue"}}]}}"#,
            ),
            id(0),
            Value::from(first),
            Value::from(second),
        )
    );
    assert_eq!(sent.status(), 200);
    assert_eq!(
        headers(&sent),
        json!({
            "content-type": "application/x-amz-json-1.1",
            "x-amzn-requestid": "request-1",
            "date": "Fri, 20 Nov 2026 12:00:00 GMT",
        })
    );
}

#[tokio::test]
async fn a_page_that_goes_on() {
    let (stage, _, client) = with_events(2).await;
    client.lookup_events().max_results(1).send().await.unwrap();
    let sent = stage.server.take_sent().remove(0);
    let page: Value = serde_json::from_slice(sent.body()).unwrap();
    let token = page["NextToken"].as_str().unwrap();
    assert!(text(&sent).ends_with(&format!(r#""}}],"NextToken":"{token}"}}"#)));
    assert!(
        token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    );
}

/// Quotes and backslashes grow fourfold on the way: once into `CloudTrailEvent`, once into the envelope.
#[tokio::test]
async fn no_reply_outgrows_lambda_s_response() {
    const COUNT: i64 = 80;
    const LAMBDA_RESPONSE_BYTES: usize = 6_291_556;
    let (stage, account, client) = with_events(0).await;
    let quotes = "\"".repeat(50_000 - 1);
    let records: Vec<_> = (0..COUNT)
        .map(|n| {
            let mut record = record(n);
            record["requestParameters"] = json!(quotes);
            record
        })
        .collect();
    stage.store(account, &records).await;
    let mut pages = client
        .lookup_events()
        .into_paginator()
        .page_size(1_000)
        .send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        found.extend(page.unwrap().events.unwrap_or_default());
    }
    let found: Vec<_> = found.iter().filter_map(|event| event.event_id()).collect();
    assert_eq!(found, (0..COUNT).map(id).collect::<Vec<_>>());
    let sizes: Vec<_> = stage
        .server
        .take_sent()
        .into_iter()
        .map(|response| {
            serde_json::to_vec(&from_response(response, Front::HttpApi))
                .unwrap()
                .len()
        })
        .collect();
    assert!(sizes.len() > 1);
    assert!(
        sizes.iter().all(|size| *size < LAMBDA_RESPONSE_BYTES),
        "{sizes:?}"
    );
    // 400 KB each, so a reply is full when the next would not fit.
    assert!(sizes[0] > 5_500_000, "{sizes:?}");
}

/// Both names of the message: SDKs read one or the other.
fn refusal(code: &str, message: &str) -> String {
    format!(r#"{{"__type":"{code}","message":"{message}","Message":"{message}"}}"#)
}

#[tokio::test]
async fn an_error() {
    let (stage, _, client) = with_events(1).await;
    client
        .lookup_events()
        .max_results(0)
        .send()
        .await
        .unwrap_err();
    let sent = stage.server.take_sent().remove(0);
    assert_eq!(
        text(&sent),
        refusal(
            "InvalidMaxResultsException",
            "MaxResults 0 is not valid; it must be between 1 and 1000"
        )
    );
    assert_eq!(sent.status(), 400);
    assert_eq!(
        headers(&sent),
        json!({
            "content-type": "application/x-amz-json-1.1",
            "x-amzn-requestid": "request-1",
            "x-amzn-errortype": "InvalidMaxResultsException",
            "date": "Fri, 20 Nov 2026 12:00:00 GMT",
        })
    );
}

/// The cause is for the log.
#[tokio::test]
async fn a_failure_of_ours_tells_nothing_of_the_inside() {
    let (stage, _, client) = with_events(1).await;
    stage.fail_once(ReadError::Store("table events-7 is gone".into()));
    client.lookup_events().send().await.unwrap_err();
    let sent = stage.server.take_sent().remove(0);
    assert_eq!(sent.status(), 500);
    assert_eq!(
        text(&sent),
        refusal("InternalFailure", "The events could not be read. Try again")
    );
}

#[tokio::test]
async fn an_unsigned_request() {
    let request = Request::post("http://activity-log.test/")
        .header("host", "activity-log.test")
        .header("x-amz-target", "CloudTrail_20131101.LookupEvents")
        .body(Bytes::from_static(b"{}"));
    let sent = answer(request.unwrap()).await;
    assert_eq!(sent.status(), 400);
    assert_eq!(
        text(&sent),
        refusal(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token"
        )
    );
}

#[tokio::test]
async fn a_body_beyond_the_cap() {
    let request = Request::post("http://activity-log.test/").body(Bytes::from(vec![
        b' ';
        activity_log_cloudtrail::MAX_BODY_BYTES
            + 1
    ]));
    let sent = answer(request.unwrap()).await;
    assert_eq!(sent.status(), 413);
    assert_eq!(
        text(&sent),
        refusal(
            "RequestEntityTooLargeException",
            "The request has more than 81920 bytes"
        )
    );
}

#[tokio::test]
async fn what_is_not_served() {
    for (method, path) in [("GET", "/"), ("POST", "/nowhere"), ("PUT", "/")] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Bytes::new());
        let sent = answer(request.unwrap()).await;
        assert_eq!(sent.status(), 404);
        assert_eq!(
            text(&sent),
            format!(
                r#"{{"error":{{"code":"NotFound","message":"Nothing is served at {method} {path}"}}}}"#
            )
        );
    }
}

async fn answer(request: Request<Bytes>) -> Response<Bytes> {
    Stage::new().server.answer(request).await
}
