//! Requests that are wrong, by mistake or not.

use activity_log_core::instant::MINUTE;
use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use serde_json::json;

use crate::world::{DEFAULT, World, account, refusal, request};

async fn world() -> World {
    let world = World::at("2026-11-20T12:00:00Z");
    let record = |id: &str, project: &str| json!({"event_id": id, "timestamp": "2026-11-20T11:00:00Z", "action": "a", "source": "nova", "project_id": project});
    let records = [
        record("1", "p1"),
        record("2", "p1"),
        record("3", "p2"),
        record("4", "p2"),
    ];
    world.send(&records).await;
    world
}

async fn marker(world: &World) -> String {
    let page = world.get("p1", "limit=1&source=nova").await;
    page["marker"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_refusal_names_the_parameter_and_the_rule() {
    let world = world().await;
    let expected = [
        ("limit=0", "limit: '0' is not a whole number from 1 to 1000"),
        (
            "from=tomorrow",
            "from: 'tomorrow' is not RFC 3339, such as 2026-11-20T12:00:00Z",
        ),
        (
            "from=2026-11-20T12:00:00Z&to=2026-11-20T11:00:00Z",
            "from: 2026-11-20T12:00:00Z is after to, which is 2026-11-20T11:00:00Z",
        ),
        (
            "user=alice",
            "'user': unknown; the parameters are from, to, source, marker, limit",
        ),
        (
            "limit=5&limit=5",
            "limit: given twice in the query; send it once",
        ),
        (
            "source=%C3%28",
            "source: the value in the query is not UTF-8",
        ),
        (
            "marker=eyJ0bSI6MCwib2ZzIjo1LCJzcmMiOiJtYWdudW0iLCJXXXX",
            "marker: this service did not give it; send it exactly as it was given, or start again without it",
        ),
    ];
    for (query, message) in expected {
        let refused = world.refused(&request(DEFAULT, query)).await;
        assert_eq!(refused, (400, message.to_owned()), "{query}");
    }
    let mut request = request(DEFAULT, "limit=5");
    request
        .headers_mut()
        .insert("limit", HeaderValue::from_static("6"));
    let message = "limit: the query and the header differ; send it in one of them";
    assert_eq!(world.refused(&request).await, (400, message.to_owned()));
}

#[tokio::test]
async fn other_paths_and_methods_are_not_served() {
    let world = world().await;
    for method in [Method::POST, Method::HEAD, Method::PUT, Method::DELETE] {
        let request = Request::builder().method(method).uri("/v1/p1/logs");
        let refused = world.refused(&request.body(Bytes::new()).unwrap()).await;
        assert_eq!(refused, (405, "Only GET is served at this path".to_owned()));
    }
    let request = Request::get("/v1/p1/log").body(Bytes::new()).unwrap();
    let message = "Nothing is served at this path; an action log is at /v1/{project_id}/logs";
    assert_eq!(world.refused(&request).await, (404, message.to_owned()));
}

#[tokio::test]
async fn a_marker_is_good_for_an_hour() {
    let world = world().await;
    let query = format!("limit=1&source=nova&marker={}", marker(&world).await);
    world.wait(60 * MINUTE);
    assert_eq!(world.get("p1", &query).await["logs"][0]["event_id"], "1");
    world.wait(1);
    let served = world.serve(&request("p1", &query)).await;
    let message = "marker: it has expired; a marker lives for 60 minutes; start again without it";
    assert_eq!(refusal(&served), (400, message.to_owned()));
    assert_eq!(served.error.unwrap().name(), "MarkerExpired");
}

#[tokio::test]
async fn a_marker_is_good_for_what_it_was_given_for() {
    let world = world().await;
    let marker = marker(&world).await;
    let name = async |project: &str, query: &str| {
        let query = format!("{query}&marker={marker}");
        let served = world.serve(&request(project, &query)).await;
        served.error.map(|error| error.name())
    };
    assert_eq!(name("p1", "source=nova").await, None, "limit may change");
    assert_eq!(
        name("p2", "source=nova").await,
        Some("MarkerOfOtherProject")
    );
    for query in [
        "",
        "source=glance",
        "source=nova&from=2026-11-20T11:00:00Z",
        "source=nova&to=2026-11-20T11:00:00Z",
    ] {
        let refused = name("p1", query).await;
        assert_eq!(refused, Some("MarkerOfOtherParameters"), "{query}");
    }
    let cut = &marker[..marker.len() - 1];
    let served = world
        .serve(&request("p1", &format!("source=nova&marker={cut}")))
        .await;
    assert_eq!(served.error.unwrap().name(), "MarkerForged");
}

#[tokio::test]
async fn another_account_sees_nothing_and_its_markers_are_its_own() {
    let world = world().await;
    let marker = marker(&world).await;
    let stranger = account("999999999999");
    let served = world
        .serve_as(&stranger, &request("p1", "source=nova"))
        .await;
    assert_eq!(served.response.body(), r#"{"logs":[]}"#);
    let query = format!("source=nova&marker={marker}");
    let served = world.serve_as(&stranger, &request("p1", &query)).await;
    let message = "marker: it was given to another account; start again without it";
    assert_eq!(refusal(&served), (400, message.to_owned()));
}
