//! Counts of events, beside lookups of the same ones.

use std::collections::BTreeMap;

use activity_log_control::Permission;
use activity_log_core::instant::{Instant, MINUTE};
use activity_log_core::read::ReadLimits;
use activity_log_core::reader::ReadError;
use aws_sdk_cloudtrail::Client;
use serde_json::{Value, json};

use super::api::{Api, administrator};
use crate::stage::{NOW, Stage, record};

const HOUR: i64 = 60 * MINUTE;
/// Events of the account: every second of them two minutes older than the one before.
const EVENTS: i64 = 240;

/// The `n`th newest of them; every fifth is an error.
fn event(n: i64) -> Value {
    let mut event = record(n);
    event["eventTime"] = json!(NOW.plus_millis(-2 * MINUTE * (n / 2)).to_string());
    if n % 5 == 0 {
        event["errorCode"] = json!("AccessDenied");
    }
    event
}

/// An account whose events are rolled up in two steps, but for the newest.
async fn scene(stage: &Stage) -> (Api<'_>, Client) {
    let api = administrator(stage, "111122223333").await;
    let client = stage.client(&api.key);
    let events: Vec<Value> = (0..EVENTS).map(event).collect();
    let (newest, rest) = events.split_at(40);
    for part in rest.chunks(100) {
        stage.store(api.account, part).await;
        stage.roll_up(api.account).await;
    }
    stage.store(api.account, newest).await;
    (api, client)
}

/// As the CloudTrail protocol has a time: seconds with a fraction.
fn seconds(time: Instant) -> Value {
    serde_json::from_str(&format!("{}e-3", time.millis())).unwrap()
}

/// Events and errors of a lookup's whole answer, by the time their bucket begins.
async fn looked_up(stage: &Stage, client: &Client, asked: &Value) -> BTreeMap<String, (u64, u64)> {
    let filters = asked["filters"].as_array().cloned().unwrap_or_default();
    let attributes: Vec<Value> = filters
        .iter()
        .map(|one| json!({"AttributeKey": one["attribute"], "AttributeValue": one["value"]}))
        .collect();
    let time = |name: &str| Instant::parse(asked[name].as_str().unwrap()).unwrap();
    let (start, end) = (time("startTime"), time("endTime"));
    let width = asked["bucketSeconds"].as_i64().unwrap() * 1_000;
    let mut body = json!({
        "LookupAttributes": attributes, "MaxResults": 100,
        "StartTime": seconds(start), "EndTime": seconds(end),
    });
    let mut found: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    loop {
        let page = stage.call(client, "LookupEvents", &body).await;
        for event in page["Events"].as_array().unwrap() {
            let record: Value =
                serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap();
            let time = Instant::parse(record["eventTime"].as_str().unwrap()).unwrap();
            let bucket = (time.millis() - start.millis()) / width * width;
            let bucket = found.entry(start.plus_millis(bucket).to_string());
            let (events, errors) = bucket.or_default();
            *events += 1;
            *errors += u64::from(record["errorCode"].is_string());
        }
        match page["NextToken"].as_str() {
            Some(next) => body["NextToken"] = json!(next),
            None => return found,
        }
    }
}

/// Adds up the parts of an answer. Gives the sum, without empty buckets, and how many parts there were.
async fn counted(api: &Api<'_>, asked: &Value) -> (BTreeMap<String, (u64, u64)>, usize) {
    let mut sum: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut body = asked.clone();
    for parts in 1.. {
        let heard = api.post("/v1/events/counts", &body).await;
        assert_eq!(heard.status, 200, "{:?}", heard.body);
        for bucket in heard.body["buckets"].as_array().unwrap() {
            let start = bucket["startTime"].as_str().unwrap().to_owned();
            let (events, errors) = sum.entry(start).or_default();
            *events += bucket["events"].as_u64().unwrap();
            *errors += bucket["errors"].as_u64().unwrap();
        }
        let next = heard.body.get("next").cloned();
        assert_eq!(heard.body["complete"], next.is_none());
        let Some(next) = next else {
            sum.retain(|_, (events, _)| *events > 0);
            return (sum, parts);
        };
        if let Some(before) = body["next"].as_str() {
            assert!(Instant::parse(next.as_str().unwrap()) < Instant::parse(before));
        }
        for name in ["startTime", "endTime", "bucketSeconds"] {
            body[name] = heard.body[name].clone();
        }
        body["next"] = next;
    }
    unreachable!("an answer has an end")
}

fn questions() -> Vec<Value> {
    // The end is of the range: to the millisecond before is an even number of buckets.
    let (start, end) = (NOW.plus_millis(-5 * HOUR), NOW.plus_millis(-1));
    let (start, end) = (start.to_string(), end.to_string());
    let filters = [
        json!([]),
        json!([{"attribute": "EventName", "value": "RunInstances"}]),
        json!([{"attribute": "ReadOnly", "value": "true"}]),
        json!([{"attribute": "Username", "value": "alice"}, {"attribute": "ErrorCode", "value": "AccessDenied"}]),
        json!([{"attribute": "EventId", "value": event(77)["eventID"]}]),
        json!([{"attribute": "Username", "value": "nobody"}]),
    ];
    let mut questions = Vec::new();
    for filters in filters {
        for seconds in [150, 600, 3_600, 86_400] {
            questions.push(json!({
                "filters": filters, "startTime": start, "endTime": end, "bucketSeconds": seconds,
            }));
        }
        // Not from an hour to an hour, and only a part of the events.
        questions.push(json!({
            "filters": filters, "bucketSeconds": 77, "startTime": "2026-11-20T09:13:07Z", "endTime": "2026-11-20T10:02:00Z",
        }));
    }
    questions
}

#[tokio::test]
async fn counts_add_up_to_lookups() {
    let stage = Stage::new();
    let (api, client) = scene(&stage).await;
    for question in questions() {
        let (sum, parts) = counted(&api, &question).await;
        assert_eq!(parts, 1, "{question}");
        assert_eq!(
            sum,
            looked_up(&stage, &client, &question).await,
            "{question}"
        );
    }
    // All that is there, wherever it is.
    let (sum, _) = counted(&api, &json!({})).await;
    assert_eq!(sum.values().map(|(events, _)| events).sum::<u64>(), 240);
    assert_eq!(sum.values().map(|(_, errors)| errors).sum::<u64>(), 48);
}

#[tokio::test]
async fn what_takes_long_is_answered_in_parts_that_add_up() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let events: Vec<Value> = (0..EVENTS).map(event).collect();
    // A block each, more than are counted at once.
    for part in events.chunks(10).rev() {
        stage.store(api.account, part).await;
        stage.roll_up(api.account).await;
    }
    let question = json!({
        "startTime": NOW.plus_millis(-5 * HOUR).to_string(), "endTime": NOW.to_string(), "bucketSeconds": 600,
    });
    let (whole, parts) = counted(&api, &question).await;
    assert_eq!(parts, 1);
    stage.limit_reads(ReadLimits {
        requests: 1,
        half_units: 1,
        rounds: 1,
    });
    for filters in [
        json!([]),
        json!([{"attribute": "EventName", "value": "RunInstances"}]),
    ] {
        let mut question = question.clone();
        question["filters"] = filters;
        let (sum, parts) = counted(&api, &question).await;
        assert!(parts > 1, "nothing was cut");
        stage.limit_reads(ReadLimits::default());
        assert_eq!(sum, counted(&api, &question).await.0);
        stage.limit_reads(ReadLimits {
            requests: 1,
            half_units: 1,
            rounds: 1,
        });
    }
    // The defaults of an answer are told with it, and its next part is of the same buckets.
    let (sum, parts) = counted(&api, &json!({})).await;
    assert!(parts > 1, "nothing was cut");
    let events = |sum: &BTreeMap<_, (u64, u64)>| sum.values().map(|one| one.0).sum::<u64>();
    assert_eq!(events(&sum), events(&whole));
}

#[tokio::test]
async fn top_values_are_those_of_most_events() {
    let stage = Stage::new();
    let (api, _) = scene(&stage).await;
    let top = async |attribute: &str, count: u64| {
        let body =
            json!({"top": {"attribute": attribute, "count": count}, "bucketSeconds": 86_400});
        let heard = api.post("/v1/events/counts", &body).await;
        assert_eq!(heard.body["top"]["attribute"], attribute);
        heard.body["top"]["values"].clone()
    };
    let of = |value: &str, events: u64| json!({"value": value, "events": events});
    let names = [of("RunInstances", 216), of("DescribeInstances", 24)];
    assert_eq!(top("EventName", 5).await, json!(names));
    assert_eq!(top("EventName", 1).await, json!([names[0]]));
    assert_eq!(top("ErrorCode", 10).await, json!([of("AccessDenied", 48)]));
    assert_eq!(top("Project", 10).await, json!([]));
    let without = api.post("/v1/events/counts", &json!({})).await;
    assert!(without.body.get("top").is_none());
}

#[tokio::test]
async fn nobody_counts_another_account_s_events() {
    let stage = Stage::new();
    let (api, _) = scene(&stage).await;
    let other = administrator(&stage, "444455556666").await;
    let (sum, _) = counted(&other, &json!({})).await;
    assert!(sum.is_empty(), "{sum:?}");
    // What is older than the account's retention is not there, stored or not.
    let all = json!({"startTime": NOW.plus_millis(-HOUR).to_string(), "endTime": NOW.to_string(), "bucketSeconds": 3_600});
    assert_eq!(counted(&api, &all).await.0.len(), 2);
    stage.clock.advance(30 * 24 * HOUR - 3 * MINUTE);
    let (sum, _) = counted(&api, &all).await;
    let events: u64 = sum.values().map(|(events, _)| events).sum();
    assert!((1..=6).contains(&events), "{sum:?}");
    stage.clock.advance(HOUR);
    assert!(counted(&api, &all).await.0.is_empty());
}

#[tokio::test]
async fn a_bad_question_is_refused_by_field_and_rule() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    for (body, told) in [
        (
            json!({"bucketSeconds": 60}),
            "bucketSeconds: 60 make 43206 buckets of 2026-10-21T12:00:00Z to 2026-11-20T12:05:00Z; at most 120",
        ),
        (
            json!({"startTime": NOW.to_string(), "endTime": NOW.seconds() - 1}),
            "startTime: 2026-11-20T12:00:00Z is after endTime, 2026-11-20T11:59:59Z",
        ),
        (
            json!({"filters": [{"attribute": "ReadOnly", "value": "no"}]}),
            "filters[0].value: 'no'; ReadOnly is 'true' or 'false'",
        ),
        (
            json!({"top": {"attribute": "RequestId"}}),
            "top.attribute: 'RequestId' has another value in each event, or nearly so",
        ),
        (
            json!({"next": NOW.to_string()}),
            "next: needs startTime, endTime and bucketSeconds, as the answer before has them",
        ),
        (
            json!({"buckets": 5}),
            "buckets: unknown field `buckets`, expected one of `filters`, `where`, `startTime`, `endTime`, `bucketSeconds`, `top`, `next`",
        ),
    ] {
        let heard = api.post("/v1/events/counts", &body).await;
        assert_eq!(heard.refusal(), (400, "InvalidParameter", told), "{body}");
    }
    let heard = api.post("/v1/events/counts", &json!([])).await;
    assert_eq!((heard.status, heard.refusal().1), (400, "UnreadableBody"));
    let heard = api.post("/v1/events/counts?limit=1", &json!({})).await;
    let told = "query: 'limit': this call takes no query parameters";
    assert_eq!(heard.refusal(), (400, "InvalidParameter", told));
}

#[tokio::test]
async fn a_store_that_fails_or_slows_down_is_one_to_ask_again() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    stage.fail_once(ReadError::Throttled("slow down".into()));
    let heard = api.post("/v1/events/counts", &json!({})).await;
    let told = "Too many events are read now. Try again";
    assert_eq!(heard.refusal(), (429, "ThrottlingException", told));
    assert_eq!(heard.headers["retry-after"], "1");
    stage.fail_once(ReadError::Store("gone".into()));
    let heard = api.post("/v1/events/counts", &json!({})).await;
    assert_eq!(
        (heard.status, heard.refusal().1),
        (503, "ServiceUnavailable")
    );
    assert_eq!(api.post("/v1/events/counts", &json!({})).await.status, 200);
}

#[tokio::test]
async fn what_was_asked_is_told_in_the_account_s_log() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let nobody = Api {
        stage: &stage,
        key: stage
            .user(api.account, "bob", &[Permission::Producer])
            .await,
        account: api.account,
    };
    let body = json!({
        "filters": [{"attribute": "EventName", "value": "X"}], "top": {"attribute": "Username", "count": 3},
        "startTime": NOW.seconds(), "bucketSeconds": 60,
    });
    for (who, error) in [
        (&api, Value::Null),
        (&nobody, json!("AccessDeniedException")),
    ] {
        stage.calls.take();
        who.post("/v1/events/counts", &body).await;
        let [(account, record)] = &stage.calls.take()[..] else {
            panic!("one record of one call")
        };
        assert_eq!(*account, api.account);
        let record: Value = serde_json::from_str(record).unwrap();
        assert_eq!(
            (&record["eventName"], &record["readOnly"]),
            (&json!("CountEvents"), &json!(true))
        );
        assert_eq!(
            (&record["errorCode"], &record["responseElements"]),
            (&error, &Value::Null)
        );
        let mut asked = body.clone();
        asked["startTime"] = json!(NOW.to_string());
        assert_eq!(record["requestParameters"], asked);
    }
}

/// The example of `docs/api.md`, asked and answered as it stands there.
#[tokio::test]
async fn the_example_of_the_documentation_is_true() {
    let document = include_str!("../../../../../docs/api.md");
    let (_, section) = document.split_once("## `POST /v1/events/counts`").unwrap();
    let (_, asked) = section.split_once("--data '").unwrap();
    let asked: Value = serde_json::from_str(asked.split_once('\'').unwrap().0).unwrap();
    let (_, answer) = section.split_once("```json\n").unwrap();
    let answer: Value = serde_json::from_str(answer.split_once("```").unwrap().0).unwrap();
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let times = [
        ("09:00:00", "StopInstances"),
        ("09:10:00", "StopInstances"),
        ("09:20:00", "StopInstances"),
        ("09:59:59.999", "RunInstances"),
        ("11:00:00", "RunInstances"),
        ("11:30:00", "StopInstances"),
        ("11:59:59", "DeleteUser"),
        ("11:40:00", "DescribeInstances"),
        ("08:59:59.999", "RunInstances"),
        ("12:00:00", "RunInstances"),
    ];
    let events = (0..).zip(times).map(|(n, (time, name))| {
        let mut event = record(n);
        event["eventTime"] = json!(format!("2026-11-20T{time}Z"));
        event["eventName"] = json!(name);
        event["readOnly"] = json!(name == "DescribeInstances");
        if n == 1 {
            event["errorCode"] = json!("AccessDenied");
        }
        event
    });
    let events: Vec<Value> = events.collect();
    stage.store(api.account, &events).await;
    let heard = api.post("/v1/events/counts", &asked).await;
    assert_eq!(heard.body, answer);
    assert_eq!(asked, super::document::example("/v1/events/counts"));
}
