//! Which events a project shows, of every dialect.

use activity_log_core::instant::{DAY, MINUTE};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::world::{DEFAULT, World, ids};

const TIME: &str = "2026-11-20T11:59:00Z";

fn vk(id: &str, source: &str, project: Option<&str>) -> Value {
    json!({"event_id": id, "timestamp": TIME, "action": "create-vm", "method": "POST", "source": source, "project_id": project})
}

fn cloudtrail(id: &str, source: &str) -> Value {
    json!({"eventID": id, "eventTime": TIME, "eventName": "RunInstances", "eventSource": source, "userIdentity": {"type": "Root"}})
}

fn k2(id: &str, project: Option<&str>) -> Value {
    json!({"eventID": id, "eventTime": TIME, "eventName": "RunInstances", "userName": "anna", "project": project})
}

async fn world() -> World {
    let world = World::at("2026-11-20T12:00:00Z");
    let records = [
        vk("a-vk", "nova", None),
        vk("b-vk", "nova", Some("p1")),
        vk("c-vk", "glance", Some(DEFAULT)),
        vk("d-vk", "ec2.amazonaws.com", Some("p1")),
        cloudtrail("e-aws", "ec2.amazonaws.com"),
        cloudtrail("f-aws", "s3.amazonaws.com"),
        k2("g-k2", None),
        k2("h-k2", Some("p2")),
    ];
    world.send(&records).await;
    world
}

async fn shown(world: &World, project: &str, query: &str) -> Vec<String> {
    ids(world.get(project, query).await["logs"].as_array().unwrap())
}

#[tokio::test]
async fn a_project_has_its_events_and_the_default_one_those_of_none() {
    let world = world().await;
    let all = ["g-k2", "f-aws", "e-aws", "c-vk", "a-vk"];
    assert_eq!(shown(&world, DEFAULT, "").await, all);
    assert_eq!(shown(&world, "p1", "").await, ["d-vk", "b-vk"]);
    assert_eq!(shown(&world, "p2", "").await, ["h-k2"]);
    assert!(shown(&world, "p3", "").await.is_empty());
}

#[tokio::test]
async fn a_source_is_what_the_record_shows() {
    let world = world().await;
    let sources = [
        (DEFAULT, "nova", &["a-vk"][..]),
        (DEFAULT, "ec2.amazonaws.com", &["e-aws"]),
        (DEFAULT, "ec2", &[]),
        (DEFAULT, "Nova", &[]),
        ("p1", "nova", &["b-vk"]),
        ("p1", "ec2.amazonaws.com", &["d-vk"]),
        ("p2", "nova", &[]),
    ];
    for (project, source, expected) in sources {
        let page = world.get(project, &format!("source={source}")).await;
        let logs = page["logs"].as_array().unwrap();
        assert_eq!(ids(logs), expected, "{project} {source}");
        assert!(logs.iter().all(|log| log["source"] == source), "{page}");
    }
}

#[tokio::test]
async fn parameters_are_headers_too() {
    let world = world().await;
    let request = Request::get(format!("/v1/{DEFAULT}/logs"))
        .header("From", "2026-11-20T11:00:00Z")
        .header("source", "s3.amazonaws.com")
        .header("limit", "1")
        .body(Bytes::new())
        .unwrap();
    let served = world.serve(&request).await;
    let page: Value = serde_json::from_slice(served.response.body()).unwrap();
    assert_eq!(ids(page["logs"].as_array().unwrap()), ["f-aws"]);
}

#[tokio::test]
async fn both_bounds_are_inclusive() {
    let world = world().await;
    let count = async |query: &str| shown(&world, "p1", query).await.len();
    assert_eq!(count(&format!("from={TIME}&to={TIME}")).await, 2);
    assert_eq!(count("from=2026-11-20T11:59:00.001Z").await, 0);
    assert_eq!(count("to=2026-11-20T11:58:59.999Z").await, 0);
    assert_eq!(count("to=9999-12-31T23:59:59Z").await, 2);
    assert_eq!(count("to=0001-01-01T00:00:00Z").await, 0);
}

#[tokio::test]
async fn events_are_shown_as_long_as_they_are_kept() {
    let mut world = world().await;
    world.wait(30 * DAY - MINUTE);
    assert_eq!(shown(&world, "p1", "").await.len(), 2);
    world.wait(1);
    assert_eq!(shown(&world, "p1", "").await.len(), 0);
    world.account.retention_override_days = Some(31);
    assert_eq!(shown(&world, "p1", "").await.len(), 2);
}
