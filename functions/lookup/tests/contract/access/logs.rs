//! VK's protocol as it is served: who reads which project's log.

use activity_log_control::{Permission, ProjectId, Registry as _};
use serde_json::{Value, json};

use super::caller::{Credential, operations};
use crate::stage::{NOW, Stage};

fn vk(number: i64, project: Option<&str>) -> Value {
    let mut record = json!({
        "event_id": format!("vk-{number}"), "timestamp": NOW.plus_millis(-1_000 * number).to_string(),
        "source": "nova", "action": "create-vm", "success": "yes", "method": "POST", "uri": "/v2.1/servers",
        "user_email": "alice@example.com", "user_id": "5f48556ef89444dbab8fa82669d",
    });
    if let Some(project) = project {
        record["project_id"] = project.into();
    }
    record
}

fn cloudtrail(number: i64) -> Value {
    json!({
        "eventVersion": "1.08", "userIdentity": {"type": "IAMUser", "userName": "bob"},
        "eventTime": NOW.plus_millis(-1_000 * number).to_string(), "eventSource": "ec2.amazonaws.com",
        "eventName": "StopInstances", "eventID": format!("ct-{number}"), "readOnly": false,
    })
}

async fn ids(stage: &Stage, caller: &Credential, project: &str) -> Vec<String> {
    let logs = operations()
        .into_iter()
        .find(|one| one.name == "ListLogs")
        .unwrap();
    let answer = stage.ask(caller, logs.request(project)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let logs = answer.body["logs"].as_array().unwrap().iter();
    logs.map(|log| log["event_id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn each_project_has_its_events_and_the_default_one_the_rest() {
    let stage = Stage::new();
    let account = stage.account("111122223333").await;
    let shop: ProjectId = "b5b7ffd4ef".parse().unwrap();
    stage
        .directory
        .create_project(account, &shop, NOW)
        .await
        .unwrap();
    let key = stage
        .user(account, "alice", &[Permission::Administrator])
        .await;
    let records = [
        vk(1, Some("b5b7ffd4ef")),
        vk(2, None),
        cloudtrail(3),
        vk(4, Some("unmade")),
    ];
    stage.store(account, &records).await;
    let caller = Credential::Key(key);
    assert_eq!(ids(&stage, &caller, "b5b7ffd4ef").await, ["vk-1"]);
    assert_eq!(ids(&stage, &caller, "111122223333").await, ["vk-2", "ct-3"]);
    let token = Credential::Token(stage.token(account, "alice").await);
    assert_eq!(ids(&stage, &token, "b5b7ffd4ef").await, ["vk-1"]);
    let logs = operations()
        .into_iter()
        .find(|one| one.name == "ListLogs")
        .unwrap();
    for project in ["unmade", "reports", "a%2Fb"] {
        let answer = stage.ask(&caller, logs.request(project)).await;
        let not_found = answer.status == 404;
        assert!(not_found, "{project} {answer:?}");
    }
}
