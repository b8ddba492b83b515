//! `POST /v1/events`.

use activity_log_control::Permission;
use serde_json::{Value, json};

use crate::stage::{Key, Stage, account, gzip, record};

fn statuses(reply: &Value) -> Vec<&str> {
    let events = reply["events"].as_array().unwrap();
    events
        .iter()
        .map(|event| event["status"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn every_body_shape_is_stored_once() {
    let stage = Stage::new().await;
    let key = stage.key("producer", &[Permission::Producer]).await;
    let (a, b) = (record("a", 1), record("b", 2));
    let records = json!({"Records": [a, b]}).to_string();
    let (status, reply) = stage.post(&key, records.as_bytes(), &[]).await;
    assert_eq!(
        (status, statuses(&reply)),
        (200, vec!["accepted", "accepted"])
    );
    let same = [
        (records.clone().into_bytes(), None),
        (json!([b, a]).to_string().into_bytes(), None),
        (format!("{a}\n{b}\n").into_bytes(), None),
        (gzip(records.as_bytes()), Some(("content-encoding", "gzip"))),
    ];
    for (body, header) in same {
        let (status, reply) = stage.post(&key, &body, header.as_slice()).await;
        assert_eq!(
            (status, statuses(&reply)),
            (200, vec!["duplicate", "duplicate"])
        );
    }
    assert_eq!(stage.stored(account()).await, ["a", "b"]);
}

#[tokio::test]
async fn the_good_part_of_a_batch_is_stored() {
    let stage = Stage::new().await;
    let key = stage.key("producer", &[Permission::Producer]).await;
    let mut without_id = record("x", 3);
    without_id.as_object_mut().unwrap().remove("eventID");
    let body = json!([
        record("a", 1),
        7,
        record("old", 31 * 86_400),
        record("early", -301),
        without_id,
        record("a", 1)
    ]);
    let (status, reply) = stage.post(&key, body.to_string().as_bytes(), &[]).await;
    assert_eq!(status, 207);
    assert_eq!(
        statuses(&reply),
        [
            "accepted",
            "rejected",
            "rejected",
            "rejected",
            "accepted",
            "duplicate"
        ]
    );
    let reason = |index: usize| {
        let event = &reply["events"][index];
        (
            event["field"].as_str().unwrap(),
            event["rule"].as_str().unwrap(),
        )
    };
    assert_eq!(reason(1), ("record", "must be a JSON object"));
    assert_eq!(
        reason(2),
        ("eventTime", "older than the 30 days events are kept")
    );
    assert_eq!(
        reason(3),
        ("eventTime", "more than 5 minutes in the future")
    );
    let given = reply["events"][4]["eventID"].as_str().unwrap();
    assert_eq!(uuid::Uuid::parse_str(given).unwrap().get_version_num(), 7);
    assert_eq!(stage.stored(account()).await, ["a", given]);
    assert_eq!(
        (
            &reply["accepted"],
            &reply["duplicate"],
            &reply["rejected"],
            &reply["failed"]
        ),
        (&json!(2), &json!(1), &json!(3), &json!(0))
    );
    let (status, _) = stage.post(&key, b"[1,2]", &[]).await;
    assert_eq!(status, 400);
}

/// Body, headers, status, code.
type Case<'a> = (&'a [u8], &'a [(&'a str, &'a str)], u64, &'a str);

#[tokio::test]
async fn what_cannot_be_read_is_refused_whole_by_name() {
    let stage = Stage::new().await;
    let key = stage.key("producer", &[Permission::Producer]).await;
    let many = format!("[{}1]", "1,".repeat(10_000));
    let cases: [Case<'_>; 6] = [
        (b"hello", &[], 400, "UnreadableBody"),
        (b"", &[], 400, "UnreadableBody"),
        (
            b"[1]",
            &[("content-encoding", "br")],
            415,
            "UnsupportedEncoding",
        ),
        (
            b"[1]",
            &[("content-encoding", "GZIP")],
            400,
            "UnreadableBody",
        ),
        (
            &gzip(&vec![b' '; 17 << 20]),
            &[("content-encoding", "gzip")],
            413,
            "PayloadTooLarge",
        ),
        (many.as_bytes(), &[], 413, "PayloadTooLarge"),
    ];
    for (body, headers, status, code) in cases {
        let (answered, reply) = stage.post(&key, body, headers).await;
        assert_eq!(
            (answered, reply["error"]["code"].as_str().unwrap()),
            (status, code),
            "{reply}"
        );
    }
    let (status, reply) = stage.request(&key, "GET", "/v1/events", b"", &[]).await;
    assert_eq!(
        (status, reply["error"]["code"].as_str()),
        (405, Some("MethodNotAllowed"))
    );
    let (status, _) = stage.request(&key, "POST", "/v1/other", b"[]", &[]).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn only_producers_send() {
    let stage = Stage::new().await;
    let body = json!([record("a", 1)]).to_string();
    let reader = stage.key("reader", &[Permission::Administrator]).await;
    let nobody = stage.key("nobody", &[]).await;
    for key in [reader, nobody] {
        let (status, reply) = stage.post(&key, body.as_bytes(), &[]).await;
        assert_eq!(
            (status, reply["error"]["code"].as_str()),
            (403, Some("AccessDeniedException"))
        );
        let message = reply["error"]["message"].as_str().unwrap();
        assert!(
            message.contains("is not authorized to perform: activity-log:PutEvents, because it takes the permission producer"),
            "{message}"
        );
    }
    let key = stage.key("producer", &[Permission::Producer]).await;
    let wrong = Key {
        id: key.id.clone(),
        secret: "x".repeat(40),
    };
    let unknown = Key {
        id: "AKIAAAAAAAAAAAAAAAAA".to_owned(),
        secret: key.secret,
    };
    for (key, code) in [
        (wrong, "InvalidSignatureException"),
        (unknown, "UnrecognizedClientException"),
    ] {
        let (status, reply) = stage.post(&key, body.as_bytes(), &[]).await;
        assert_eq!((status, reply["error"]["code"].as_str()), (401, Some(code)));
    }
    assert!(stage.stored(account()).await.is_empty());
}

#[tokio::test]
async fn equal_records_without_an_id_stay_apart_across_batches_of_one_body() {
    let stage = Stage::new().await;
    let key = stage.key("producer", &[Permission::Producer]).await;
    let mut bare = record("x", 3);
    bare.as_object_mut().unwrap().remove("eventID");
    let mut records: Vec<Value> = (0..2_001).map(|n| record(&format!("e{n}"), 1)).collect();
    records.insert(0, bare.clone());
    records.push(bare);
    let (status, reply) = stage
        .post(&key, json!(records).to_string().as_bytes(), &[])
        .await;
    assert_eq!((status, &reply["accepted"]), (200, &json!(2_003)));
}
