//! How many reports and plugins an account may have.

use activity_log_control::{Limit, Registry as _};
use serde_json::json;

use super::api::{Api, administrator};
use crate::stage::Stage;

async fn ids(api: &Api<'_>) -> Vec<String> {
    let list = api.get("/v1/reports").await.body;
    let list = list["reports"].as_array().unwrap();
    list.iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_third_report_at_once_is_refused() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let body = json!({"format": "csv"});
    let first = api.queued(&body).await.id();
    api.queued(&body).await;
    let heard = api.post("/v1/reports", &body).await;
    let told = "As many reports of the account are queued or generating as may be: 2 at once (the limit \
                reports-generating), and no more than the 5 that are kept (the limit reports). Wait until one is \
                finished, cancel one (DELETE /v1/reports/ID), or ask the operator for a higher limit";
    assert_eq!(heard.refusal(), (409, "TooManyReportsGenerating", told));
    assert_eq!(stage.queue.take().len(), 2);
    api.delete(&format!("/v1/reports/{first}")).await;
    api.queued(&body).await;
    let account = api.account;
    let raised = stage
        .directory
        .set_limit(account, Limit::ReportsGenerating, Some(3));
    raised.await.unwrap();
    api.queued(&body).await;
    let heard = api.post("/v1/reports", &body).await;
    assert!(heard.refusal().2.contains("may be: 3 at once"));
    // One fills the only place there is.
    let lowered = stage.directory.set_limit(account, Limit::Reports, Some(1));
    lowered.await.unwrap();
    let heard = api.post("/v1/reports", &body).await;
    let told =
        "may be: 3 at once (the limit reports-generating), and no more than the 1 that are kept";
    assert!(heard.refusal().2.contains(told), "{heard:?}");
}

#[tokio::test]
async fn a_sixth_report_overwrites_the_oldest_finished_one_with_its_file() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let body = json!({"format": "csv"});
    // The oldest is not finished, so it stays.
    let unfinished = api.queued(&body).await.id();
    let mut keys = vec![];
    for _ in 0..4 {
        let id = api.queued(&body).await.id();
        keys.push(api.finish(&id).await.object_key());
    }
    let before = ids(&api).await;
    assert_eq!((before.len(), stage.files.keys()), (5, keys.clone()));
    let sixth = api.queued(&body).await.id();
    let after = ids(&api).await;
    assert_eq!(after[0], sixth);
    assert_eq!(after[1..4], before[..3]);
    assert_eq!(after[4], unfinished);
    assert_eq!(stage.files.keys(), keys[1..]);
    // What is gone is named by the call that did it, also where its own report came to nothing.
    let told = || -> serde_json::Value {
        let records = stage.calls.take().into_iter().rev();
        let mut read = records.map(|(_, record)| serde_json::from_str(&record).unwrap());
        read.find(|event: &serde_json::Value| event["eventName"] == "CreateReport")
            .unwrap()
    };
    let made = told();
    assert_eq!(
        made["additionalEventData"],
        json!({"Overwritten": [before[3]]})
    );
    let named: Vec<_> = made["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["ARN"])
        .collect();
    assert_eq!(named, [&json!(sixth), &json!(before[3])]);
    api.finish(&sixth).await;
    stage.queue.fail(true);
    assert_eq!(api.post("/v1/reports", &body).await.status, 503);
    let failed = told();
    assert_eq!(failed["errorCode"], "ServiceUnavailable");
    assert_eq!(
        failed["additionalEventData"],
        json!({"Overwritten": [before[2]]})
    );
}

/// Its id is known to nobody any more.
#[tokio::test]
async fn a_file_that_made_room_goes_also_where_the_new_report_is_not_queued() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let body = json!({"format": "csv"});
    let mut keys = vec![];
    for _ in 0..5 {
        let id = api.queued(&body).await.id();
        keys.push(api.finish(&id).await.object_key());
    }
    stage.queue.fail(true);
    assert_eq!(api.post("/v1/reports", &body).await.status, 503);
    assert_eq!(ids(&api).await.len(), 4);
    assert_eq!(stage.files.keys(), keys[1..]);
}

/// What is left in the bucket expires there.
#[tokio::test]
async fn a_file_that_cannot_be_deleted_keeps_no_report_from_being_made() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let body = json!({"format": "csv"});
    for _ in 0..5 {
        let id = api.queued(&body).await.id();
        api.finish(&id).await;
    }
    stage.files.fail(true);
    api.queued(&body).await;
    assert_eq!(stage.files.keys().len(), 5);
    assert_eq!(ids(&api).await.len(), 5);
}

#[tokio::test]
async fn plugins_are_limited_too() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let account = api.account;
    stage
        .directory
        .set_limit(account, Limit::Plugins, Some(1))
        .await
        .unwrap();
    let first = api.post("/v1/plugins", &json!({"sizeBytes": 7})).await;
    assert_eq!(first.status, 201);
    let told = "The account keeps 1 plugin versions, as many as it may: delete one that is not needed \
                (DELETE /v1/plugins/ID), or ask the operator for a higher limit";
    let heard = api.post("/v1/plugins", &json!({"sizeBytes": 7})).await;
    assert_eq!(heard.refusal(), (409, "TooManyPlugins", told));
    let wasm = [("content-type", "application/wasm")];
    let heard = api.send("POST", "/v1/plugins", &wasm, &b"\0asm"[..]).await;
    assert_eq!(heard.refusal(), (409, "TooManyPlugins", told));
    assert_eq!(stage.files.keys(), Vec::<String>::new());
    api.delete(&format!("/v1/plugins/{}", first.id())).await;
    assert_eq!(
        api.post("/v1/plugins", &json!({"sizeBytes": 7}))
            .await
            .status,
        201
    );
}
