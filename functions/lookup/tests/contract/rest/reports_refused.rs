//! Requests for reports that are refused, and what is said of them.

use activity_log_control::PluginWriter as _;
use activity_log_core::instant::DAY;
use activity_log_core::plugins::PluginState;
use activity_log_core::reports::Failure;
use serde_json::{Value, json};

use super::api::administrator;
use crate::stage::{NOW, Stage};

#[tokio::test]
async fn each_field_is_refused_by_name() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let early = NOW.plus_millis(-31 * DAY).to_string();
    let filters = |filter: Value| json!({"format": "csv", "filters": [filter]});
    for (body, told) in [
        (json!({}), "format: is required: csv, json, ndjson or xlsx"),
        (
            json!({"format": "pdf"}),
            "format: csv, json, ndjson or xlsx, not 'pdf'",
        ),
        (
            json!({"format": "csv", "startTime": NOW.to_string(), "endTime": NOW.seconds() - 1}),
            "startTime: 2026-11-20T12:00:00Z is after endTime, 2026-11-20T11:59:59Z",
        ),
        (
            json!({"format": "csv", "startTime": NOW.seconds() + 1}),
            "startTime: 2026-11-20T12:00:01Z is in the future: it is 2026-11-20T12:00:00Z now",
        ),
        (
            json!({"format": "csv", "endTime": early}),
            "endTime: 2026-10-20T12:00:00Z is before 2026-10-21T12:00:00Z, and nothing older is kept",
        ),
        (
            json!({"format": "csv", "startTime": "yesterday"}),
            "startTime: invalid value: string \"yesterday\", expected a time such as \"2026-11-20T18:15:00Z\" or a number \
             of seconds since 1970-01-01T00:00:00Z",
        ),
        (
            filters(json!({"attribute": "ReadOnly", "value": "no"})),
            "filters[0].value: 'no'; ReadOnly is 'true' or 'false'",
        ),
        (
            filters(json!({"field": "a", "matches": "x"})),
            "filters[0].matches: unknown field `matches`, expected one of `attribute`, `value`, `field`, `equals`, \
             `notEquals`, `prefix`, `notPrefix`, `contains`, `notContains`, `exists`, `ignoreCase`",
        ),
        (
            json!({"format": "csv", "columns": ["a..b"]}),
            "columns: \"a..b\" has an empty name; write a path such as userIdentity.userName",
        ),
        (
            json!({"format": "json", "columns": ["a"]}),
            "columns: reports in json and ndjson hold whole events: leave columns out, or ask for csv or xlsx",
        ),
        (
            json!({"format": "csv", "state": "ready"}),
            "state: unknown field `state`, expected one of `format`, `filters`, `where`, `startTime`, `endTime`, `columns`, \
             `plugin`",
        ),
    ] {
        let heard = api.post("/v1/reports", &body).await;
        assert_eq!(heard.refusal(), (400, "InvalidParameter", told), "{body}");
    }
    assert_eq!(stage.queue.take(), []);
    assert_eq!(api.get("/v1/reports").await.body["reports"], json!([]));
}

#[tokio::test]
async fn a_plugin_is_refused_by_name_too() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let id = api.plugin("no-mfa", "1.0.0").await;
    let unknown = "01939c1e-7b5a-7000-8000-0123456789ab";
    for (plugin, told) in [
        (
            json!({}),
            "plugin: has either id, or name with or without version",
        ),
        (
            json!({"id": unknown, "name": "no-mfa"}),
            "plugin: has either id, or name with or without version",
        ),
        (
            json!({"id": unknown}),
            "plugin.id: there is no plugin '01939c1e-7b5a-7000-8000-0123456789ab'",
        ),
        (
            json!({"id": "../x"}),
            "plugin.id: there is no plugin '../x'",
        ),
        (
            json!({"name": "mfa"}),
            "plugin.name: there is no plugin 'mfa' that is ready",
        ),
        (
            json!({"name": "no-mfa", "version": "1.0.1"}),
            "plugin.name: there is no plugin 'no-mfa' of version '1.0.1' that is ready",
        ),
        (
            json!({"name": "no-mfa", "parameters": {"zone": "UTC"}, "fuel": 0}),
            "plugin.fuel: must be between 1 and 1000000000000000",
        ),
        (
            json!({"name": "no-mfa", "parameters": {"zone": "UTC"}, "fuel": 1_000_000_000_000_001_u64}),
            "plugin.fuel: must be between 1 and 1000000000000000",
        ),
        (
            json!({"name": "no-mfa"}),
            "plugin.parameters: 'zone' is required by no-mfa",
        ),
        (
            json!({"id": id.to_string(), "parameters": {"zone": "UTC", "Hours": "9"}}),
            "plugin.parameters: 'Hours' is unknown; no-mfa takes hours, zone",
        ),
    ] {
        let heard = api
            .post("/v1/reports", &json!({"format": "csv", "plugin": plugin}))
            .await;
        assert_eq!(heard.refusal(), (400, "InvalidParameter", told), "{plugin}");
    }
}

#[tokio::test]
async fn a_plugin_that_is_not_ready_cannot_be_used() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let id = api.post("/v1/plugins", &json!({"sizeBytes": 7})).await.id();
    let body = json!({"format": "csv", "plugin": {"id": id}});
    let told = format!("plugin: {id} is uploading, not ready: see GET /v1/plugins/{id}");
    let heard = api.post("/v1/reports", &body).await;
    assert_eq!(heard.refusal(), (409, "PluginNotReady", &*told));
    let old = api.stored_plugin(&id).await.unwrap();
    let mut new = old.clone();
    let error = Failure::new("WrongWorld", "Build it against activity-log:filter@1.0.0");
    new.state = PluginState::Refused {
        finished: NOW,
        error,
    };
    stage.directory.change_plugin(&old, &new).await.unwrap();
    let told = told.replace("uploading", "refused");
    let heard = api.post("/v1/reports", &body).await;
    assert_eq!(heard.refusal(), (409, "PluginNotReady", &*told));
}
