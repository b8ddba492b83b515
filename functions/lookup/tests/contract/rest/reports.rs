//! Reports are asked for, listed and looked at.

use activity_log_core::instant::DAY;
use activity_log_core::reports::{Failure, State, WorkMessage};
use serde_json::json;

use super::api::{administrator, now_text};
use super::document::example;
use crate::stage::{NOW, RETENTION_DAYS, Stage};

#[tokio::test]
async fn a_report_is_queued_and_shown() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let made = api.post("/v1/reports", &json!({"format": "csv"})).await;
    assert_eq!(made.status, 201);
    let id = made.id();
    assert_eq!(made.headers["location"], format!("/v1/reports/{id}"));
    assert_eq!(made.headers["cache-control"], "no-store");
    let horizon = NOW.plus_millis(-i64::from(RETENTION_DAYS) * DAY);
    let wanted = json!({
        "id": id, "state": "queued", "format": "csv", "createdAt": now_text(), "createdBy": "alice",
        "startTime": horizon.to_string(), "endTime": now_text(), "filters": [], "where": [], "columns": [],
        "percent": 0, "scanned": 0, "matched": 0, "rows": 0, "warnings": [],
    });
    assert_eq!(made.body, wanted);
    let message = WorkMessage::Report {
        account: api.account,
        id: id.parse().unwrap(),
    };
    assert_eq!(stage.queue.take(), [message]);
    let shown = api.get(&format!("/v1/reports/{id}")).await;
    assert_eq!((shown.status, &shown.body), (200, &wanted));
    let listed = api.get("/v1/reports").await;
    assert_eq!(listed.body, json!({"reports": [wanted]}));
}

#[tokio::test]
async fn everything_that_is_asked_for_is_kept_as_it_was_asked() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let plugin = api.plugin("no-mfa", "1.0.0").await;
    let mut asked = example("/v1/reports");
    asked["plugin"]["parameters"] = json!({"zone": "UTC", "hours": "9-17"});
    asked["endTime"] = json!("2026-11-20T11:00:00+01:00");
    let made = api.post("/v1/reports", &asked).await;
    assert_eq!(made.status, 201, "{made:?}");
    for name in ["format", "filters", "columns", "startTime"] {
        assert_eq!(made.body[name], asked[name], "{name}");
    }
    assert_eq!(made.body["endTime"], "2026-11-20T10:00:00Z");
    assert_eq!(
        made.body["plugin"],
        json!({
            "id": plugin.to_string(), "name": "no-mfa", "version": "1.0.0", "sha256": "ab".repeat(32),
            "parameters": {"zone": "UTC", "hours": "9-17"}, "fuel": 1_000_000_000_000_u64,
        })
    );
    let stored = api.stored(&made.id()).await.unwrap();
    assert_eq!(stored.request.plugin.unwrap().id, plugin);
    assert_eq!(
        (
            stored.request.filters.len(),
            stored.request.conditions.len()
        ),
        (1, 1)
    );
}

/// Without a version it is the newest upload, which need not have the highest number.
#[tokio::test]
async fn a_plugin_is_named_by_id_by_name_or_by_name_and_version() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let two = api.plugin("no-mfa", "2.0.0").await.to_string();
    let one = api.plugin("no-mfa", "1.0.1").await.to_string();
    api.plugin("other", "3.0.0").await;
    for (plugin, wanted) in [
        (json!({"name": "no-mfa"}), &one),
        (json!({"name": "no-mfa", "version": "2.0.0"}), &two),
        (json!({"id": two}), &two),
    ] {
        let mut plugin = plugin;
        plugin["parameters"] = json!({"zone": "UTC"});
        let made = api
            .post("/v1/reports", &json!({"format": "json", "plugin": plugin}))
            .await;
        assert_eq!(made.body["plugin"]["id"], **wanted, "{made:?}");
        assert_eq!(made.body["plugin"].get("fuel"), None);
        api.delete(&format!("/v1/reports/{}", made.id())).await;
    }
}

#[tokio::test]
async fn the_list_is_newest_first_and_shows_each_state() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let body = json!({"format": "xlsx"});
    let failed = api.queued(&body).await.id();
    api.work(&failed, |report| {
        let error = Failure::new("TooLarge", "Choose CSV");
        report.state = State::Failed {
            finished: NOW,
            error,
        };
    })
    .await;
    let ready = api.queued(&body).await.id();
    api.finish(&ready).await;
    let generating = api.queued(&body).await.id();
    api.work(&generating, |report| {
        report.state = State::Generating;
        report.progress.percent = 40;
        report.progress.scanned = 3;
    })
    .await;
    let queued = api.queued(&body).await.id();
    let list = api.get("/v1/reports").await.body;
    let shown: Vec<_> = list["reports"].as_array().unwrap().iter().collect();
    let states: Vec<_> = shown
        .iter()
        .map(|one| (&one["id"], &one["state"]))
        .collect();
    let wanted = [
        (&json!(queued), &json!("queued")),
        (&json!(generating), &json!("generating")),
        (&json!(ready), &json!("ready")),
        (&json!(failed), &json!("failed")),
    ];
    assert_eq!(states, wanted);
    assert_eq!(
        (&shown[1]["percent"], &shown[1]["scanned"]),
        (&json!(40), &json!(3))
    );
    assert_eq!(
        (&shown[2]["percent"], &shown[2]["sizeBytes"]),
        (&json!(100), &json!(7))
    );
    assert_eq!(
        shown[3]["error"],
        json!({"code": "TooLarge", "message": "Choose CSV"})
    );
}

#[tokio::test]
async fn a_report_that_cannot_be_queued_is_none() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    stage.queue.fail(true);
    // More than may be at once: none of them takes a place.
    for _ in 0..3 {
        let heard = api.post("/v1/reports", &json!({"format": "csv"})).await;
        let told = "The request could not be answered now. Try again";
        assert_eq!(heard.refusal(), (503, "ServiceUnavailable", told));
    }
    assert_eq!(api.get("/v1/reports").await.body, json!({"reports": []}));
    stage.queue.fail(false);
    api.queued(&json!({"format": "csv"})).await;
}

/// Only the queue's answer was lost.
#[tokio::test]
async fn a_report_that_is_being_built_already_was_queued() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    stage.queue.fail(true);
    stage.rival.then(|report| report.state = State::Generating);
    let made = api.post("/v1/reports", &json!({"format": "csv"})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let list = api.get("/v1/reports").await.body;
    assert_eq!(list["reports"].as_array().unwrap().len(), 1);
    assert_eq!(list["reports"][0]["id"], made.id());
}
