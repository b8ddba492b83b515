//! Requests that bring events are calls too: allowed or denied, they are told of; over the limit they are counted.

use activity_log_control::{Limit, Permission, Registry as _, UnprovenCalls as _};
use serde_json::{Value, json};

use crate::stage::{Key, NOW, Stage, account, record};

fn told(stage: &Stage) -> Vec<Value> {
    let records = stage.calls.take().into_iter();
    let own = records.inspect(|(of, _)| assert_eq!(*of, account()));
    own.map(|(_, record)| serde_json::from_str(&record).unwrap())
        .collect()
}

#[tokio::test]
async fn a_batch_is_told_of_by_its_counts_and_not_by_its_events() {
    let stage = Stage::new().await;
    let key = stage.key("sender", &[Permission::Producer]).await;
    let body = json!([record("e1", 1), record("e1", 1), {"eventName": "NoTime"}]).to_string();
    let (status, _) = stage.post(&key, body.as_bytes(), &[]).await;
    assert_eq!(status, 207);
    let [event] = told(&stage).try_into().unwrap();
    assert_eq!(event["eventName"], "PutEvents");
    assert_eq!(event["readOnly"], false);
    assert_eq!(event["userIdentity"]["accessKeyId"], key.id);
    assert_eq!(event["requestParameters"], json!({"bodyBytes": body.len()}));
    let counts = json!({"Accepted": 1, "Duplicate": 1, "Rejected": 1, "Failed": 0});
    assert_eq!(event["additionalEventData"], counts);
    assert_eq!(event.get("errorCode"), None);
    assert_eq!(
        stage.stored(account()).await,
        ["e1"],
        "the queue brings the call's own event"
    );
}

#[tokio::test]
async fn a_request_of_which_nothing_is_stored_is_told_as_failed() {
    let stage = Stage::new().await;
    let key = stage.key("sender", &[Permission::Producer]).await;
    let body = json!([{"eventName": "NoTime"}]).to_string();
    assert_eq!(stage.post(&key, body.as_bytes(), &[]).await.0, 400);
    let [event] = told(&stage).try_into().unwrap();
    assert_eq!(event["errorCode"], "EventsRejected");
    assert_eq!(event["additionalEventData"]["Rejected"], 1);
}

#[tokio::test]
async fn who_may_not_send_is_told_of_and_a_stranger_is_not() {
    let stage = Stage::new().await;
    let nobody = stage.key("nobody", &[]).await;
    let body = json!([record("e1", 1)]).to_string();
    let (status, _) = stage.post(&nobody, body.as_bytes(), &[]).await;
    assert_eq!(status, 403);
    let [event] = told(&stage).try_into().unwrap();
    assert_eq!(event["errorCode"], "AccessDeniedException");
    let message = event["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("is not authorized to perform: activity-log:PutEvents, because it takes the permission producer"),
        "{message}"
    );
    let stranger = Key {
        id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret: nobody.secret.clone(),
    };
    assert_eq!(stage.post(&stranger, body.as_bytes(), &[]).await.0, 401);
    assert!(told(&stage).is_empty());
}

#[tokio::test]
async fn over_the_limit_requests_are_refused_counted_and_not_told_of() {
    let stage = Stage::new().await;
    let key = stage.key("sender", &[Permission::Producer]).await;
    let set = stage
        .control
        .set_limit(account(), Limit::IngestRate, Some(2));
    set.await.unwrap();
    for (number, expected) in [(1, 200), (2, 200), (3, 429)] {
        let body = json!([record(&format!("e{number}"), number)]).to_string();
        let (status, reply) = stage.post(&key, body.as_bytes(), &[]).await;
        assert_eq!(status, expected, "{reply}");
        assert_eq!(stage.taken().throttled_calls, u64::from(expected == 429));
    }
    assert_eq!(told(&stage).len(), 2);
}

#[tokio::test]
async fn what_cannot_be_recorded_is_counted_and_the_events_are_stored() {
    let stage = Stage::new().await;
    let key = stage.key("sender", &[Permission::Producer]).await;
    stage.calls.fail(true);
    let body = json!([record("e1", 1)]).to_string();
    assert_eq!(stage.post(&key, body.as_bytes(), &[]).await.0, 200);
    assert_eq!(stage.taken().unrecorded_calls, 1);
    assert_eq!(stage.stored(account()).await, ["e1"]);
}

#[tokio::test]
async fn of_who_did_not_show_who_they_are_no_more_than_so_often_and_nothing_of_theirs() {
    let stage = Stage::new().await;
    let key = stage.key("producer", &[Permission::Producer]).await;
    let wrong = Key {
        id: key.id,
        secret: "0123456789abcdef0123456789abcdef01234567".to_owned(),
    };
    let headers = [("content-encoding", "written-by-the-attacker")];
    let body = json!([{"eventName": "written-by-the-attacker"}]).to_string();
    for _ in 0..15 {
        let (status, _) = stage.post(&wrong, body.as_bytes(), &headers).await;
        assert_eq!((status, stage.taken().unknown_callers), (401, 0));
    }
    let told = stage.calls.take();
    assert_eq!(told.len(), 10);
    for (_, record) in told {
        assert!(!record.contains("written-by"), "{record}");
        let event: Value = serde_json::from_str(&record).unwrap();
        assert_eq!(event["requestParameters"], Value::Null);
        let size = json!({"RequestBytes": body.len()});
        assert_eq!(event["additionalEventData"], size);
    }
    let later = NOW.plus_millis(120_000);
    let untold = stage.control.untold(later, None, 10).await.unwrap();
    assert_eq!(untold.entries.len(), 1);
    assert_eq!(untold.entries[0].calls["PutEvents"], 5);

    let nobody = Key {
        id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret: wrong.secret,
    };
    let (status, _) = stage.post(&nobody, b"[]", &[]).await;
    assert_eq!((status, stage.taken().unknown_callers), (401, 1));
    assert_eq!(stage.calls.take(), []);
}
