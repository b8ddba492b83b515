//! Another account's ids, tokens, cursors, report links, plugins and trails are refused in every operation there is.
//!
//! Each operation is called with everything of the victim's that there is, in every parameter that names anything, and
//! must answer nothing of the victim's and change nothing. An operation that is added is called likewise.

use activity_log_control::{
    Limit, Permission, PluginReader as _, Registry as _, ReportReader as _, TrailReader as _,
};
use serde_json::{Value, json};

use super::caller::{Credential, Operation, operations};
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

/// The victim's things, by what one would call them.
struct Victim {
    report: String,
    plugin: String,
    cursor: String,
    marker: String,
}

const ARN: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/canary-trail";

fn by_name(name: &str) -> Operation {
    let mut all = operations().into_iter();
    all.find(|operation| operation.name == name).unwrap()
}

/// Events, a cursor and a marker, a bucket, a trail, a report, a plugin, a project.
async fn victim(stage: &Stage) -> Victim {
    let victim = administrator(stage, "111122223333").await;
    let events: Vec<Value> = (0..5).map(event).collect();
    stage.store(victim.account, &events).await;
    let directory = &stage.directory;
    let (project, default) = ("p1".parse().unwrap(), "111122223333".parse().unwrap());
    let made = directory.create_project(victim.account, &project, NOW);
    made.await.unwrap();
    stage.buckets.make("canary-logs", Behaviour::Writable);
    let assigned = directory.assign_bucket(victim.account, &default, "canary-logs");
    assigned.await.unwrap();
    let (alice, storage) = ("alice".parse().unwrap(), Permission::Storage.into());
    let granted = directory.grant(victim.account, &alice, &storage).await;
    granted.unwrap();
    let client = stage.client(&victim.key);
    let create = client.create_trail().name("canary-trail");
    create.s3_bucket_name("canary-logs").send().await.unwrap();
    let page = client.lookup_events().max_results(2).send().await.unwrap();
    let report = victim.queued(&json!({"format": "csv"})).await.id();
    victim.finish(&report).await;
    let plugin = victim.plugin("canary-filter", "1.0.0").await.to_string();
    let mut logs = by_name("ListLogs").request("p1");
    *logs.uri_mut() = "/v1/p1/logs?limit=2".parse().unwrap();
    let logs = stage.ask(&Credential::Key(victim.key.clone()), logs).await;
    Victim {
        report,
        plugin,
        cursor: page.next_token().unwrap().to_owned(),
        marker: logs.body["marker"].as_str().unwrap().to_owned(),
    }
}

impl Victim {
    /// Bodies that name everything there is, in every parameter that names anything.
    fn bodies(&self) -> Vec<Value> {
        let trail = |name: &str| {
            json!({
                "Name": name, "TrailName": name, "ResourceId": name, "ResourceIdList": [name],
                "trailNameList": [name], "TagsList": [{"Key": "k", "Value": "v"}],
                "S3BucketName": "canary-logs", "EventSelectors": [], "InsightSelectors": [],
            })
        };
        let by_name = json!({"name": "canary-filter", "version": "1.0.0"});
        vec![
            trail(ARN),
            trail("canary-trail"),
            json!({"NextToken": self.cursor}),
            json!({"NextToken": self.cursor, "MaxResults": 2}),
            json!({"format": "csv", "plugin": {"id": self.plugin}}),
            json!({"format": "csv", "plugin": by_name}),
            json!({}),
        ]
    }
}

async fn mallory(stage: &Stage) -> Credential {
    let account = stage.account("444455556666").await;
    let permissions = [Permission::Administrator, Permission::Storage];
    Credential::Key(stage.user(account, "mallory", &permissions).await)
}

#[tokio::test]
async fn nothing_of_another_account_is_shown_or_changed() {
    let stage = Stage::new();
    let victim = victim(&stage).await;
    let mallory = mallory(&stage).await;
    let before = possessions(&stage).await;
    for operation in operations() {
        for body in &victim.bodies() {
            for id in [&victim.report, &victim.plugin] {
                let request = operation.request_with("p1", id, body);
                let answer = stage.ask(&mallory, request).await;
                // An error may quote what was sent; what is answered otherwise may name nothing of the victim's.
                let text = answer.body.to_string().to_lowercase();
                let shown = answer.status.is_success() && text.contains(CANARY);
                assert!(!shown, "{}: {text}", operation.name);
                stage.clock.advance(100);
            }
        }
        assert_eq!(possessions(&stage).await, before, "{}", operation.name);
    }
}

#[tokio::test]
async fn what_is_another_account_s_is_refused_by_name() {
    let stage = Stage::new();
    let victim = victim(&stage).await;
    let mallory = mallory(&stage).await;
    let create = json!({"Name": "mine", "S3BucketName": "canary-logs"});
    let cases = [
        (
            "LookupEvents",
            "",
            json!({"NextToken": victim.cursor}),
            "InvalidNextTokenException",
        ),
        (
            "GetTrail",
            "",
            json!({"Name": ARN}),
            "TrailNotFoundException",
        ),
        // The storage knows no such key, says the seed.
        ("CreateTrail", "", create, "InvalidAccessKeyId"),
        (
            "DownloadReport",
            &*victim.report,
            json!({}),
            "ReportNotFound",
        ),
        ("CheckPlugin", &*victim.plugin, json!({}), "PluginNotFound"),
        (
            "ListLogs",
            "",
            json!({}),
            "404 The account has no project with this id",
        ),
    ];
    for (name, id, body, code) in cases {
        let answer = stage
            .ask(&mallory, by_name(name).request_with("p1", id, &body))
            .await;
        assert_eq!(answer.code(), code, "{name} {answer:?}");
    }
    let mut with_marker = by_name("ListLogs").request("444455556666");
    let path = format!("/v1/444455556666/logs?limit=2&marker={}", victim.marker);
    *with_marker.uri_mut() = path.parse().unwrap();
    let code = stage.ask(&mallory, with_marker).await.code();
    assert!(code.starts_with("400 marker: "), "{code}");
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
