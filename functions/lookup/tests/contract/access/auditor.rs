//! What an auditor comes to: reads everything, changes nothing but reports of their own.

use activity_log_control::{Limit, Permission, Registry as _};
use http::StatusCode;
use serde_json::json;

use crate::rest::api::{Api, administrator};
use crate::stage::{Stage, refused, with_trail};

async fn auditor<'s>(api: &Api<'s>, name: &str) -> Api<'s> {
    let permissions = [Permission::Auditor];
    Api {
        stage: api.stage,
        key: api.stage.user(api.account, name, &permissions).await,
        account: api.account,
    }
}

#[tokio::test]
async fn trails_are_shown_to_an_auditor_and_stay_as_they_are() {
    let (stage, account, owner) = with_trail().await;
    owner.start_logging().name("audit").send().await.unwrap();
    // Storage alone directs no trail anywhere either.
    let permissions = [Permission::Auditor, Permission::Storage];
    let key = stage.user(account, "carol", &permissions).await;
    let carol = stage.client(&key);
    carol.lookup_events().send().await.unwrap();
    carol.get_trail().name("audit").send().await.unwrap();
    let before = carol.get_trail_status().name("audit").send().await.unwrap();
    assert_eq!(before.is_logging(), Some(true));
    let described = carol.describe_trails().send().await.unwrap();
    assert_eq!(described.trail_list().len(), 1);

    let create = carol.create_trail().name("other").s3_bucket_name("logs");
    let refusals = [
        refused(carol.delete_trail().name("audit").send().await),
        refused(carol.stop_logging().name("audit").send().await),
        refused(carol.start_logging().name("audit").send().await),
        refused(carol.update_trail().name("audit").send().await),
        refused(create.send().await),
    ];
    let names = [
        "DeleteTrail",
        "StopLogging",
        "StartLogging",
        "UpdateTrail",
        "CreateTrail",
    ];
    for ((code, message), name) in refusals.into_iter().zip(names) {
        assert_eq!(code, "AccessDeniedException");
        assert_eq!(
            message,
            format!(
                "User: arn:aws:iam::111122223333:user/carol is not authorized to perform: cloudtrail:{name}, because it \
                 takes the permission administrator. The operator gives it: alog grant --account 111122223333 --user \
                 carol administrator"
            )
        );
    }
    let after = owner.get_trail_status().name("audit").send().await.unwrap();
    assert_eq!(after.is_logging(), Some(true));
    let described = owner.describe_trails().send().await.unwrap();
    assert_eq!(described.trail_list().len(), 1);
    // What is not served at all is no question of permissions to who may call something.
    let (code, _) = refused(carol.list_channels().send().await);
    assert_eq!(code, "UnsupportedOperationException");
}

#[tokio::test]
async fn an_auditor_ends_reports_of_their_own_and_no_other_s() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let (carol, dave) = (auditor(&api, "carol").await, auditor(&api, "dave").await);
    let body = json!({"format": "csv"});
    for (made_by, id) in [
        (&api, api.queued(&body).await.id()),
        (&dave, dave.queued(&body).await.id()),
    ] {
        let path = format!("/v1/reports/{id}");
        let user = if made_by.key.id == dave.key.id {
            "dave"
        } else {
            "alice"
        };
        // Unfinished it would be cancelled, finished deleted.
        for finished in [false, true] {
            if finished {
                api.finish(&id).await;
            }
            let heard = carol.get(&path).await;
            assert_eq!(heard.status, StatusCode::OK);
            let before = heard.body["state"].clone();
            let told = format!(
                "User: arn:aws:iam::111122223333:user/carol is not authorized to perform: activity-log:DeleteReport on \
                 the report {id} of {user}, because it takes the permission administrator. The operator gives it: alog \
                 grant --account 111122223333 --user carol administrator"
            );
            let heard = carol.delete(&path).await;
            assert_eq!(heard.refusal(), (403, "AccessDeniedException", &*told));
            assert_eq!(carol.get(&path).await.body["state"], before);
        }
        let link = carol.get(&format!("{path}/download")).await;
        assert_eq!(link.status, StatusCode::FOUND);
        // An administrator ends anybody's.
        assert_eq!(api.delete(&path).await.status, 204);
    }
    let own = carol.queued(&body).await.id();
    let path = format!("/v1/reports/{own}");
    assert_eq!(dave.delete(&path).await.status, 403);
    let heard = carol.delete(&path).await;
    assert_eq!(
        (heard.status, &heard.body["state"]),
        (200, &json!("cancelled"))
    );
    assert_eq!(carol.delete(&path).await.status, 204);
    assert_eq!(carol.get(&path).await.status, 404);
}

#[tokio::test]
async fn an_auditor_s_report_takes_no_other_s_place() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let limited = stage
        .directory
        .set_limit(api.account, Limit::Reports, Some(2));
    limited.await.unwrap();
    let carol = auditor(&api, "carol").await;
    let body = json!({"format": "csv"});
    let theirs = api.queued(&body).await.id();
    api.finish(&theirs).await;
    let own = carol.queued(&body).await.id();
    api.finish(&own).await;
    // The oldest is alice's: it stays, and carol's own makes room.
    let second = carol.queued(&body).await.id();
    assert!(api.stored(&theirs).await.is_some());
    assert!(api.stored(&own).await.is_none());
    let heard = carol.post("/v1/reports", &body).await;
    let (status, code, message) = heard.refusal();
    assert_eq!((status, code), (409, "TooManyReportsGenerating"));
    assert!(
        message.contains("for others' to do so takes the permission administrator"),
        "{message}"
    );
    api.finish(&second).await;
    let heard = api.post("/v1/reports", &body).await;
    assert_eq!(heard.status, 201);
    assert!(api.stored(&theirs).await.is_none());
}

#[tokio::test]
async fn an_auditor_sees_plugins_and_leaves_them_alone() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let carol = auditor(&api, "carol").await;
    let id = api.plugin("no-mfa", "1.0.0").await;
    let path = format!("/v1/plugins/{id}");
    let before = carol.get(&path).await;
    assert_eq!(before.status, StatusCode::OK);
    assert_eq!(carol.get("/v1/plugins").await.status, StatusCode::OK);
    for (method, path) in [
        ("POST", "/v1/plugins".to_owned()),
        ("POST", format!("{path}/check")),
        ("DELETE", path.clone()),
    ] {
        let heard = carol.send(method, &path, &[], "").await;
        let (status, code, message) = heard.refusal();
        assert_eq!((status, code), (403, "AccessDeniedException"), "{path}");
        assert!(message.contains("it takes the permission administrator"));
    }
    assert_eq!(carol.get(&path).await.body, before.body);
}
