//! Cancelling and deleting, while the reporter works.

use activity_log_core::reports::{STALLED_MS, State};
use serde_json::json;

use super::api::{Api, administrator, now_text, ready};
use crate::stage::{NOW, Stage};

async fn queued(api: &Api<'_>) -> (String, String) {
    let id = api
        .post("/v1/reports", &json!({"format": "csv"}))
        .await
        .id();
    let path = format!("/v1/reports/{id}");
    (id, path)
}

#[tokio::test]
async fn an_unfinished_report_is_cancelled_and_then_deleted() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    for state in [State::Queued, State::Generating] {
        let (id, path) = queued(&api).await;
        api.work(&id, |report| report.state = state).await;
        let heard = api.delete(&path).await;
        assert_eq!(
            (heard.status, &heard.body["state"]),
            (200, &json!("cancelled"))
        );
        assert_eq!(heard.body["finishedAt"], now_text());
        assert_eq!(api.get(&path).await.body, heard.body);
        assert_eq!(api.delete(&path).await.status, 204);
        assert_eq!(api.get(&path).await.status, 404);
        assert_eq!(api.delete(&path).await.status, 404);
    }
}

#[tokio::test]
async fn a_finished_report_is_deleted_with_its_file() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let (id, path) = queued(&api).await;
    let key = api.finish(&id).await.object_key();
    assert_eq!(stage.files.keys(), [key]);
    assert_eq!(api.delete(&path).await.status, 204);
    assert_eq!(stage.files.keys(), Vec::<String>::new());
    assert_eq!(api.get("/v1/reports").await.body["reports"], json!([]));
}

/// A reporter that comes back to it finds nothing.
#[tokio::test]
async fn a_report_that_was_given_up_is_deleted() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let (id, path) = queued(&api).await;
    api.work(&id, |report| report.state = State::Generating)
        .await;
    stage.clock.advance(STALLED_MS);
    let shown = api.get(&path).await.body;
    assert_eq!(
        (&shown["state"], &shown["error"]["code"]),
        (&json!("failed"), &json!("Stalled"))
    );
    assert_eq!(api.delete(&path).await.status, 204);
    assert_eq!(api.stored(&id).await, None);
}

/// Else nobody could say that it is to be deleted.
#[tokio::test]
async fn a_report_whose_file_cannot_be_deleted_stays() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let (id, path) = queued(&api).await;
    api.finish(&id).await;
    stage.files.fail(true);
    assert_eq!(api.delete(&path).await.status, 503);
    stage.files.fail(false);
    assert_eq!(api.get(&path).await.body["state"], "ready");
    assert_eq!(api.delete(&path).await.status, 204);
}

#[tokio::test]
async fn a_reporter_that_says_how_far_it_is_does_not_save_its_report() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let (id, path) = queued(&api).await;
    for percent in [10, 20] {
        stage.rival.then(move |report| {
            report.state = State::Generating;
            report.progress.percent = percent;
        });
    }
    let heard = api.delete(&path).await;
    assert_eq!((heard.status, &heard.body["percent"]), (200, &json!(20)));
    let stored = api.stored(&id).await.unwrap();
    assert_eq!(stored.state, State::Cancelled { finished: NOW });
    // What the reporter read before is no revision any more.
    assert_eq!(stored.revision, 3);
}

#[tokio::test]
async fn a_report_that_is_finished_meanwhile_is_deleted_with_its_file() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let (id, path) = queued(&api).await;
    let key = api.stored(&id).await.unwrap().object_key();
    let files = stage.files.clone();
    stage.rival.then(move |report| {
        report.state = ready(NOW);
        files.place(&report.object_key(), 7);
    });
    let heard = api.delete(&path).await;
    assert_eq!((heard.status, &heard.body), (204, &json!(null)));
    assert!(!stage.files.keys().contains(&key));
    assert_eq!(api.stored(&id).await, None);
}

/// The first try to cancel it was written, and not answered.
#[tokio::test]
async fn a_cancelled_report_is_not_deleted_by_the_call_that_cancelled_it() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let (id, path) = queued(&api).await;
    stage
        .rival
        .then(|report| report.state = State::Cancelled { finished: NOW });
    let heard = api.delete(&path).await;
    assert_eq!(
        (heard.status, &heard.body["state"]),
        (200, &json!("cancelled"))
    );
    assert!(api.stored(&id).await.is_some());
    // Said again, it is meant.
    assert_eq!(api.delete(&path).await.status, 204);
}

#[tokio::test]
async fn a_report_that_never_stands_still_is_a_conflict() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let (_, path) = queued(&api).await;
    for _ in 0..8 {
        stage.rival.then(|report| report.progress.scanned += 1);
    }
    let told = "The report is being changed all the time. Try again";
    assert_eq!(api.delete(&path).await.refusal(), (409, "Conflict", told));
    assert_eq!(api.delete(&path).await.status, 200);
}
