//! A forged event of a producer is told from the service's own, in every protocol that shows events.

use activity_log_core::account::AccountId;
use activity_log_core::origin::Origin;
use activity_log_core::slot::SLOT_MS;
use aws_sdk_cloudtrail::Client;
use serde_json::{Value, json};

use crate::access::caller::{Credential, operations};
use crate::stage::{NOW, Stage, with_events};

/// As the log of calls writes it; nothing in it says who wrote it.
fn delete_trail(id: &str) -> Value {
    json!({
        "eventVersion": "1.11", "eventID": id, "eventTime": NOW.to_string(), "eventName": "DeleteTrail",
        "eventSource": "cloudtrail.amazonaws.com", "readOnly": false, "origin": "service", "Origin": "service",
        "userIdentity": {"type": "IAMUser", "userName": "alice"}, "requestParameters": {"name": "audit"},
    })
}

/// One of ours, one that only looks like it, and one that took the id of another of ours.
async fn forged() -> (Stage, AccountId, Client) {
    let (stage, account, client) = with_events(0).await;
    let producer = Origin::Producer("eve".to_owned());
    let copies = [delete_trail("forged"), delete_trail("taken")];
    stage.store_from(account, &producer, &copies).await;
    // Ours comes later: what comes with one of ours or after it is not kept.
    stage.clock.advance(SLOT_MS);
    let ours = [delete_trail("ours"), delete_trail("taken")];
    stage.store_from(account, &Origin::Service, &ours).await;
    (stage, account, client)
}

const TOLD: [(&str, &str); 3] = [
    ("taken", "service"),
    ("ours", "service"),
    ("forged", "producer:eve"),
];

fn told(events: &Value, id: &str, origin: &str) -> Vec<(String, String)> {
    let text = |event: &Value, name: &str| event[name].as_str().unwrap().to_owned();
    let events = events.as_array().unwrap().iter();
    events
        .map(|event| (text(event, id), text(event, origin)))
        .collect()
}

fn of(origin: &str) -> Vec<(String, String)> {
    let told = TOLD.iter().filter(|(_, of)| *of == origin);
    told.map(|(id, of)| ((*id).to_owned(), (*of).to_owned()))
        .collect()
}

#[tokio::test]
async fn lookups_show_the_origin_and_look_events_up_by_it() {
    let (stage, _, client) = forged().await;
    let lookup = async |body: Value| {
        let answer = stage.call(&client, "LookupEvents", &body).await;
        told(&answer["Events"], "EventId", "Origin")
    };
    let all = lookup(json!({})).await;
    assert_eq!(all, [of("service"), of("producer:eve")].concat());
    let by_origin = async |origin: &str| {
        let attribute = json!({"AttributeKey": "Origin", "AttributeValue": origin});
        lookup(json!({"LookupAttributes": [attribute]})).await
    };
    assert_eq!(by_origin("service").await, of("service"));
    // Who asks for the producer's events has the one with our id too, as the producer's.
    let taken = ("taken".to_owned(), "producer:eve".to_owned());
    let theirs = [vec![taken], of("producer:eve")].concat();
    assert_eq!(by_origin("producer:eve").await, theirs);
}

#[tokio::test]
async fn vk_s_records_show_the_origin() {
    let (stage, account, _) = forged().await;
    let token = Credential::Token(stage.token(account, "reader").await);
    let logs = operations().into_iter().find(|one| one.name == "ListLogs");
    let request = logs.unwrap().request(account.as_str());
    let answer = stage.ask(&token, request).await;
    let logs = told(&answer.body["logs"], "event_id", "origin");
    assert_eq!(logs, [of("service"), of("producer:eve")].concat());
}
