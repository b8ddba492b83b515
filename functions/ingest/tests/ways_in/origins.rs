//! How events came is known from the way they took: nobody can say that they are ours, and nobody hides what is.

use activity_log_calls::Recorder;
use activity_log_calls::memory::MemoryCallLog;
use activity_log_control::{EndReason, EndedSession, Permission, Registry as _};
use activity_log_core::cursor::CursorKey;
use activity_log_core::query::{Attribute, Filter, Query};
use serde_json::{Value, json};

use crate::imports::notice;
use crate::queues::{message, text_attributes};
use crate::stage::{
    CALLS_DEAD_LETTERS, CALLS_QUEUE, EVENTS_QUEUE, NOW, Stage, account, gzip, record,
};

const ACCOUNT: &str = "111122223333";

fn claimed(body: &Value, origin: &str) -> Value {
    let attributes = text_attributes(&[("accountId", ACCOUNT), ("origin", origin)]);
    json!({"body": body.to_string(), "messageAttributes": attributes})
}

impl Stage {
    async fn origins(&self, query: &Query) -> Vec<(String, String)> {
        let found = self.found(account(), query).await.into_iter();
        found
            .map(|event| (event.position.id, event.origin))
            .collect()
    }
}

fn of_id(id: &str) -> Query {
    Query {
        filters: vec![Filter::is(Attribute::EventId, id)],
        ..Query::default()
    }
}

#[tokio::test]
async fn each_way_in_gives_its_origin() {
    let stage = Stage::new().await;
    let key = stage.key("sender", &[Permission::Producer]).await;
    let mut says_so = record("a-api", 1);
    says_so["origin"] = json!("service");
    let body = json!([says_so]).to_string();
    let (status, _) = stage.post(&key, body.as_bytes(), &[]).await;
    assert_eq!(status, 200);
    let envelope = json!({"version": "0", "id": "i", "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.ec2", "account": ACCOUNT, "time": "2026-11-20T12:00:00Z",
        "region": "eu-central-1", "resources": [], "detail": record("b-bridge", 1)});
    let events = [
        json!({"body": envelope.to_string()}),
        message(&json!([record("c-queue", 1)]), ACCOUNT),
        claimed(&json!([record("d-claims", 1)]), "service"),
    ];
    assert!(stage.deliver(EVENTS_QUEUE, &events).await.is_empty());
    let file = gzip(
        json!({"Records": [record("e-file", 1)]})
            .to_string()
            .as_bytes(),
    );
    let place = "AWSLogs/111122223333/CloudTrail/e.json.gz";
    stage.put(place, file);
    let (failed, _) = stage.import(&[notice(place)]).await;
    assert!(failed.is_empty());
    let calls = [
        claimed(&record("f-service", 1), "service"),
        claimed(&record("g-operator", 1), "operator"),
    ];
    assert!(stage.deliver(CALLS_QUEUE, &calls).await.is_empty());
    let again = [claimed(&record("h-redriven", 1), "service")];
    assert!(stage.deliver(CALLS_DEAD_LETTERS, &again).await.is_empty());
    let told = [
        ("h-redriven", "service"),
        ("g-operator", "operator"),
        ("f-service", "service"),
        ("e-file", "import"),
        ("d-claims", "queue"),
        ("c-queue", "queue"),
        ("b-bridge", "eventbridge"),
        ("a-api", "producer:sender"),
    ];
    let told = told.map(|(id, origin)| (id.to_owned(), origin.to_owned()));
    assert_eq!(stage.origins(&Query::default()).await, told);
}

#[tokio::test]
async fn the_calls_queue_takes_our_own_events_only() {
    let stage = Stage::new().await;
    let envelope = json!({"detail-type": "x", "account": ACCOUNT, "detail": record("e", 1)});
    let messages = [
        message(&json!([record("a", 1)]), ACCOUNT),
        claimed(&json!([record("b", 1)]), "queue"),
        claimed(&json!([record("c", 1)]), "producer:eve"),
        claimed(&json!([record("d", 1)]), "Service"),
        json!({"body": envelope.to_string(), "messageAttributes": text_attributes(&[("origin", "service")])}),
    ];
    let failed = stage.deliver(CALLS_QUEUE, &messages).await;
    assert_eq!(failed, ["m0", "m1", "m2", "m3", "m4"]);
    assert!(stage.stored(account()).await.is_empty());
}

/// Whoever is linked to an AWS account gets its events, but none of what we tell of an account of that id.
#[tokio::test]
async fn our_own_events_follow_no_link() {
    let stage = Stage::new().await;
    let linked = "444455556666";
    let link = stage
        .control
        .link_source(account(), linked.parse().unwrap(), NOW);
    link.await.unwrap();
    let mut own = claimed(&json!([record("a", 1)]), "operator");
    own["messageAttributes"]["accountId"]["stringValue"] = json!(linked);
    let queued = [message(&json!([record("b", 1)]), linked)];
    assert!(stage.deliver(EVENTS_QUEUE, &queued).await.is_empty());
    assert_eq!(stage.deliver(CALLS_QUEUE, &[own]).await, ["m0"]);
    assert_eq!(stage.stored(account()).await, ["b"]);
}

/// The end of a session, as the log of calls tells it.
async fn session_end() -> String {
    let log = MemoryCallLog::new();
    let ended = EndedSession {
        id: "0123456789abcdef0123".parse().unwrap(),
        account: account(),
        user: "alice".parse().unwrap(),
        access_key_id: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(),
        ended: NOW.plus_millis(-1_000),
        reason: EndReason::Timeout,
    };
    let recorder = Recorder::new(log.clone(), "eu-central-1");
    let key = CursorKey::new([7; 32]);
    recorder.record_end(&ended, &key).await.unwrap();
    log.take().remove(0).1
}

#[tokio::test]
async fn a_producer_with_the_very_id_of_an_event_of_ours_hides_nothing() {
    let own = [
        session_end().await,
        json!({"eventVersion": "1.11", "eventID": "o-1", "eventTime": NOW.to_string(), "eventName": "DeleteTrail",
            "eventSource": "cloudtrail.amazonaws.com", "readOnly": false, "requestParameters": {"name": "audit"}})
        .to_string(),
    ];
    for record in own {
        let ours: Value = serde_json::from_str(&record).unwrap();
        let id = ours["eventID"].as_str().unwrap();
        let mut forged = ours.clone();
        forged["eventName"] = json!("ListTrails");
        forged["readOnly"] = json!(true);
        // To the byte as ours, and as something else; before it and after it.
        for forged in [&ours, &forged] {
            for is_first in [true, false] {
                let stage = Stage::new().await;
                let key = stage.key("eve", &[Permission::Producer]).await;
                let body = json!([forged]).to_string();
                let send = async || stage.post(&key, body.as_bytes(), &[]).await.1;
                if is_first {
                    assert_eq!(send().await["accepted"], 1);
                }
                let call = json!({"body": &record, "messageAttributes":
                    text_attributes(&[("accountId", ACCOUNT), ("origin", "service")])});
                let call = [call];
                assert!(stage.deliver(CALLS_QUEUE, &call).await.is_empty());
                let again = if is_first { "duplicate" } else { "accepted" };
                assert_eq!(send().await[again], 1);
                for query in [Query::default(), of_id(id)] {
                    let found = stage.found(account(), &query).await;
                    assert_eq!(found.len(), 1);
                    assert_eq!(found[0].origin, "service");
                    assert_eq!(found[0].record, record);
                }
            }
        }
    }
}

/// Its id is known for the minutes until CloudTrail has written the file.
#[tokio::test]
async fn a_producer_with_the_id_of_an_event_in_a_file_on_its_way_does_not_keep_it_out() {
    let stage = Stage::new().await;
    let key = stage.key("mallory", &[Permission::Producer]).await;
    let mut harmless = record("a", 1);
    harmless["eventName"] = json!("DescribeInstances");
    let body = json!([harmless]).to_string();
    let (_, reply) = stage.post(&key, body.as_bytes(), &[]).await;
    assert_eq!(reply["accepted"], 1);
    let place = "AWSLogs/111122223333/CloudTrail/a.json.gz";
    let file = json!({"Records": [record("a", 1)]}).to_string();
    stage.put(place, gzip(file.as_bytes()));
    let (failed, imported) = stage.import(&[notice(place)]).await;
    assert!(failed.is_empty());
    let events = imported.events;
    assert_eq!((events.events_accepted, events.events_duplicate), (1, 0));
    let (_, reply) = stage.post(&key, body.as_bytes(), &[]).await;
    assert_eq!(reply["duplicate"], 1);
    for query in [Query::default(), of_id("a")] {
        let found = stage.found(account(), &query).await;
        assert_eq!(found.len(), 1);
        assert_eq!(
            (&*found[0].origin, &*found[0].name),
            ("import", "StopInstances")
        );
    }
}
