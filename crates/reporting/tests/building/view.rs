//! The columns of a report whose maker chose none: the same of every dialect, and full.

use std::sync::Arc;

use activity_log_core::origin::Origin;
use activity_log_core::query::Test;
use activity_log_core::reports::{Condition, Format, ReportRequest};
use activity_log_plugin::OwnedValue;
use activity_log_store::memory::MemoryItems;
use serde_json::json as value;

use crate::stage::{NOW, Run, constant, csv, filter, json, put, request, text, xlsx};

const CLOUDTRAIL: &str = r#"{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:ci-42","arn":"arn:aws:sts::111122223333:assumed-role/deploy/ci-42","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","userName":"deploy"}}},"eventTime":"2026-11-20T11:00:03Z","eventSource":"ec2.amazonaws.com","eventName":"TerminateInstances","awsRegion":"eu-central-1","sourceIPAddress":"198.51.100.7","userAgent":"aws-cli/2.17.0","errorCode":"Client.UnauthorizedOperation","errorMessage":"You are not authorized","requestParameters":{"instancesSet":{"items":[{"instanceId":"i-0a53b1d4e5f60718"}]}},"responseElements":null,"requestID":"r-1","eventID":"e-cloudtrail","readOnly":false,"eventType":"AwsApiCall"}"#;
const K2: &str = r#"{"eventVersion":"1.05","userName":"anna@example.test","project":"warehouse","recipientAccountId":"acme@example.test","eventTime":"2026-11-20T11:00:02Z","eventName":"AttachVolume","eventType":"AwsApiCall","requestID":"r-2","eventID":"e-k2","readOnly":false,"requestParameters":{"VolumeId":"vol-2C4E6A81","InstanceId":"i-5B7D9F13"},"responseElements":{"status":"attaching"},"sourceIPAddress":"198.51.100.24"}"#;
const VK: &str = r#"{"event_id":"e-vk","user_id":"432ea1f6","timestamp":"2026-11-20T11:00:01.5Z","source":"magnum","action":"unknown","success":"no","method":"PATCH","uri":"/infra/container/v1/clusters/9b8a7c6d/nodegroups/workers?dry=1","request_id":"req-1","request_body":"{\"delta\":1}","response_body":"","project_id":"b5b7ffd4","user_email":"olga@example.test"}"#;

const HEADER: &str = "time,who,action,resource,result,source,address,project,region,origin,id";
const ROWS: [&str; 3] = [
    "2026-11-20T11:00:03Z,ci-42,TerminateInstances,i-0a53b1d4e5f60718,Client.UnauthorizedOperation,ec2.amazonaws.com,198.51.100.7,,eu-central-1,queue,e-cloudtrail",
    "2026-11-20T11:00:02Z,anna@example.test,AttachVolume,vol-2C4E6A81,ok,,198.51.100.24,warehouse,,queue,e-k2",
    "2026-11-20T11:00:01.5Z,olga@example.test,PATCH /infra/container/v1/clusters/9b8a7c6d/nodegroups/workers,9b8a7c6d,failed,magnum,,b5b7ffd4,,queue,e-vk",
];

async fn of(records: &[&str]) -> Arc<MemoryItems> {
    let store = Arc::default();
    let records: Vec<String> = records.iter().map(|one| (*one).to_owned()).collect();
    put(&store, &Origin::Queue, &records, NOW).await;
    store
}

fn cells(line: &str) -> Vec<String> {
    line.split(',').map(str::to_owned).collect()
}

#[tokio::test]
async fn a_record_of_each_dialect_is_a_full_row() {
    let all = [CLOUDTRAIL, K2, VK];
    let alone = (0..3).map(|one| one..one + 1);
    for range in alone.chain(std::iter::once(0..3)) {
        let store = of(&all[range.clone()]).await;
        let done = Run::of(&request(Format::Csv, NOW))
            .run(&store)
            .await
            .unwrap();
        let mut lines = vec![HEADER];
        lines.extend(&ROWS[range.clone()]);
        let file = std::str::from_utf8(&done.bytes).unwrap();
        assert_eq!(file.lines().collect::<Vec<_>>(), lines);

        let done = Run::of(&request(Format::Xlsx, NOW))
            .run(&store)
            .await
            .unwrap();
        let (header, rows) = xlsx(&done.bytes);
        assert_eq!(header, cells(HEADER));
        for (row, line) in rows.iter().zip(&ROWS[range.clone()]) {
            let expected = cells(line);
            // A time is a date there: days since 1899.
            assert!(row[0].starts_with("46346.458"), "{}", row[0]);
            assert_eq!(row[1..], expected[1..]);
        }
        assert_eq!(rows.len(), range.len());
    }
}

#[tokio::test]
async fn the_record_is_one_option_away() {
    let store = of(&[CLOUDTRAIL, K2, VK]).await;
    let whole = ReportRequest {
        columns: vec!["record".to_owned()],
        ..request(Format::Csv, NOW)
    };
    let done = Run::of(&whole).run(&store).await.unwrap();
    let (header, rows) = csv(&done.bytes);
    let at = |row: usize, name: &str| {
        let column = header.iter().position(|column| column == name).unwrap();
        rows[row][column].as_str()
    };
    assert_eq!(at(0, "eventTime"), "2026-11-20T11:00:03Z");
    assert_eq!(
        at(0, "userIdentity.arn"),
        "arn:aws:sts::111122223333:assumed-role/deploy/ci-42"
    );
    assert_eq!(at(1, "userName"), "anna@example.test");
    assert_eq!(at(1, "responseElements"), r#"{"status":"attaching"}"#);
    assert_eq!(at(2, "timestamp"), "2026-11-20T11:00:01.5Z");
    assert_eq!(at(2, "request_body"), r#"{"delta":1}"#);
    assert_eq!(
        at(2, "uri"),
        "/infra/container/v1/clusters/9b8a7c6d/nodegroups/workers?dry=1"
    );
    let done = Run::of(&request(Format::Json, NOW))
        .run(&store)
        .await
        .unwrap();
    let expected =
        [CLOUDTRAIL, K2, VK].map(|text| serde_json::from_str::<serde_json::Value>(text).unwrap());
    assert_eq!(json(&done.bytes), expected);
}

#[tokio::test]
async fn its_names_are_columns_and_conditions_like_others() {
    let store = of(&[CLOUDTRAIL, K2, VK]).await;
    let condition = |field: &str, text: &str| Condition {
        field: field.to_owned(),
        test: Test::is(text),
    };
    let expected = [
        (condition("result", "ok"), "e-k2"),
        (condition("resource", "i-0a53b1d4e5f60718"), "e-cloudtrail"),
        (condition("who", "olga@example.test"), "e-vk"),
        (condition("time", "2026-11-20T11:00:02Z"), "e-k2"),
        (condition("source", "magnum"), "e-vk"),
    ];
    for (condition, id) in expected {
        let request = ReportRequest {
            conditions: vec![condition],
            columns: vec!["id".to_owned(), "requestID".to_owned(), "who".to_owned()],
            ..request(Format::Csv, NOW)
        };
        let done = Run::of(&request).run(&store).await.unwrap();
        let (header, rows) = csv(&done.bytes);
        assert_eq!(header, ["id", "requestID", "who"]);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0][0], id);
    }
}

/// A plugin's outputs over the default columns of the CloudTrail record.
async fn plugged(
    outputs: &[(&'static str, OwnedValue)],
    inputs: &[&'static str],
) -> (Vec<String>, Vec<String>) {
    let store = of(&[CLOUDTRAIL]).await;
    let request = request(Format::Csv, NOW);
    let names: Vec<&str> = outputs.iter().map(|(name, _)| *name).collect();
    let values: Vec<OwnedValue> = outputs.iter().map(|(_, value)| value.clone()).collect();
    let start = || {
        let values = values.clone();
        Some(filter(inputs, &names, move |batch| {
            Ok(constant(batch, values.clone()))
        }))
    };
    let run = Run {
        filter: &start,
        ..Run::of(&request)
    };
    let (header, mut rows) = csv(&run.run(&store).await.unwrap().bytes);
    (header, rows.remove(0))
}

#[tokio::test]
async fn what_a_plugin_replaces_is_not_in_it() {
    // The session's name is in principalId too, which the plugin did not take.
    let (_, row) = plugged(&[("userName", text("(hidden)"))], &["userName"]).await;
    assert_eq!(row[1..3], ["(hidden)", "TerminateInstances"]);
    let (_, row) = plugged(&[("userName", OwnedValue::Absent)], &["userName"]).await;
    assert_eq!(row[1], "");
    // What is no record any more is shown as far as it goes.
    let hidden = [
        ("eventTime", text("(hidden)")),
        ("requestParameters", OwnedValue::Null),
        ("userIdentity", text("(hidden)")),
        ("errorCode", OwnedValue::Integer(7)),
    ];
    let (_, row) = plugged(
        &hidden,
        &[
            "eventTime",
            "requestParameters",
            "userIdentity",
            "errorCode",
        ],
    )
    .await;
    let expected = [
        "(hidden)",
        "",
        "TerminateInstances",
        "",
        "7",
        "ec2.amazonaws.com",
        "198.51.100.7",
        "",
        "eu-central-1",
        "queue",
        "e-cloudtrail",
    ];
    assert_eq!(row, expected);
}

#[tokio::test]
async fn what_a_plugin_adds_is_beside_it_or_in_its_place() {
    let (header, row) = plugged(
        &[("risk", OwnedValue::Integer(9)), ("result", text("bad"))],
        &["eventName"],
    )
    .await;
    assert_eq!(header.join(","), format!("{HEADER},risk"));
    assert_eq!((&*row[4], &*row[11]), ("bad", "9"));
    // A member of the record that it adds is the record's, in every column.
    let (header, row) = plugged(&[("sourceIPAddress", text("192.0.2.1"))], &["eventName"]).await;
    assert_eq!(header.last().unwrap(), "sourceIPAddress");
    assert_eq!((&*row[6], &*row[11]), ("192.0.2.1", "192.0.2.1"));
    let nested = value!({"instancesSet": {"items": [{"instanceId": "i-2"}]}}).to_string();
    let (_, row) = plugged(
        &[("requestParameters", OwnedValue::Json(nested))],
        &["eventName"],
    )
    .await;
    assert_eq!(row[3], "i-2");
}
