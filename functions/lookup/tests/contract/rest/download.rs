//! Links to files.

use activity_log_core::instant::{MINUTE, SECOND};
use activity_log_core::reports::{Failure, LIFETIME_MS, State};
use serde_json::json;

use super::api::{Api, administrator};
use crate::stage::{NOW, Stage};

async fn as_json(api: &Api<'_>, id: &str) -> super::api::Heard {
    let path = format!("/v1/reports/{id}/download");
    let accept = [("accept", "application/json")];
    api.send("GET", &path, &accept, "").await
}

#[tokio::test]
async fn a_download_is_a_redirection_or_json() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let id = api
        .post("/v1/reports", &json!({"format": "csv"}))
        .await
        .id();
    api.finish(&id).await;
    let link = format!(
        "https://files.test/reports/111122223333/{id}.csv?for=900&at={}\
         &name=activity-log_111122223333_20261120T120000Z.csv&type=text/csv;+charset=utf-8;+header=present",
        NOW.seconds()
    );
    let heard = api.get(&format!("/v1/reports/{id}/download")).await;
    assert_eq!(heard.status, 302);
    assert_eq!(heard.headers["location"], link);
    assert_eq!(heard.headers["vary"], "accept");
    assert_eq!(heard.headers["cache-control"], "no-store");
    let heard = as_json(&api, &id).await;
    assert_eq!(heard.status, 200);
    let wanted = json!({
        "url": link, "expiresAt": "2026-11-20T12:15:00Z",
        "fileName": "activity-log_111122223333_20261120T120000Z.csv",
    });
    assert_eq!(heard.body, wanted);
    // A link counts from a whole second.
    stage.clock.advance(999);
    assert_eq!(as_json(&api, &id).await.body, wanted);
}

#[tokio::test]
async fn no_link_outlives_its_report() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let id = api
        .post("/v1/reports", &json!({"format": "json"}))
        .await
        .id();
    api.finish(&id).await;
    stage.clock.advance(LIFETIME_MS - MINUTE - SECOND / 2);
    let heard = as_json(&api, &id).await;
    assert!(heard.body["url"].as_str().unwrap().contains("?for=60&"));
    stage.clock.advance(MINUTE - SECOND / 2);
    assert_eq!(as_json(&api, &id).await.status, 200);
    // Less than a second is left, then nothing.
    for _ in 0..2 {
        stage.clock.advance(SECOND / 2);
        let told = "The report has expired, and its file is gone. Create it again";
        assert_eq!(
            as_json(&api, &id).await.refusal(),
            (410, "ReportExpired", told)
        );
    }
    let shown = api.get(&format!("/v1/reports/{id}")).await;
    assert_eq!(shown.body["state"], "expired");
}

#[tokio::test]
async fn a_report_without_a_file_says_why() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let id = api
        .post("/v1/reports", &json!({"format": "csv"}))
        .await
        .id();
    let error = Failure::new("TooLarge", "Choose CSV");
    for (state, told) in [
        (
            State::Queued,
            "The report is queued, not ready. Wait until its state is ready",
        ),
        (
            State::Generating,
            "The report is generating, not ready. Wait until its state is ready",
        ),
        (
            State::Failed {
                finished: NOW,
                error,
            },
            "The report is failed, not ready. Its error says why: see GET /v1/reports/ID",
        ),
        (
            State::Cancelled { finished: NOW },
            "The report is cancelled, not ready. Create it again",
        ),
    ] {
        api.work(&id, |report| report.state = state).await;
        let heard = as_json(&api, &id).await;
        assert_eq!(heard.refusal(), (409, "ReportNotReady", told));
    }
}

#[tokio::test]
async fn a_bucket_that_does_not_answer_is_not_told_of() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let id = api
        .post("/v1/reports", &json!({"format": "csv"}))
        .await
        .id();
    api.finish(&id).await;
    stage.files.fail(true);
    let told = "The request could not be answered now. Try again";
    assert_eq!(
        as_json(&api, &id).await.refusal(),
        (503, "ServiceUnavailable", told)
    );
}
