//! No change without a record: every operation of the tables that changes something has its attempt kept before it
//! does, and does nothing where that cannot be kept.

use activity_log_control::{Outbox as _, OutboxEntry, OutboxShard, Permission};
use activity_log_core::account::AccountId;
use activity_log_core::instant::DAY;
use activity_log_gateway::{Front, SentPath};
use activity_log_lookup::app::Context;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::caller::{Credential, Operation, operations};
use crate::buckets::Behaviour;
use crate::rest::api::Api;
use crate::stage::{AUDIT, Key, NOW, Stage};

/// An account with one of everything.
struct Scene {
    stage: Stage,
    account: AccountId,
    key: Key,
    session: Credential,
    report: String,
    plugin: String,
}

impl Scene {
    async fn new() -> Self {
        let stage = Stage::new();
        let account = stage.account("111122223333").await;
        let permissions = [Permission::Administrator, Permission::Storage];
        let key = stage.user(account, "alice", &permissions).await;
        stage.buckets.make("logs", Behaviour::Writable);
        let create = stage.client(&key).create_trail().name("audit");
        create.s3_bucket_name("logs").send().await.unwrap();
        let api = Api {
            stage: &stage,
            key: key.clone(),
            account,
        };
        let report = api.queued(&json!({"format": "csv"})).await.id();
        let plugin = api.post("/v1/plugins", &json!({"sizeBytes": 8})).await.id();
        let upload = api.stored_plugin(&plugin).await.unwrap().upload_key();
        stage.files.place(&upload, 8);
        let opened = api.post("/v1/session", &json!({})).await;
        let session = opened.body["token"].as_str().unwrap().to_owned();
        stage.calls.take();
        stage.outbox.take();
        Self {
            session: Credential::Token(session),
            stage,
            account,
            key,
            report,
            plugin,
        }
    }

    /// A request that succeeds.
    fn request(&self, operation: &Operation) -> (Credential, Request<Bytes>) {
        let tags = json!({"ResourceId": AUDIT, "TagsList": [{"Key": "k", "Value": "v"}]});
        let named = json!({"Name": "audit"});
        let selectors =
            json!({"TrailName": "audit", "EventSelectors": [{"ReadWriteType": "WriteOnly"}]});
        let (id, body) = match operation.name {
            "AddTags" | "RemoveTags" => ("", tags),
            "CreateTrail" => ("", json!({"Name": "second", "S3BucketName": "logs"})),
            "DeleteTrail" | "StartLogging" | "StopLogging" => ("", named),
            "PutEventSelectors" => ("", selectors),
            "PutInsightSelectors" => ("", json!({"TrailName": "audit", "InsightSelectors": []})),
            "UpdateTrail" => ("", json!({"Name": "audit", "S3KeyPrefix": "p"})),
            "CreateReport" => ("", json!({"format": "csv"})),
            "DeleteReport" => (&*self.report, json!({})),
            "UploadPlugin" => ("", json!({"sizeBytes": 8})),
            "CheckPlugin" | "DeletePlugin" => (&*self.plugin, json!({})),
            "OpenSession" | "CloseSession" => ("", json!({})),
            other => panic!("say how {other} succeeds"),
        };
        let caller = match operation.name {
            "CloseSession" => self.session.clone(),
            _ => Credential::Key(self.key.clone()),
        };
        (caller, operation.request_with("111122223333", id, &body))
    }

    async fn seen(&self) -> String {
        self.stage.world.seen(self.account).await
    }

    async fn left(&self) -> Vec<OutboxEntry> {
        let late = NOW.plus_millis(DAY);
        let mut left = Vec::new();
        for shard in OutboxShard::all() {
            let due = self.stage.outbox.due(shard, late, None, 100).await;
            left.extend(due.unwrap().entries);
        }
        left
    }

    fn told(&self) -> Value {
        let [(of, record)] = self.stage.calls.take().try_into().unwrap();
        assert_eq!(of, self.account);
        serde_json::from_str(&record).unwrap()
    }
}

fn changing() -> Vec<Operation> {
    let all = operations().into_iter();
    let changing: Vec<_> = all.filter(|operation| !operation.read_only).collect();
    assert_eq!(changing.len(), 16);
    changing
}

#[tokio::test]
async fn an_attempt_is_kept_before_anything_is_changed_and_its_end_is_the_same_event() {
    for operation in changing() {
        let name = operation.name;
        let scene = Scene::new().await;
        let before = scene.seen().await;
        let (caller, request) = scene.request(&operation);
        let answer = scene.stage.ask(&caller, request).await;
        assert!(answer.status.is_success(), "{name} {answer:?}");
        let [noted] = scene.stage.outbox.take().try_into().unwrap();
        assert_eq!(noted.seen, before, "{name}");
        let attempt: Value = serde_json::from_str(&noted.record).unwrap();
        assert_eq!(
            attempt["additionalEventData"]["Outcome"], "Attempted",
            "{attempt}"
        );
        assert_eq!(attempt["responseElements"], Value::Null);
        let end = scene.told();
        assert!(end["additionalEventData"]["Outcome"].is_null(), "{end}");
        for same in [
            "eventID",
            "eventTime",
            "eventName",
            "requestParameters",
            "userIdentity",
        ] {
            assert_eq!(attempt[same], end[same], "{name} {same}");
        }
        assert_eq!(end["eventName"], name);
        assert_eq!(scene.left().await, [], "{name}");
        // These say nothing, or change nothing here.
        if !["PutInsightSelectors", "RemoveTags", "StopLogging"].contains(&name) {
            assert_ne!(scene.seen().await, before, "{name}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_kept_is_not_done_and_told_as_refused() {
    for operation in changing() {
        let name = operation.name;
        let scene = Scene::new().await;
        let before = scene.seen().await;
        scene.stage.outbox.fail(true);
        let (caller, request) = scene.request(&operation);
        let answer = scene.stage.ask(&caller, request).await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.code()),
            (503, "ServiceUnavailable"),
            "{name}"
        );
        assert_eq!(scene.seen().await, before, "{name}");
        let told = scene.told();
        assert_eq!(
            (&told["eventName"], &told["errorCode"]),
            (&json!(name), &json!("ServiceUnavailable"))
        );
    }
}

#[tokio::test]
async fn what_is_only_read_or_refused_at_the_door_is_told_in_one_record() {
    let scene = Scene::new().await;
    let nobody = scene.stage.user(scene.account, "nobody", &[]).await;
    for operation in operations() {
        let changes = !operation.read_only && operation.permission.is_none();
        if changes {
            continue;
        }
        let caller = Credential::Key(nobody.clone());
        scene
            .stage
            .ask(&caller, operation.request("111122223333"))
            .await;
        assert!(scene.told()["errorCode"].is_string(), "{}", operation.name);
    }
    let caller = Credential::Key(scene.key.clone());
    for operation in operations()
        .into_iter()
        .filter(|operation| operation.read_only)
    {
        scene
            .stage
            .ask(&caller, operation.request("111122223333"))
            .await;
        scene.told();
    }
    // Not understood.
    let broken = changing()
        .into_iter()
        .find(|one| one.name == "DeleteTrail")
        .unwrap();
    let request = broken.request_with("p", "", &json!({"Name": ["audit"]}));
    scene.stage.ask(&caller, request).await;
    let told = scene.told();
    assert_eq!(told["errorCode"], "SerializationException");
    assert_eq!(told["requestParameters"], Value::Null);
    assert_eq!(told["additionalEventData"], json!({"RequestBytes": 18}));
    assert_eq!(scene.stage.outbox.take().len(), 0);
}

#[tokio::test]
async fn an_end_that_the_log_does_not_take_stays_for_the_tick() {
    let scene = Scene::new().await;
    scene.stage.calls.fail(true);
    let delete = changing()
        .into_iter()
        .find(|one| one.name == "DeleteTrail")
        .unwrap();
    let (caller, request) = scene.request(&delete);
    assert_eq!(scene.stage.ask(&caller, request).await.status, 200);
    let [left] = scene.left().await.try_into().unwrap();
    let record: Value = serde_json::from_str(&left.record).unwrap();
    assert_eq!(left.state.as_str(), "ended");
    assert!(
        record["errorCode"].is_null() && record["additionalEventData"].is_null(),
        "{record}"
    );
    assert_eq!(record["eventID"], left.key.event_id.to_string());
}

#[tokio::test]
async fn an_end_that_is_not_kept_is_told_all_the_same_and_counted() {
    let scene = Scene::new().await;
    scene.stage.outbox.fail_ends(true);
    let delete = changing()
        .into_iter()
        .find(|one| one.name == "DeleteTrail")
        .unwrap();
    let (caller, request) = scene.request(&delete);
    let mut request = caller.put_on(&scene.stage, request);
    let sent = format!("{}/", Front::of_tests().base());
    let sent = SentPath {
        path: sent,
        or: None,
    };
    request.extensions_mut().insert(sent);
    let context = Context {
        now: scene.stage.clock.at_server(),
        request_id: "r-1",
    };
    let answered = scene.stage.server.app.answer(&request, context).await;
    assert_eq!(answered.response.status(), 200);
    let error = answered.unrecorded.unwrap().to_string();
    assert_eq!(error, "the end of a change could not be kept");
    let [attempt] = scene.stage.outbox.take().try_into().unwrap();
    let attempt: Value = serde_json::from_str(&attempt.record).unwrap();
    let end = scene.told();
    assert!(end["additionalEventData"].is_null(), "{end}");
    assert_eq!(
        (&end["eventID"], &end["eventTime"]),
        (&attempt["eventID"], &attempt["eventTime"])
    );
    assert_eq!(scene.left().await, []);
}

/// A change that took so long that the tick has told its attempt.
#[tokio::test]
async fn of_one_change_there_are_never_two_ends() {
    let scene = Scene::new().await;
    let outbox = scene.stage.outbox.clone();
    // The reporter changes the report just before it is deleted, and so does the tick its work.
    let (directory, late) = (scene.stage.directory.clone(), NOW.plus_millis(DAY));
    scene.stage.rival.then(move |_| {
        let kept = OutboxShard::all().flat_map(|shard| {
            let due = outbox.due(shard, late, None, 1);
            futures::executor::block_on(due).unwrap().entries
        });
        for entry in kept {
            futures::executor::block_on(directory.forget(entry.key)).unwrap();
        }
    });
    let delete = changing()
        .into_iter()
        .find(|one| one.name == "DeleteReport")
        .unwrap();
    let (caller, request) = scene.request(&delete);
    assert_eq!(scene.stage.ask(&caller, request).await.status, 200);
    assert_eq!(scene.stage.calls.take(), []);
}
