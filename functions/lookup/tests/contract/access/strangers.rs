//! Another account's ids, tokens, cursors, report links, plugins and trails are refused in every operation there is.
//!
//! Each operation is called with everything of the victim's that there is, in every parameter that names anything, and
//! must answer nothing of the victim's and change nothing. An operation that is added is called likewise.

use activity_log_control::{
    Limit, Permission, PluginReader as _, Registry as _, ReportReader as _, TrailReader as _,
};
use serde_json::{Value, json};

use super::caller::{Credential, Protocol, operations};
use crate::buckets::Behaviour;
use crate::rest::api::administrator;
use crate::stage::{NOW, Stage};

/// In everything the victim has, and in nothing that anyone else says.
const CANARY: &str = "canary";

fn event(number: i64) -> Value {
    json!({
        "eventVersion": "1.08", "userIdentity": {"type": "IAMUser", "userName": CANARY},
        "eventTime": NOW.plus_millis(-1_000 * number).to_string(), "eventSource": "ec2.amazonaws.com",
        "eventName": "Canary", "eventID": format!("{CANARY}-{number}"), "project": "p1",
    })
}

/// All that is stored of the victim.
async fn possessions(stage: &Stage) -> String {
    let account = "111122223333".parse().unwrap();
    let directory = &stage.directory;
    let now = stage.clock.at_server();
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?}",
        directory.trails(account).await.unwrap(),
        directory.reports(account, now).await.unwrap(),
        directory.plugins(account, now).await.unwrap(),
        directory.tokens(account).await.unwrap(),
        directory.users(account).await.unwrap(),
        stage.files.keys(),
    )
}

#[tokio::test]
async fn nothing_of_another_account_is_shown_or_changed() {
    let stage = Stage::new();
    let victim = administrator(&stage, "111122223333").await;
    let stranger = stage.account("444455556666").await;
    let permissions = [Permission::Administrator, Permission::Storage];
    let strangers_key = stage.user(stranger, "mallory", &permissions).await;

    // What the victim has: events, a cursor and a marker, a trail, a report, a plugin, a project.
    let events: Vec<Value> = (0..5).map(event).collect();
    stage.store(victim.account, &events).await;
    stage.buckets.make("canary-logs", Behaviour::Writable);
    let project = "p1".parse().unwrap();
    let made = stage
        .directory
        .create_project(victim.account, &project, NOW);
    made.await.unwrap();
    let alice = "alice".parse().unwrap();
    let storage = Permission::Storage.into();
    stage
        .directory
        .grant(victim.account, &alice, &storage)
        .await
        .unwrap();
    let default = "111122223333".parse().unwrap();
    let assigned = stage
        .directory
        .assign_bucket(victim.account, &default, "canary-logs");
    assigned.await.unwrap();
    let client = stage.client(&victim.key);
    let create = client
        .create_trail()
        .name("canary-trail")
        .s3_bucket_name("canary-logs");
    create.send().await.unwrap();
    let page = client.lookup_events().max_results(2).send().await.unwrap();
    let cursor = page.next_token().unwrap().to_owned();
    let report = victim.queued(&json!({"format": "csv"})).await.id();
    victim.finish(&report).await;
    let plugin = victim.plugin("canary-filter", "1.0.0").await.to_string();
    let logs = operations()
        .into_iter()
        .find(|one| one.protocol == Protocol::Vk)
        .unwrap();
    let victim_s = Credential::Key(victim.key.clone());
    let mut first = logs.request("p1");
    *first.uri_mut() = "/v1/p1/logs?limit=2".parse().unwrap();
    let marker = stage.ask(&victim_s, first).await.body["marker"].clone();
    let marker = marker.as_str().unwrap().to_owned();
    let before = possessions(&stage).await;

    let arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/canary-trail";
    let theft = |trail: &str| {
        json!({
            "Name": trail, "TrailName": trail, "ResourceId": trail, "ResourceIdList": [trail],
            "trailNameList": [trail], "TagsList": [{"Key": "k", "Value": "v"}], "S3BucketName": "canary-logs",
            "EventSelectors": [], "InsightSelectors": [],
        })
    };
    let bodies = [
        theft(arn),
        theft("canary-trail"),
        json!({"NextToken": cursor}),
        json!({"NextToken": cursor, "MaxResults": 2}),
        json!({"format": "csv", "plugin": {"id": plugin}}),
        json!({"format": "csv", "plugin": {"name": "canary-filter", "version": "1.0.0"}}),
        json!({}),
    ];
    let mallory = Credential::Key(strangers_key);
    for operation in operations() {
        for body in &bodies {
            // Only what an operation knows: one of ours refuses the rest before it looks.
            for id in [&report, &plugin] {
                let request = operation.request_with("p1", id, body);
                let answer = stage.ask(&mallory, request).await;
                // An error may quote what was sent; what is answered otherwise may name nothing of the victim's.
                if answer.status.is_success() {
                    let text = answer.body.to_string();
                    assert!(
                        !text.contains(CANARY) && !text.contains("Canary"),
                        "{}: {text}",
                        operation.name
                    );
                }
                stage.clock.advance(100);
            }
        }
        assert_eq!(possessions(&stage).await, before, "{}", operation.name);
    }

    // By name, where there is a name for it.
    let told = |answer: super::caller::Answer| answer.code();
    let by_name = |name: &str| {
        operations()
            .into_iter()
            .find(|one| one.name == name)
            .unwrap()
    };
    let cursors = by_name("LookupEvents").request_with("", "", &json!({"NextToken": cursor}));
    assert_eq!(
        told(stage.ask(&mallory, cursors).await),
        "InvalidNextTokenException"
    );
    let trail = by_name("GetTrail").request_with("", "", &json!({"Name": arn}));
    assert_eq!(
        told(stage.ask(&mallory, trail).await),
        "TrailNotFoundException"
    );
    let download = by_name("DownloadReport").request_with("", &report, &json!({}));
    assert_eq!(told(stage.ask(&mallory, download).await), "ReportNotFound");
    let check = by_name("CheckPlugin").request_with("", &plugin, &json!({}));
    assert_eq!(told(stage.ask(&mallory, check).await), "PluginNotFound");
    assert!(told(stage.ask(&mallory, logs.request("p1")).await).starts_with("404 "));
    let mut marked = logs.request("444455556666");
    *marked.uri_mut() = format!("/v1/444455556666/logs?limit=2&marker={marker}")
        .parse()
        .unwrap();
    let marked = told(stage.ask(&mallory, marked).await);
    assert!(marked.starts_with("400 marker: "), "{marked}");
    // And a bucket that is another account's: the storage knows no such key, says the seed.
    let create = json!({"Name": "mine", "S3BucketName": "canary-logs"});
    let create = by_name("CreateTrail").request_with("", "", &create);
    let answer = stage.ask(&mallory, create).await;
    assert_eq!(answer.code(), "InvalidAccessKeyId");
}

#[tokio::test]
async fn a_bucket_takes_trails_of_whoever_may_store_in_its_project() {
    let stage = Stage::new();
    let account = stage.account("111122223333").await;
    let directory = &stage.directory;
    for project in ["shop", "bank"] {
        let project = project.parse().unwrap();
        directory
            .create_project(account, &project, NOW)
            .await
            .unwrap();
    }
    for bucket in ["plain", "shop-logs", "bank-logs"] {
        stage.buckets.make(bucket, Behaviour::Writable);
    }
    for (project, bucket) in [("shop", "shop-logs"), ("bank", "bank-logs")] {
        let project = project.parse().unwrap();
        directory
            .assign_bucket(account, &project, bucket)
            .await
            .unwrap();
    }
    let create = operations()
        .into_iter()
        .find(|one| one.name == "CreateTrail")
        .unwrap();
    // grants beside administrator; which of plain, shop-logs, bank-logs
    let cases: [(&[&str], [bool; 3]); 5] = [
        (&[], [false, false, false]),
        (&["storage@111122223333"], [true, false, false]),
        (&["storage@shop"], [false, true, false]),
        (&["storage@shop", "storage@bank"], [false, true, true]),
        (&["storage"], [true, true, true]),
    ];
    for (at, (grants, allowed)) in cases.into_iter().enumerate() {
        let user = format!("user{at}");
        let key = stage
            .user(account, &user, &[Permission::Administrator])
            .await;
        for grant in grants {
            let user = user.parse().unwrap();
            directory
                .grant(account, &user, &grant.parse().unwrap())
                .await
                .unwrap();
        }
        // Neither is a trail made twice, nor is the limit met: only access is asked about.
        let raised = directory.set_limit(account, Limit::Trails, Some(100));
        raised.await.unwrap();
        let key = Credential::Key(key);
        let token = Credential::Token(stage.token(account, &user).await);
        for (bucket, allowed) in ["plain", "shop-logs", "bank-logs"].into_iter().zip(allowed) {
            let body = json!({"Name": format!("{user}-{bucket}"), "S3BucketName": bucket});
            let answer = stage.ask(&key, create.request_with("", "", &body)).await;
            assert_eq!(
                answer.status.is_success(),
                allowed,
                "{grants:?} {bucket} {answer:?}"
            );
            if !allowed {
                assert_eq!(answer.code(), "InvalidAccessKeyId");
                let says = "The AWS Access Key Id you provided does not exist in our records";
                assert_eq!(answer.body["message"], says);
            }
            // The operator's token is of no key that a storage could know.
            let body = json!({"Name": format!("{user}-{bucket}-2"), "S3BucketName": bucket});
            let answer = stage.ask(&token, create.request_with("", "", &body)).await;
            assert_eq!(answer.code(), "InvalidAccessKeyId");
        }
    }
}
