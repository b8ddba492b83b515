//! Plugins are uploaded, checked, listed and deleted.

use activity_log_control::PluginWriter as _;
use activity_log_core::instant::{MINUTE, SECOND};
use activity_log_core::plugins::UPLOAD_MS;
use activity_log_core::reports::WorkMessage;
use serde_json::{Value, json};

use super::api::{administrator, now_text};
use crate::stage::Stage;

const WASM: [(&str, &str); 1] = [("content-type", "application/wasm")];

#[tokio::test]
async fn a_component_in_the_body_is_checked() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    for kind in ["application/wasm", "application/octet-stream"] {
        let heard = api
            .send(
                "POST",
                "/v1/plugins",
                &[("content-type", kind)],
                &b"\0asm\x0d\0\x01\0"[..],
            )
            .await;
        let id = heard.id();
        let wanted =
            json!({"id": id, "state": "checking", "createdAt": now_text(), "createdBy": "alice"});
        assert_eq!((heard.status, &heard.body), (202, &wanted));
        assert_eq!(heard.headers["location"], format!("/v1/plugins/{id}"));
        let message = WorkMessage::Plugin {
            account: api.account,
            id: id.parse().unwrap(),
        };
        assert_eq!(stage.queue.take(), [message]);
        assert!(
            stage
                .files
                .keys()
                .contains(&format!("uploads/111122223333/{id}.wasm"))
        );
        let (_, record) = stage.calls.take().pop().unwrap();
        let told: Value = serde_json::from_str(&record).unwrap();
        // What was uploaded, whatever becomes of it.
        let sha256 = "24eaf3439a60c96764c4f2c92a0a81b52bd4fe5d5b91f090184a0f6486b1bf29";
        assert_eq!(
            told["requestParameters"],
            json!({"bodyBytes": 8, "sha256": sha256})
        );
        assert_eq!(api.get(&format!("/v1/plugins/{id}")).await.body, wanted);
    }
}

#[tokio::test]
async fn a_component_that_goes_to_a_link_is_checked_when_it_is_there() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    for length in [7, 8] {
        let body = json!({"sizeBytes": length});
        let heard = api.post("/v1/plugins", &body).await;
        let id = heard.id();
        assert_eq!(
            (heard.status, &heard.body["state"]),
            (201, &json!("uploading"))
        );
        let key = format!("uploads/111122223333/{id}.wasm");
        let wanted = json!({
            "url": format!("https://files.test/{key}?for=900&length={length}"), "method": "PUT",
            "expiresAt": "2026-11-20T12:15:00Z",
        });
        assert_eq!(heard.body["upload"], wanted);
        let path = format!("/v1/plugins/{id}/check");
        let told = "Nothing was sent to the upload link yet: PUT the .wasm file there first";
        assert_eq!(
            api.post(&path, &json!({})).await.refusal(),
            (409, "NotUploaded", told)
        );
        stage.files.place(&key, 7);
        stage.calls.take();
        // Said twice, it is done once.
        for _ in 0..2 {
            let heard = api.send("POST", &path, &[], "").await;
            assert_eq!(
                (heard.status, &heard.body["state"]),
                (202, &json!("checking"))
            );
        }
        assert_eq!(stage.queue.take().len(), 1);
        let [(_, began), (_, again)] = stage.calls.take().try_into().unwrap();
        let said = |record: &str| {
            let told: Value = serde_json::from_str(record).unwrap();
            told["additionalEventData"].clone()
        };
        assert_eq!(said(&began), json!({"SizeBytes": 7}));
        assert_eq!(said(&again), Value::Null);
    }
}

/// The function that was to send the message died.
#[tokio::test]
async fn a_check_that_nobody_heard_of_is_queued_again() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let heard = api.send("POST", "/v1/plugins", &WASM, &b"\0asm"[..]).await;
    let path = format!("/v1/plugins/{}/check", heard.id());
    let sent = stage.queue.take();
    stage.clock.advance(MINUTE - 1);
    assert_eq!(api.post(&path, &json!({})).await.status, 202);
    assert_eq!(stage.queue.take(), []);
    stage.clock.advance(1);
    stage.queue.fail(true);
    assert_eq!(api.post(&path, &json!({})).await.status, 503);
    stage.queue.fail(false);
    assert_eq!(api.post(&path, &json!({})).await.status, 202);
    assert_eq!(stage.queue.take(), sent);
    // It has begun.
    let old = api.stored_plugin(&heard.id()).await.unwrap();
    let mut new = old.clone();
    new.attempts = 1;
    stage.directory.change_plugin(&old, &new).await.unwrap();
    assert_eq!(api.post(&path, &json!({})).await.status, 202);
    assert_eq!(stage.queue.take(), []);
}

#[tokio::test]
async fn a_link_that_was_not_used_in_time_is_refused() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let id = api.post("/v1/plugins", &json!({"sizeBytes": 7})).await.id();
    stage.clock.advance(UPLOAD_MS - MINUTE);
    let shown = api.get(&format!("/v1/plugins/{id}")).await;
    assert_eq!(shown.body["state"], "uploading");
    stage.clock.advance(MINUTE);
    let heard = api
        .post(&format!("/v1/plugins/{id}/check"), &json!({}))
        .await;
    assert_eq!(
        (heard.status, &heard.body["state"]),
        (200, &json!("refused"))
    );
    assert_eq!(heard.body["error"]["code"], "NotUploaded");
    assert_eq!(stage.queue.take(), []);
}

#[tokio::test]
async fn a_ready_plugin_shows_its_manifest() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let id = api.plugin("no-mfa", "1.0.0").await;
    let heard = api.get(&format!("/v1/plugins/{id}")).await;
    assert_eq!(heard.status, 200);
    assert_eq!(heard.body["state"], "ready");
    assert_eq!(heard.body["manifest"]["name"], "no-mfa");
    assert_eq!(heard.body["manifest"]["parameters"][1]["required"], true);
    assert_eq!(
        (&heard.body["sizeBytes"], &heard.body["sha256"]),
        (&json!(8), &json!("ab".repeat(32)))
    );
    // It was checked: saying so again changes nothing.
    let again = api
        .post(&format!("/v1/plugins/{id}/check"), &json!({}))
        .await;
    assert_eq!((again.status, &again.body), (200, &heard.body));
    assert_eq!(stage.queue.take(), []);
}

#[tokio::test]
async fn the_list_has_all_versions_or_those_of_a_name() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let one = api.plugin("no-mfa", "1.0.0").await.to_string();
    let other = api.plugin("other", "1.0.0").await.to_string();
    let two = api.plugin("no-mfa", "2.0.0").await.to_string();
    stage.clock.advance(SECOND);
    let uploading = api.post("/v1/plugins", &json!({"sizeBytes": 7})).await.id();
    let ids = |list: Value| -> Vec<String> {
        let list = list["plugins"].as_array().unwrap();
        list.iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        ids(api.get("/v1/plugins").await.body),
        [&uploading, &two, &other, &one].map(String::clone)
    );
    assert_eq!(
        ids(api.get("/v1/plugins?name=no-mfa").await.body),
        [two, one]
    );
    assert_eq!(
        ids(api.get("/v1/plugins?name=none").await.body),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn a_plugin_is_deleted_with_its_files() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let kept = api.plugin("kept", "1.0.0").await;
    let id = api.plugin("no-mfa", "1.0.0").await;
    stage
        .files
        .place(&format!("uploads/111122223333/{id}.wasm"), 8);
    let path = format!("/v1/plugins/{id}");
    stage.files.fail(true);
    assert_eq!(api.delete(&path).await.status, 503);
    // Some of its files may be gone by now: no report is begun with it.
    let shown = api.get(&path).await.body;
    assert_eq!(
        (&shown["state"], &shown["error"]["code"]),
        (&json!("refused"), &json!("Deleted"))
    );
    let body =
        json!({"format": "csv", "plugin": {"id": id.to_string(), "parameters": {"zone": ""}}});
    let heard = api.post("/v1/reports", &body).await;
    assert_eq!((heard.status, heard.refusal().1), (409, "PluginNotReady"));
    stage.files.fail(false);
    assert_eq!(api.delete(&path).await.status, 204);
    assert_eq!(api.delete(&path).await.status, 404);
    let left = [
        format!("compiled/111122223333/{kept}.cwasm"),
        format!("plugins/111122223333/{kept}.wasm"),
    ];
    assert_eq!(stage.files.keys(), left);
    // Its name and version are free.
    api.plugin("no-mfa", "1.0.0").await;
}

#[tokio::test]
async fn a_plugin_that_a_report_is_built_with_stays() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let id = api.plugin("no-mfa", "1.0.0").await;
    let plugin = json!({"name": "no-mfa", "parameters": {"zone": "UTC"}});
    let report = api
        .queued(&json!({"format": "csv", "plugin": plugin}))
        .await
        .id();
    let path = format!("/v1/plugins/{id}");
    let told = format!(
        "The report {report} is being built with this plugin: wait until it is finished, or cancel it \
         (DELETE /v1/reports/{report})"
    );
    assert_eq!(
        api.delete(&path).await.refusal(),
        (409, "PluginInUse", &*told)
    );
    assert_eq!(stage.files.keys().len(), 2);
    api.delete(&format!("/v1/reports/{report}")).await;
    assert_eq!(api.delete(&path).await.status, 204);
    // The report still says what it was to be built with.
    let shown = api.get(&format!("/v1/reports/{report}")).await;
    assert_eq!(shown.body["plugin"]["version"], "1.0.0");
}

#[tokio::test]
async fn an_upload_that_cannot_be_stored_or_queued_is_none() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    stage.files.fail(true);
    assert_eq!(
        api.send("POST", "/v1/plugins", &WASM, &b"\0asm"[..])
            .await
            .status,
        503
    );
    assert_eq!(
        api.post("/v1/plugins", &json!({"sizeBytes": 7}))
            .await
            .status,
        503
    );
    stage.files.fail(false);
    stage.queue.fail(true);
    assert_eq!(
        api.send("POST", "/v1/plugins", &WASM, &b"\0asm"[..])
            .await
            .status,
        503
    );
    assert_eq!(api.get("/v1/plugins").await.body["plugins"], json!([]));
    assert_eq!(stage.files.keys(), Vec::<String>::new());
    // What was uploaded to a link can be said to be there once more.
    let id = api.post("/v1/plugins", &json!({"sizeBytes": 7})).await.id();
    stage
        .files
        .place(&format!("uploads/111122223333/{id}.wasm"), 7);
    let path = format!("/v1/plugins/{id}/check");
    assert_eq!(api.post(&path, &json!({})).await.status, 503);
    assert_eq!(
        api.get(&format!("/v1/plugins/{id}")).await.body["state"],
        "uploading"
    );
    stage.queue.fail(false);
    assert_eq!(api.post(&path, &json!({})).await.status, 202);
    assert_eq!(stage.queue.take().len(), 1);
}
