//! Messages of the events queue and of the imports queue.

use activity_log_control::Registry as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::stage::{EVENTS_QUEUE, NOW, Stage, account, gzip, record};

pub fn message(body: &Value, account: &str) -> Value {
    json!({"body": body.to_string(), "messageAttributes": text_attributes(&[("accountId", account)])})
}

pub fn text_attributes(attributes: &[(&str, &str)]) -> Value {
    attributes
        .iter()
        .map(|(name, value)| {
            let value = json!({"stringValue": value, "dataType": "String",
                "stringListValues": [], "binaryListValues": []});
            ((*name).to_owned(), value)
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[tokio::test]
async fn messages_that_are_not_stored_whole_are_given_again() {
    let stage = Stage::new().await;
    let zipped = STANDARD.encode(gzip(json!([record("z", 9)]).to_string().as_bytes()));
    let messages = [
        message(
            &json!({"Records": [record("a", 1), record("b", 2)]}),
            "111122223333",
        ),
        message(
            &json!([record("c", 3), record("old", 31 * 86_400)]),
            "111122223333",
        ),
        message(&json!([record("d", 4)]), "999999999999"),
        message(&json!([record("e", 5)]), "demo"),
        json!({"body": json!([record("f", 6)]).to_string()}),
        json!({"body": "hello", "messageAttributes": text_attributes(&[("accountId", "111122223333")])}),
        json!({"body": zipped, "messageAttributes":
            text_attributes(&[("accountId", "111122223333"), ("contentEncoding", "gzip")])}),
    ];
    assert_eq!(
        stage.deliver(EVENTS_QUEUE, &messages).await,
        ["m1", "m2", "m3", "m4", "m5"]
    );
    assert_eq!(stage.stored(account()).await, ["a", "b", "c", "z"]);
    // Given again in other company, what was stored is stored once more, and nobody sees it twice; the message fails for
    // the same record.
    assert_eq!(stage.deliver(EVENTS_QUEUE, &messages[..2]).await, ["m1"]);
    assert_eq!(stage.taken().events.events_accepted, 3);
    assert_eq!(stage.stored(account()).await.len(), 4);
    // In the same company it is known.
    assert_eq!(stage.deliver(EVENTS_QUEUE, &messages[..2]).await, ["m1"]);
    let again = stage.taken().events;
    assert_eq!((again.events_accepted, again.events_duplicate), (0, 3));
}

#[tokio::test]
async fn small_messages_of_an_account_become_one_arrival() {
    let stage = Stage::new().await;
    let messages: Vec<Value> = (0..20)
        .map(|number| message(&json!([record(&format!("e{number}"), 1)]), "111122223333"))
        .collect();
    assert!(stage.deliver(EVENTS_QUEUE, &messages).await.is_empty());
    assert_eq!(stage.stored(account()).await.len(), 20);
    assert_eq!(stage.app.store.all().len(), 1);
}

#[tokio::test]
async fn event_bridge_events_go_to_the_account_they_come_from_or_are_linked_to() {
    let stage = Stage::new().await;
    let linked = "444455556666".parse().unwrap();
    stage
        .control
        .link_source(account(), linked, NOW)
        .await
        .unwrap();
    let event = |account: &str, id: &str| {
        let body = json!({"version": "0", "id": "i", "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.ec2", "account": account, "time": "2026-11-20T12:00:00Z",
            "region": "eu-central-1", "resources": [], "detail": record(id, 1)});
        json!({"body": body.to_string()})
    };
    let messages = [
        event("111122223333", "a"),
        event("444455556666", "b"),
        event("777788889999", "c"),
    ];
    assert_eq!(stage.deliver(EVENTS_QUEUE, &messages).await, ["m2"]);
    assert_eq!(stage.stored(account()).await, ["b", "a"]);
}

/// What stands in a message may be read as nothing else: an array is no envelope.
#[tokio::test]
async fn an_array_is_no_envelope() {
    let stage = Stage::new().await;
    let detail = record("a", 1);
    let messages = [
        json!({"body": json!(["AWS API Call via CloudTrail", "111122223333", detail]).to_string()}),
        message(&json!([[detail]]), "111122223333"),
    ];
    assert_eq!(stage.deliver(EVENTS_QUEUE, &messages).await, ["m0", "m1"]);
    assert!(stage.stored(account()).await.is_empty());
}

#[tokio::test]
async fn records_without_an_id_are_counted_within_their_message() {
    let stage = Stage::new().await;
    let mut bare = record("x", 3);
    bare.as_object_mut().unwrap().remove("eventID");
    // The same message twice in one delivery, as a sender's retry makes it: two events, not four.
    let twice = message(&json!([bare, bare]), "111122223333");
    let failed = stage.deliver(EVENTS_QUEUE, &[twice.clone(), twice]).await;
    assert!(failed.is_empty());
    assert_eq!(stage.stored(account()).await.len(), 2);
}

#[tokio::test]
async fn more_bodies_than_fit_in_memory_are_stored_one_group_after_the_other() {
    let stage = Stage::new().await;
    let filler = " ".repeat(9 << 20);
    let messages: Vec<Value> = (0..4)
        .map(|number| {
            let body = format!("[{}{filler}]", record(&format!("e{number}"), 1));
            json!({"body": STANDARD.encode(gzip(body.as_bytes())), "messageAttributes":
                text_attributes(&[("accountId", "111122223333"), ("contentEncoding", "gzip")])})
        })
        .collect();
    assert!(stage.deliver(EVENTS_QUEUE, &messages).await.is_empty());
    assert_eq!(stage.stored(account()).await.len(), 4);
}
