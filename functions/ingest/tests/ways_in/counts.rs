//! What an invocation counts, whichever way in it was.

use activity_log_control::Permission;
use activity_log_ingest::metrics::{Events, Taken};
use serde_json::{Value, json};

use crate::stage::{EVENTS_QUEUE, Key, Stage, gzip, record};

fn length(record: &Value) -> u64 {
    record.to_string().len() as u64
}

#[tokio::test]
async fn a_request_counts_its_events_and_the_bytes_of_those_accepted() {
    let stage = Stage::new().await;
    let key = stage.key("producer", &[Permission::Producer]).await;
    let (new, old) = (record("a", 1), record("b", 31 * 86_400));
    let body = gzip(json!([new, new, old, 7]).to_string().as_bytes());
    let (status, _) = stage
        .post(&key, &body, &[("content-encoding", "gzip")])
        .await;
    assert_eq!(status, 207);
    let expected = Taken {
        events: Events {
            events_accepted: 1,
            events_duplicate: 1,
            events_rejected: 2,
            bytes_accepted: length(&new),
            ..Events::default()
        },
        ..Taken::default()
    };
    assert_eq!(stage.taken(), expected);
    // Sent again at once, all of it is a duplicate.
    stage
        .post(&key, &body, &[("content-encoding", "gzip")])
        .await;
    let again = stage.taken().events;
    assert_eq!((again.events_accepted, again.bytes_accepted), (0, 0));
    assert_eq!((again.events_duplicate, again.events_rejected), (2, 2));
    // Read, and rejected to the last: no unreadable body.
    let (status, _) = stage.post(&key, b"[1, 2]", &[]).await;
    let expected = Taken {
        events: Events {
            events_rejected: 2,
            ..Events::default()
        },
        ..Taken::default()
    };
    assert_eq!((status, stage.taken()), (400, expected));
}

#[tokio::test]
async fn a_refused_request_counts_as_what_it_was_refused_for() {
    let stage = Stage::new().await;
    let producer = stage.key("producer", &[Permission::Producer]).await;
    let reader = stage.key("reader", &[Permission::Administrator]).await;
    let wrong = Key {
        id: producer.id.clone(),
        secret: "x".repeat(40),
    };
    let denied = Taken {
        denied_calls: 1,
        ..Taken::default()
    };
    let body = json!([record("a", 1)]).to_string();
    for key in [reader, wrong] {
        stage.post(&key, body.as_bytes(), &[]).await;
        assert_eq!(stage.taken(), denied);
    }
    let unreadable = Taken {
        unreadable_bodies: 1,
        ..Taken::default()
    };
    for (body, encoding) in [("hello", "identity"), ("[1]", "br"), ("[1]", "gzip")] {
        let headers = [("content-encoding", encoding)];
        stage.post(&producer, body.as_bytes(), &headers).await;
        assert_eq!(stage.taken(), unreadable, "{body} {encoding}");
    }
    stage
        .request(&producer, "GET", "/v1/events", b"", &[])
        .await;
    assert_eq!(stage.taken(), Taken::default());
}

#[tokio::test]
async fn a_batch_of_messages_counts_in_all() {
    let stage = Stage::new().await;
    let account = json!({"stringValue": "111122223333", "dataType": "String",
        "stringListValues": [], "binaryListValues": []});
    let message = |body: Value| json!({"body": body.to_string(), "messageAttributes": {"accountId": account}});
    let (first, second) = (record("a", 1), record("b", 2));
    let messages = [
        message(json!([first])),
        message(json!([second, first])),
        message(json!([record("c", 3), record("old", 31 * 86_400)])),
        json!({"body": "of nobody"}),
    ];
    stage.deliver(EVENTS_QUEUE, &messages).await;
    let expected = Taken {
        events: Events {
            events_accepted: 3,
            events_duplicate: 1,
            events_rejected: 1,
            bytes_accepted: length(&first) + length(&second) + length(&record("c", 3)),
            ..Events::default()
        },
        messages_failed: 2,
        ..Taken::default()
    };
    assert_eq!(stage.taken(), expected);
}
