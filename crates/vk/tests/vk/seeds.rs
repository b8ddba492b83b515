//! VK's own examples, asked for as its document asks.

use serde_json::{Value, json};

use crate::world::{DEFAULT, World};

const AGENT: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/119.0";

fn magnum() -> [Value; 3] {
    let record = |id: &str, method: &str, time: &str| {
        json!({
            "action": "unknown", "event_id": id, "method": method, "request_body": "<BINARY_DATA>",
            "request_id": "req-05134dd5-XXXX-18b29ea5552e", "response_body": "<BINARY_DATA>", "source": "magnum",
            "success": "yes", "timestamp": time, "uri": "/infra/container/v1/nodegroups/XXXX-4eb4e8ec5de9",
            "user_agent": AGENT, "user_email": "XXXX@vk.team", "user_id": "d98c90595998426f9c69746f02aXXXX",
        })
    };
    let mut second = record(
        "00a5def3-XXXX-f0884f24798b",
        "PATCH",
        "2023-11-20T09:08:18Z",
    );
    second["request_body"] = json!("{\"delta\":-1}");
    second["response_body"] = json!("{\"uuid\": \"31a092d7-XXXX\"}");
    [
        record(
            "4f6ed6e5-XXXX-dcc2279ba39d",
            "DELETE",
            "2023-11-20T09:15:11Z",
        ),
        second,
        record("older", "DELETE", "2023-11-20T09:00:00Z"),
    ]
}

fn nova() -> [Value; 3] {
    let first = json!({
        "action": "create-vm", "event_id": "a2d05902-XXXX-60bce13de1f7", "method": "POST",
        "request_body": "{\"server\":{\"name\":\"BY-CentOS_prometheus\",\"key_name\":\"ADH-clusterXXXX\",XXXX}}",
        "request_id": "req-1d76a3f3-XXXX-b695d066e606",
        "response_body": "{\"server\": {\"security_groups\": [{\"name\": \"71d90a92-XXXX\"}, {\"name\": \"XXXX-aecb77b43bec\"}], XXXX}}",
        "source": "nova", "success": "yes", "timestamp": "2023-11-15T12:16:26Z", "uri": "/v2.1/servers",
        "user_agent": "axios/1.4.0", "user_email": "XXXX@vk.team", "user_id": "5f48556ef89444dbab8fa82669dXXXX",
    });
    let second = json!({
        "action": "vm-action", "event_id": "fc98d3d7-XXXX-c2c5fd8fe619", "method": "POST",
        "request_body": "{\"addFloatingIp\":{\"address\":\"XXXX\"}}", "request_id": "req-f358678d-XXXX-311861a4ff77",
        "response_body": "", "source": "nova", "success": "yes", "timestamp": "2023-11-15T09:43:41Z",
        "uri": "/v2.1/servers/c6be363f-f56c-XXXX/action",
        "user_agent": "HashiCorp Terraform/1.4.0-dev XXXX gophercloud/2.0.0", "user_id": "649a35d97fc64452b019a0809dXXXX",
    });
    let mut after_the_period = first.clone();
    after_the_period["event_id"] = json!("after");
    after_the_period["timestamp"] = json!("2023-11-15T16:43:00.478Z");
    [first, second, after_the_period]
}

/// Records as they are shown: as they came, and how.
fn told(records: &[Value]) -> Value {
    let mut records = records.to_vec();
    for record in &mut records {
        record["origin"] = json!("queue");
    }
    records.into()
}

async fn world() -> World {
    let world = World::at("2023-11-20T10:00:00Z");
    world.send(&magnum()).await;
    world.send(&nova()).await;
    world
}

#[tokio::test]
async fn the_latest_records_of_a_component() {
    let page = world()
        .await
        .get(DEFAULT, "source=magnum&limit=2&from=&to=")
        .await;
    assert_eq!(page["logs"], told(&magnum()[..2]));
    assert!(page["marker"].is_string(), "there is a third");
    let fields: Vec<_> = page.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["logs", "marker"]);
}

#[tokio::test]
async fn the_records_of_a_period() {
    let period = "source=nova&limit=2&from=2023-10-15T10:00:00.000Z&to=2023-11-15T16:43:00.477Z";
    let page = world().await.get(DEFAULT, period).await;
    assert_eq!(
        page,
        json!({"logs": told(&nova()[..2])}),
        "and no marker: these are all"
    );
}

#[tokio::test]
async fn the_marker_leads_through_all_records() {
    let world = World::at("2023-11-20T10:00:00Z");
    let records: Vec<Value> = (10..45)
        .map(|second| {
            let mut record = nova()[0].clone();
            record["event_id"] = json!(format!("e-{second}"));
            record["timestamp"] = json!(format!("2023-11-01T10:00:{second}Z"));
            record
        })
        .collect();
    world.send(&records).await;
    let period = "source=nova&limit=10&from=2023-10-15T10:00:00.000Z&to=2023-11-15T16:43:00.477Z";
    let mut sizes = vec![];
    let ids = world
        .walk(DEFAULT, period, |logs, _| sizes.push(logs.len()))
        .await;
    assert_eq!(sizes, [10, 10, 10, 5]);
    let expected: Vec<_> = (10..45).rev().map(|second| format!("e-{second}")).collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn the_older_document_s_example() {
    let records = [
        json!({
            "action": "create-floating-ip", "event_id": "9840e233-6717-44d3-af7d-7a68837ee893", "method": "POST",
            "request_body": "{}", "request_id": "req-6bee7f11-b233-430a-9c55-f476be373b23", "response_body": "{}",
            "source": "neutron", "success": "yes", "timestamp": "2021-07-16T13:13:20Z", "uri": "/v2.0/floatingips",
            "user_email": "example@mcs.mail.ru", "user_id": "d06lc1dd59bc22c4bc15d1de98d28119",
        }),
        json!({
            "action": "vm-action", "event_id": "7259205b-7u4e-4078-9ffc-zf15d2bd1a8f", "method": "POST",
            "request_body": "{}", "request_id": "req-8449b158-19bb-41b1-b0b4-e3522b9119f4", "response_body": "{}",
            "source": "new", "success": "yes", "timestamp": "2021-07-14T21:52:20Z",
            "uri": "/v2.1/servers/912gd12d9gd912/action", "user_email": "example@mcs.mail.ru",
            "user_id": "d06lc1dd59bc22c4bc15d1de98d28119",
        }),
    ];
    let world = World::at("2021-07-17T00:00:00Z");
    world.send(&records).await;
    let all = json!({"logs": told(&records)});
    assert_eq!(world.get(DEFAULT, "").await, all);
    let page = world.get(DEFAULT, "source=neutron").await;
    assert_eq!(page, json!({"logs": told(&records[..1])}));
}
