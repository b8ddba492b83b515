//! Lookups by our REST API, beside the records that were stored.

use activity_log_core::instant::{DAY, Instant, MINUTE};
use activity_log_core::read::ReadLimits;
use activity_log_core::reader::ReadError;
use serde_json::{Value, json};

use super::api::{Api, Heard, administrator};
use crate::stage::{NOW, RETENTION_DAYS, Stage, id, record};

const PATH: &str = "/v1/events/lookup";
const EVENTS: i64 = 120;

/// The `n`th newest: some of them failed, some have parameters of their own, and some nobody's name.
fn event(n: i64) -> Value {
    let mut event = record(n);
    if n % 4 == 0 {
        event["errorCode"] = json!(if n % 8 == 0 {
            "AccessDenied"
        } else {
            "NoSuchKey"
        });
    }
    if n % 5 == 1 {
        event["requestParameters"] = json!({"bucketName": format!("prod-{n}")});
    }
    if n % 7 == 2 {
        event["userIdentity"] = json!({"type": "AWSService"});
    }
    event
}

/// An account whose events are rolled up, but for the newest.
async fn scene(stage: &Stage) -> Api<'_> {
    let api = administrator(stage, "111122223333").await;
    let events: Vec<Value> = (0..EVENTS).map(event).collect();
    let (newest, rest) = events.split_at(30);
    stage.store(api.account, rest).await;
    stage.roll_up(api.account).await;
    stage.store(api.account, newest).await;
    api
}

/// Every page of an answer, and how many there were.
async fn pages(api: &Api<'_>, asked: &Value) -> (Vec<Value>, usize) {
    let (mut events, mut body) = (Vec::new(), asked.clone());
    let mut scanned = NOW.plus_millis(DAY);
    for pages in 1.. {
        let heard = api.post(PATH, &body).await;
        assert_eq!(heard.status, 200, "{heard:?}");
        events.extend(heard.body["events"].as_array().unwrap().iter().cloned());
        let now = Instant::parse(heard.body["scannedTo"].as_str().unwrap()).unwrap();
        assert!(now <= scanned, "{now} {scanned}");
        scanned = now;
        if heard.body["next"].is_null() {
            return (events, pages);
        }
        body["next"] = heard.body["next"].clone();
    }
    unreachable!("an answer has an end")
}

fn ids(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect()
}

/// Whether a record is in an answer.
type Holds = fn(&Value) -> bool;

fn who(event: &Value) -> Option<&str> {
    event["userIdentity"]["userName"].as_str()
}

#[tokio::test]
async fn what_is_asked_is_found_as_by_looking_at_each_record() {
    let stage = Stage::new();
    let api = scene(&stage).await;
    let questions: [(Value, Holds); 13] = [
        (json!([]), |_| true),
        (json!(["who=alice"]), |one| who(one) == Some("alice")),
        (json!(["who!=alice"]), |one| who(one) != Some("alice")),
        (json!(["Username="]), |one| who(one).is_none()),
        (json!(["EventName in (DescribeInstances, X)"]), |one| {
            one["eventName"] == "DescribeInstances"
        }),
        (json!(["result!=ok"]), |one| one["errorCode"].is_string()),
        (json!(["result=ok", "readOnly=false"]), |one| {
            one["errorCode"].is_null() && one["readOnly"] == false
        }),
        (json!(["errorCode^~=accessd"]), |one| {
            one["errorCode"] == "AccessDenied"
        }),
        (json!(["resource!*=i-1"]), |one| {
            one["resources"][0]["ARN"] != "arn:aws:ec2:::i-1"
        }),
        (json!(["requestParameters.bucketName^=prod-1"]), |one| {
            let name = one["requestParameters"]["bucketName"].as_str();
            name.is_some_and(|name| name.starts_with("prod-1"))
        }),
        (
            json!(["requestParameters.bucketName!=prod-1", "who=bob"]),
            |one| one["requestParameters"]["bucketName"] != "prod-1" && who(one) == Some("bob"),
        ),
        (json!(["userAgent^=aws-cli/2.17"]), |_| true),
        (json!(["id=event-999995,event-999950"]), |one| {
            ["event-999995", "event-999950"].contains(&one["eventID"].as_str().unwrap())
        }),
    ];
    let all: Vec<Value> = (0..EVENTS).map(event).collect();
    for (texts, holds) in questions {
        let expected: Vec<&Value> = all.iter().filter(|one| holds(one)).collect();
        for limit in [7, 50, 1_000] {
            let (found, _) = pages(&api, &json!({"where": texts, "limit": limit})).await;
            let records: Vec<&Value> = found.iter().map(|one| &one["record"]).collect();
            assert_eq!(records, expected, "{texts} in pages of {limit}");
        }
    }
}

#[tokio::test]
async fn filters_say_the_same_as_texts() {
    let stage = Stage::new();
    let api = scene(&stage).await;
    let texts = json!({"where": ["EventName=RunInstances,X", "who!~=ALICE", "ErrorCode!=", "requestParameters="]});
    let filters = json!({"filters": [
        {"attribute": "EventName", "equals": ["RunInstances", "X"]},
        {"attribute": "Username", "notEquals": "ALICE", "ignoreCase": true},
        {"attribute": "ErrorCode", "exists": true},
        {"field": "requestParameters", "exists": false},
    ]});
    let (found, _) = pages(&api, &texts).await;
    assert!(found.len() > 10 && found.len() < 30, "{}", found.len());
    assert_eq!(pages(&api, &filters).await.0, found);
    let counted = json!({"where": ["EventName=RunInstances,X", "who!~=ALICE", "result!=ok"], "bucketSeconds": 86_400});
    let counted = api.post("/v1/events/counts", &counted).await;
    let buckets = counted.body["buckets"].as_array().unwrap();
    let sum: u64 = buckets
        .iter()
        .map(|one| one["events"].as_u64().unwrap())
        .sum();
    let expected = (0..EVENTS).map(event).filter(|one| {
        one["eventName"] == "RunInstances"
            && who(one) != Some("alice")
            && one["errorCode"].is_string()
    });
    assert_eq!(sum, expected.count() as u64);
}

#[tokio::test]
async fn an_event_is_told_in_eleven_words_and_as_it_came() {
    let stage = Stage::new();
    let api = scene(&stage).await;
    let heard = api.post(PATH, &json!({"limit": 1})).await;
    let first = &heard.body["events"][0];
    let mut told = first.clone();
    let record = told.as_object_mut().unwrap().remove("record").unwrap();
    assert_eq!(record, event(0));
    assert_eq!(
        told,
        json!({
            "time": "2026-11-20T12:00:00Z", "who": "alice", "action": "RunInstances",
            "resource": "arn:aws:ec2:::i-0", "result": "AccessDenied", "source": "ec2.amazonaws.com",
            "address": "192.0.2.7", "project": null, "region": "us-east-1", "origin": "queue",
            "id": id(0), "readOnly": false,
        })
    );
    let one = api.get(&format!("/v1/events/{}", id(77))).await;
    assert_eq!((one.status, &one.body["record"]), (200, &event(77)));
    let refused = api.get("/v1/events/no%20such").await;
    let (status, code, message) = refused.refusal();
    assert_eq!((status, code), (404, "EventNotFound"));
    let told = "No event with the id 'no%20such' is kept; events from before 2026-10-21T12:0";
    assert!(message.starts_with(told), "{message}");
    assert_eq!(api.get(PATH).await.status, 405);
    // Nobody else finds it, and nobody once it is too old.
    let other = administrator(&stage, "444455556666").await;
    let path = format!("/v1/events/{}", id(77));
    assert_eq!(other.get(&path).await.status, 404);
    assert_eq!(pages(&other, &json!({})).await.0, [] as [Value; 0]);
    stage.clock.advance(i64::from(RETENTION_DAYS) * DAY);
    assert_eq!(api.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_token_is_of_its_question_its_account_and_an_hour() {
    let stage = Stage::new();
    let api = scene(&stage).await;
    let body = json!({"where": ["who=bob", "userAgent^=aws-cli/"], "limit": 3});
    let heard = api.post(PATH, &body).await;
    let next = heard.body["next"].as_str().unwrap();
    let with = |mut body: Value, changes: Value| {
        body["next"] = json!(next);
        let changes = changes.as_object().cloned().unwrap_or_default();
        body.as_object_mut().unwrap().extend(changes);
        body
    };
    let refused = |heard: &Heard| (heard.status, heard.refusal().2.to_owned());
    let forged = "next: the token is not one this service gave for these parameters".to_owned();
    for changes in [
        json!({"where": ["who=bob", "userAgent^=aws-cli"]}),
        json!({"where": ["who!=bob", "userAgent^=aws-cli/"]}),
        json!({"startTime": 5}),
        json!({"next": "x"}),
    ] {
        let heard = api.post(PATH, &with(body.clone(), changes)).await;
        assert_eq!(refused(&heard), (400, forged.clone()));
    }
    let other = administrator(&stage, "444455556666").await;
    let heard = other.post(PATH, &with(body.clone(), json!({}))).await;
    assert_eq!(refused(&heard), (400, forged));
    // The same in other words, and another limit.
    let same = json!({"where": ["userName = bob", "userAgent ^= aws-cli/"], "limit": 1_000});
    let heard = api.post(PATH, &with(body.clone(), same)).await;
    assert_eq!((heard.status, &heard.body["next"]), (200, &Value::Null));
    stage.clock.advance(61 * MINUTE);
    let heard = api.post(PATH, &with(body, json!({}))).await;
    let expired = "next: the token has expired; tokens live for 1 hour".to_owned();
    assert_eq!(refused(&heard), (400, expired));
}

#[tokio::test]
async fn a_page_that_takes_too_long_ends_early_and_goes_on() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let events: Vec<Value> = (0..EVENTS).map(event).collect();
    for part in events.chunks(10).rev() {
        stage.store(api.account, part).await;
        stage.roll_up(api.account).await;
    }
    for texts in [
        json!(["who!*=c"]),
        json!(["requestParameters.bucketName=prod-116"]),
    ] {
        let question = json!({"where": texts, "limit": 1_000});
        let (whole, _) = pages(&api, &question).await;
        stage.limit_reads(ReadLimits {
            requests: 1,
            half_units: 1,
            rounds: 1,
        });
        let (parts, count) = pages(&api, &question).await;
        assert!(count > 3, "nothing was cut");
        assert_eq!(ids(&parts), ids(&whole));
        stage.limit_reads(ReadLimits::default());
    }
}

#[tokio::test]
async fn who_asks_for_a_field_that_no_event_has_is_told() {
    let stage = Stage::new();
    let api = scene(&stage).await;
    let filter = json!({"filters": [{"field": "username", "equals": "alice"}]});
    let heard = api.post(PATH, &filter).await;
    assert_eq!((heard.status, &heard.body["events"]), (200, &json!([])));
    let told =
        "condition on field 'username': no event that was looked at has it; did you mean Username?";
    assert_eq!(heard.body["warnings"], json!([told]));
    let heard = api
        .post(PATH, &json!({"where": ["who=alice", "userAgent^=aws"]}))
        .await;
    assert_eq!(heard.body["warnings"], json!([]));
}

#[tokio::test]
async fn a_bad_question_is_refused_by_field_and_rule() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    for (body, told) in [
        (
            json!({"order": "oldest"}),
            "order: 'oldest'; only newest is served: the newest event first",
        ),
        (json!({"limit": 1_001}), "limit: 1001; 1 to 1000"),
        (
            json!({"where": ["who=a", "EventNam=x"]}),
            "where[1]: 'EventNam=x', column 1: no event has a field EventNam; did you mean EventName? (.EventNam is a field \
             of the record, whatever it is called)",
        ),
        (
            json!({"maxResults": 5}),
            "maxResults: unknown field `maxResults`, expected one of `filters`, `where`, `startTime`, `endTime`, `order`, \
             `limit`, `next`",
        ),
    ] {
        let heard = api.post(PATH, &body).await;
        assert_eq!(heard.refusal(), (400, "InvalidParameter", told), "{body}");
    }
    stage.fail_once(ReadError::Throttled("slow down".into()));
    let heard = api.post(PATH, &json!({})).await;
    assert_eq!(
        (heard.status, heard.refusal().1),
        (429, "ThrottlingException")
    );
}
