//! Principal × operation × project × subscription: every cell as the seeds say.

use activity_log_control::{
    KeyStatus, Permission, ProjectId, Registry as _, SubscriptionChange, UserName,
};
use activity_log_core::account::AccountId;
use http::StatusCode;

use super::caller::{Answer, Credential, Operation, Protocol, operations};
use crate::stage::{NOW, Stage};

/// What must happen in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// it is not known who calls
    Unknown,
    /// known, and may not
    Denied,
    /// may, and the subscription is off
    Off,
    /// the account has no such project
    NoProject,
    /// let in; what becomes of it then is no question of access
    Allowed,
}

/// Somebody, and what the seeds say of them.
struct Principal {
    name: &'static str,
    /// grants, as on the command line
    grants: &'static [&'static str],
    may: May,
}

/// How much somebody may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum May {
    /// nothing here
    Nothing,
    /// what takes `auditor`
    Audit,
    /// that, and what takes `administrator`
    Administer,
}

/// The seeds: denied by default; the permission or the group, in any project, is good for all of them; who may send or
/// store may not read.
const PRINCIPALS: [Principal; 12] = [
    Principal {
        name: "nobody",
        grants: &[],
        may: May::Nothing,
    },
    Principal {
        name: "sender",
        grants: &["producer"],
        may: May::Nothing,
    },
    Principal {
        name: "storer",
        grants: &["storage@p1"],
        may: May::Nothing,
    },
    Principal {
        name: "admin",
        grants: &["administrator"],
        may: May::Administer,
    },
    Principal {
        name: "admin1",
        grants: &["administrator@p1"],
        may: May::Administer,
    },
    Principal {
        name: "member1",
        grants: &["ActivityLogAdministrators@p1"],
        may: May::Administer,
    },
    Principal {
        name: "role2",
        grants: &["CloudTrailAdministrator@p2"],
        may: May::Administer,
    },
    Principal {
        name: "auditor",
        grants: &["auditor"],
        may: May::Audit,
    },
    Principal {
        name: "auditor1",
        grants: &["auditor@p1"],
        may: May::Audit,
    },
    Principal {
        name: "auditing-sender",
        grants: &["producer", "storage@p1", "auditor@p2"],
        may: May::Audit,
    },
    Principal {
        name: "both",
        grants: &["producer", "administrator@p2"],
        may: May::Administer,
    },
    Principal {
        name: "system",
        grants: &[],
        may: May::Nothing,
    },
];

/// The account's default project, two of its own, one of nobody, one that is another account's.
const PROJECTS: [(&str, bool); 5] = [
    ("111122223333", true),
    ("p1", true),
    ("p2", true),
    ("p3", false),
    ("444455556666", false),
];

async fn stage() -> (Stage, AccountId, Vec<(&'static str, May, Credential)>) {
    let stage = Stage::new();
    let account = stage.account("111122223333").await;
    let other = stage.account("444455556666").await;
    let directory = &stage.directory;
    for (account, project) in [(account, "p1"), (account, "p2"), (other, "p3")] {
        let project: ProjectId = project.parse().unwrap();
        directory
            .create_project(account, &project, NOW)
            .await
            .unwrap();
    }
    let mut callers = vec![("anonymous", May::Nothing, Credential::Nothing)];
    for principal in PRINCIPALS {
        let name: UserName = principal.name.parse().unwrap();
        if name.is_system() {
            let token = stage.token(account, principal.name).await;
            callers.push(("system", May::Nothing, Credential::Token(token)));
            continue;
        }
        let key = stage.user(account, principal.name, &[]).await;
        for grant in principal.grants {
            let grant = grant.parse().unwrap();
            directory.grant(account, &name, &grant).await.unwrap();
        }
        let token = stage.token(account, principal.name).await;
        callers.push((principal.name, principal.may, Credential::Key(key)));
        callers.push((principal.name, principal.may, Credential::Token(token)));
    }
    (stage, account, callers)
}

fn expected(
    caller: &Credential,
    may: May,
    operation: &Operation,
    project_exists: bool,
    subscribed: bool,
) -> Verdict {
    if matches!(caller, Credential::Nothing) {
        return Verdict::Unknown;
    }
    let takes = match operation.permission {
        Some(Permission::Auditor) => May::Audit,
        Some(Permission::Administrator) => May::Administer,
        Some(other) => panic!("say what {other} comes to in lookup"),
        None => May::Nothing,
    };
    match operation.permission {
        Some(_) if may < takes => Verdict::Denied,
        Some(_) if !subscribed => Verdict::Off,
        Some(_) if !project_exists => Verdict::NoProject,
        Some(_) => Verdict::Allowed,
        // Whoever has a key may open a session, unless the service is off; a token's does not open another.
        None => match (operation.name, caller) {
            ("OpenSession", Credential::Token(_)) => Verdict::Allowed,
            ("OpenSession", _) if !subscribed => Verdict::Off,
            ("OpenSession" | "CloseSession", _) => Verdict::Allowed,
            (other, _) => panic!("say what {other} comes to"),
        },
    }
}

fn verdict(operation: &Operation, answer: &Answer) -> Verdict {
    let (status, code) = (answer.status, answer.code());
    if operation.protocol == Protocol::Vk {
        return match status {
            StatusCode::UNAUTHORIZED => Verdict::Unknown,
            StatusCode::FORBIDDEN if code.contains("subscription") => Verdict::Off,
            StatusCode::FORBIDDEN => Verdict::Denied,
            StatusCode::NOT_FOUND => Verdict::NoProject,
            _ => Verdict::Allowed,
        };
    }
    match code.as_str() {
        "MissingAuthenticationToken" | "MissingAuthenticationTokenException" => Verdict::Unknown,
        "AccessDeniedException" => Verdict::Denied,
        "OperationNotPermittedException" => {
            assert_eq!(status, 400, "the protocol's way");
            Verdict::Off
        }
        "SubscriptionInactive" => {
            assert_eq!(status, 403);
            Verdict::Off
        }
        _ => Verdict::Allowed,
    }
}

#[tokio::test]
async fn every_cell_is_as_the_seeds_say() {
    let (stage, account, callers) = stage().await;
    let mut cells = 0;
    for subscribed in [true, false, true] {
        let change = if subscribed {
            SubscriptionChange::Activate { until: None }
        } else {
            SubscriptionChange::Deactivate
        };
        let now = stage.clock.at_server();
        let changed = stage.directory.change_subscription(account, change, now);
        changed.await.unwrap();
        for operation in operations() {
            let projects = if operation.protocol == Protocol::Vk {
                &PROJECTS[..]
            } else {
                &PROJECTS[..1]
            };
            for (project, exists) in projects {
                for (name, may, caller) in &callers {
                    let answer = stage.ask(caller, operation.request(project)).await;
                    let wanted = expected(caller, *may, &operation, *exists, subscribed);
                    let cell = format!(
                        "{name} {} {project} {subscribed}: {answer:?}",
                        operation.name
                    );
                    assert_eq!(verdict(&operation, &answer), wanted, "{cell}");
                    cells += 1;
                }
                // Reports are few: what was queued goes, or the next would be refused for that.
                stage.clock.advance(1_000);
            }
        }
    }
    assert!(cells > 2_000, "{cells}");
}

/// What an auditor may, by name: whoever adds an operation says here whether auditors may call it.
#[test]
fn auditors_may_read_and_have_reports_of_their_own_and_nothing_else() {
    let mut allowed: Vec<&str> = operations()
        .iter()
        .filter(|operation| operation.permission == Some(Permission::Auditor))
        .map(|operation| operation.name)
        .collect();
    allowed.sort_unstable();
    let expected = [
        "CountEvents",
        "CreateReport",
        "DeleteReport",
        "DescribeTrails",
        "DownloadReport",
        "GetEventSelectors",
        "GetInsightSelectors",
        "GetPlugin",
        "GetReport",
        "GetTrail",
        "GetTrailStatus",
        "ListLogs",
        "ListPlugins",
        "ListPublicKeys",
        "ListReports",
        "ListTags",
        "ListTrails",
        "LookupEvents",
    ];
    assert_eq!(allowed, expected);
    for operation in operations() {
        let reads = operation.read_only && operation.permission.is_some();
        let own = ["CreateReport", "DeleteReport"].contains(&operation.name);
        let may = operation.permission == Some(Permission::Auditor);
        assert_eq!(may, reads || own, "{}", operation.name);
    }
}

#[tokio::test]
async fn what_ends_by_itself_is_off_then() {
    let (stage, account, callers) = stage().await;
    let (_, _, admin) = callers.iter().find(|(name, ..)| *name == "admin").unwrap();
    let until = Some(NOW.plus_millis(60_000));
    let change = SubscriptionChange::Activate { until };
    let changed = stage.directory.change_subscription(account, change, NOW);
    changed.await.unwrap();
    let lookup = operations()
        .into_iter()
        .find(|one| one.name == "LookupEvents")
        .unwrap();
    stage.clock.advance(59_999);
    assert_eq!(stage.ask(admin, lookup.request("p1")).await.status, 200);
    stage.clock.advance(1);
    let off = stage.ask(admin, lookup.request("p1")).await;
    assert_eq!(off.code(), "OperationNotPermittedException");
    assert_eq!(
        off.body["message"],
        "The Activity Log subscription of account 111122223333 is not active. Events are still taken in; activate \
         the subscription to see them."
    );
}

#[tokio::test]
async fn what_is_taken_back_is_gone_with_the_next_request() {
    let (stage, account, _) = stage().await;
    let directory = &stage.directory;
    let alice: UserName = "alice".parse().unwrap();
    let key = stage.user(account, "alice", &[]).await;
    let caller = Credential::Key(key.clone());
    let lookup = operations()
        .into_iter()
        .find(|one| one.name == "LookupEvents")
        .unwrap();
    let group = "ActivityLogAdministrators@p2".parse().unwrap();
    let ask = || stage.ask(&caller, lookup.request("p1"));
    assert_eq!(ask().await.code(), "AccessDeniedException");
    directory.grant(account, &alice, &group).await.unwrap();
    assert_eq!(ask().await.status, 200);
    directory.revoke(account, &alice, &group).await.unwrap();
    assert_eq!(ask().await.code(), "AccessDeniedException");
    directory.grant(account, &alice, &group).await.unwrap();
    let switch = |status| directory.set_access_key_status(account, &alice, &key.id, status);
    switch(KeyStatus::Inactive).await.unwrap();
    assert_eq!(ask().await.code(), "UnrecognizedClientException");
    switch(KeyStatus::Active).await.unwrap();
    assert_eq!(ask().await.status, 200);
    directory.delete_user(account, &alice, NOW).await.unwrap();
    assert_eq!(ask().await.code(), "UnrecognizedClientException");
}
