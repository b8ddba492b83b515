use activity_log_control::memory::InMemory;
use activity_log_control::{
    Due, KeyStatus, Limit, NewAccount, OutboxEntry, OutboxKey, OutboxShard, OutboxState,
    Permission, Position, Projects as _, Registry as _, StoreError, SubscriptionChange,
    TokenRecord, UserName, new_access_key_id, new_secret_key, new_token,
};
use activity_log_core::instant::Instant;
use activity_log_core::origin::Origin;
use serde_json::{Value, json};

use activity_log_calls::Operator;

use super::*;
use crate::operator::tests::now;

const ARN: &str = "arn:aws:iam::999988887777:user/ann";

struct Ann;

impl Who for Ann {
    async fn operator(&self) -> Operator {
        Operator {
            arn: Some(ARN.to_owned()),
            account: Some("999988887777".to_owned()),
            ..Operator::default()
        }
    }
}

/// An outbox that keeps nothing.
struct Full;

fn full() -> StoreError {
    StoreError::Exists {
        item: "outbox".to_owned(),
    }
}

impl Outbox for Full {
    async fn put_attempt(&self, _: &OutboxEntry) -> Result<(), StoreError> {
        Err(full())
    }

    async fn put_end(&self, _: OutboxKey, _: &str) -> Result<bool, StoreError> {
        Err(full())
    }

    async fn due(
        &self,
        _: OutboxShard,
        _: Instant,
        _: Option<&Position>,
        _: usize,
    ) -> Result<Due<OutboxEntry>, StoreError> {
        Err(full())
    }

    async fn forget(&self, _: OutboxKey) -> Result<(), StoreError> {
        Err(full())
    }
}

fn recorded<O>(registry: &InMemory, outbox: O) -> Recorded<InMemory, O, Ann, fn() -> Instant> {
    Recorded {
        registry: registry.clone(),
        outbox,
        who: Ann,
        region: "us-east-1".to_owned(),
        clock: now,
    }
}

fn id() -> AccountId {
    "111122223333".parse().unwrap()
}

fn account() -> NewAccount {
    NewAccount {
        id: id(),
        name: "Demo".parse().unwrap(),
        retention_override_days: Some(7),
    }
}

fn alice() -> UserName {
    "alice".parse().unwrap()
}

/// What is kept, the records read, by their events' names; none is left.
async fn kept(outbox: &InMemory) -> Vec<(OutboxState, Value)> {
    let before = now().plus_millis(1);
    let (mut entries, mut kept) = (Vec::new(), Vec::new());
    for shard in OutboxShard::all() {
        entries.extend(outbox.due(shard, before, None, 100).await.unwrap().entries);
    }
    for entry in entries {
        assert_eq!((entry.origin, entry.account), (Origin::Operator, id()));
        outbox.forget(entry.key).await.unwrap();
        kept.push((entry.state, serde_json::from_str(&entry.record).unwrap()));
    }
    kept
}

async fn only(outbox: &InMemory) -> Value {
    let [(state, record)]: [_; 1] = kept(outbox).await.try_into().unwrap();
    assert_eq!(state, OutboxState::Ended);
    record
}

/// The one change that is kept, which was made, as text.
async fn one_told(outbox: &InMemory, name: &str, asked: Value) -> String {
    let record = only(outbox).await;
    assert_eq!(record["eventName"], name);
    assert_eq!(record["requestParameters"], asked, "{name}");
    assert_eq!(record["userIdentity"]["arn"], ARN);
    assert_eq!(record["errorCode"], Value::Null);
    assert!(record["resources"][0]["ARN"].is_string(), "{name}");
    record.to_string()
}

#[tokio::test]
async fn every_change_is_told_by_whom_and_of_what_and_no_secret_is() {
    let (table, outbox) = (InMemory::new(), InMemory::new());
    let registry = recorded(&table, outbox.clone());
    let alice = alice();
    let (key, secret, token) = (new_access_key_id(), new_secret_key(), new_token(id()));
    let token_record = TokenRecord {
        id: token.id.clone(),
        account: id(),
        user: alice.clone(),
        hash: token.hash(),
        created: now(),
        expires: now().plus_millis(1_000),
        session: None,
    };
    let shop = "shop".parse().unwrap();
    let grant = Permission::Producer.into();
    let mut told = Vec::new();
    let mut next = async |name: &str, asked: Value| {
        told.push(one_told(&outbox, name, asked).await);
    };

    registry.create_account(account(), now()).await.unwrap();
    let asked = json!({"accountId": "111122223333", "name": "Demo", "retentionDays": "7"});
    next("CreateAccount", asked).await;
    registry.create_user(id(), &alice, now()).await.unwrap();
    next("CreateUser", json!({"userName": "alice"})).await;
    let made = registry.create_access_key(id(), &alice, &key, &secret, now());
    made.await.unwrap();
    let asked = json!({"userName": "alice", "accessKeyId": key.as_str()});
    next("CreateAccessKey", asked).await;
    let switched = registry.set_access_key_status(id(), &alice, &key, KeyStatus::Inactive);
    switched.await.unwrap();
    let asked = json!({"userName": "alice", "accessKeyId": key.as_str(), "status": "inactive"});
    next("UpdateAccessKey", asked).await;
    registry.create_token(&token_record).await.unwrap();
    let until = "2026-11-20T12:00:01Z";
    let asked = json!({"userName": "alice", "id": token.id.as_str(), "expires": until});
    next("CreateToken", asked).await;
    registry.revoke_token(id(), &token.id, now()).await.unwrap();
    next("RevokeToken", json!({"id": token.id.as_str()})).await;
    registry.grant(id(), &alice, &grant).await.unwrap();
    let asked = json!({"userName": "alice", "permission": "producer"});
    next("GrantPermission", asked.clone()).await;
    registry.revoke(id(), &alice, &grant).await.unwrap();
    next("RevokePermission", asked).await;
    registry.create_project(id(), &shop, now()).await.unwrap();
    next("CreateProject", json!({"projectId": "shop"})).await;
    registry.assign_bucket(id(), &shop, "logs").await.unwrap();
    let asked = json!({"bucketName": "logs", "projectId": "shop"});
    next("AssignBucket", asked).await;
    registry
        .set_limit(id(), Limit::Trails, Some(3))
        .await
        .unwrap();
    let asked = json!({"accountId": "111122223333", "limit": "trails", "value": "3"});
    next("SetLimit", asked).await;
    for (change, name) in [
        (SubscriptionChange::Deactivate, "DeactivateSubscription"),
        (
            SubscriptionChange::Activate { until: None },
            "ActivateSubscription",
        ),
    ] {
        registry
            .change_subscription(id(), change, now())
            .await
            .unwrap();
        next(name, json!({"accountId": "111122223333"})).await;
    }
    let linked = registry.link_source(id(), "777788889999".parse().unwrap(), now());
    linked.await.unwrap();
    next("LinkAwsAccount", json!({"awsAccountId": "777788889999"})).await;
    let deleted = registry.delete_access_key(id(), &alice, &key);
    deleted.await.unwrap();
    let asked = json!({"userName": "alice", "accessKeyId": key.as_str()});
    next("DeleteAccessKey", asked).await;
    registry.delete_user(id(), &alice, now()).await.unwrap();
    next("DeleteUser", json!({"userName": "alice"})).await;
    let all = told.concat();
    for hidden in [secret.expose(), token.expose().as_str()] {
        assert!(!all.contains(hidden));
    }
}

#[tokio::test]
async fn what_is_changed_and_deleted_afterwards_is_told_too() {
    let (table, outbox) = (InMemory::new(), InMemory::new());
    table.create_account(account(), now()).await.unwrap();
    let shop = "shop".parse().unwrap();
    table.create_project(id(), &shop, now()).await.unwrap();
    table.assign_bucket(id(), &shop, "logs").await.unwrap();
    let registry = recorded(&table, outbox.clone());
    let next = async |name: &str, asked: Value| {
        one_told(&outbox, name, asked).await;
    };

    registry.unassign_bucket(id(), "logs").await.unwrap();
    next("UnassignBucket", json!({"bucketName": "logs"})).await;
    let store = "store".parse().unwrap();
    let renamed = registry.rename_project(id(), &shop, &store);
    renamed.await.unwrap();
    let asked = json!({"projectId": "shop", "newProjectId": "store"});
    next("RenameProject", asked).await;
    registry.delete_project(id(), &store).await.unwrap();
    next("DeleteProject", json!({"projectId": "store"})).await;
    let other = "Other".parse().unwrap();
    registry.rename_account(id(), &other).await.unwrap();
    let asked = json!({"accountId": "111122223333", "name": "Other"});
    next("RenameAccount", asked).await;
    for (days, told) in [(Some(90), "90"), (None, "default")] {
        registry.set_retention(id(), days).await.unwrap();
        let asked = json!({"accountId": "111122223333", "retentionDays": told});
        next("SetRetention", asked).await;
    }
    let deleted = registry.delete_account(id(), false, now());
    deleted.await.unwrap();
    let asked = json!({"accountId": "111122223333", "evenIfLogging": "false"});
    next("DeleteAccount", asked).await;
}

#[tokio::test]
async fn reading_is_not_told() {
    let (table, outbox) = (InMemory::new(), InMemory::new());
    table.create_account(account(), now()).await.unwrap();
    let registry = recorded(&table, outbox.clone());
    registry.accounts().await.unwrap();
    registry.users(id()).await.unwrap();
    registry.projects(id()).await.unwrap();
    registry.buckets(id()).await.unwrap();
    registry.half_deleted(id()).await.unwrap();
    registry.tokens(id()).await.unwrap();
    assert!(registry.access_keys(id(), &alice()).await.is_err());
    assert_eq!(kept(&outbox).await, []);
}

#[tokio::test]
async fn what_cannot_be_told_is_not_done() {
    let table = InMemory::new();
    let registry = recorded(&table, Full);
    let error = registry.create_account(account(), now()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "nothing was done: what is done must be told, and its record could not be kept"
    );
    assert_eq!(table.accounts().await.unwrap(), []);
    table.create_account(account(), now()).await.unwrap();
    let shop = "shop".parse().unwrap();
    assert!(registry.create_project(id(), &shop, now()).await.is_err());
    assert!(!table.has_project(id(), &shop).await.unwrap());
}

#[tokio::test]
async fn a_refused_change_is_told_as_refused_and_one_of_unknown_end_as_attempted() {
    let (table, outbox) = (InMemory::new(), InMemory::new());
    table.create_account(account(), now()).await.unwrap();
    let registry = recorded(&table, outbox.clone());
    registry
        .delete_user(id(), &alice(), now())
        .await
        .unwrap_err();
    let record = only(&outbox).await;
    assert_eq!(record["errorCode"], "NoSuchEntity");
    let says = "no user \"alice\" in account 111122223333";
    assert_eq!(record["errorMessage"], says);

    table.create_user(id(), &alice(), now()).await.unwrap();
    let token = new_token(id());
    let token = TokenRecord {
        id: token.id.clone(),
        account: id(),
        user: alice(),
        hash: token.hash(),
        created: now(),
        expires: now().plus_millis(1_000),
        session: None,
    };
    table.create_token(&token).await.unwrap();
    let error = registry.create_token(&token).await.unwrap_err();
    assert!(matches!(error, RegistryError::Store(_)), "{error}");
    let [(state, record)] = kept(&outbox).await.try_into().unwrap();
    assert_eq!(state, OutboxState::Attempted);
    assert_eq!(
        record["additionalEventData"],
        json!({"Outcome": "Attempted"})
    );
}

/// What is refused because of another account says nothing of it; the operator reads it whole.
#[tokio::test]
async fn no_account_is_told_of_another_but_the_operator_is() {
    const OTHER: &str = "444455556666";
    const SOURCE: &str = "777788889999";
    let (table, outbox) = (InMemory::new(), InMemory::new());
    let (other, source) = (OTHER.parse().unwrap(), SOURCE.parse().unwrap());
    let (shop, theirs) = ("shop".parse().unwrap(), "theirs".parse().unwrap());
    for id in [id(), other] {
        let account = NewAccount { id, ..account() };
        table.create_account(account, now()).await.unwrap();
    }
    table.link_source(other, source, now()).await.unwrap();
    table.create_project(id(), &shop, now()).await.unwrap();
    table.create_project(other, &theirs, now()).await.unwrap();
    table.assign_bucket(other, &theirs, "logs").await.unwrap();
    let registry = recorded(&table, outbox.clone());

    let linked = registry.link_source(id(), source, now()).await.unwrap_err();
    assert!(linked.to_string().contains(OTHER), "{linked}");
    let as_linked = only(&outbox).await;
    assert_eq!(
        as_linked["errorMessage"],
        "AWS account 777788889999 cannot be linked: its events are another account's"
    );
    let assigned = registry.assign_bucket(id(), &shop, "logs").await;
    let assigned = assigned.unwrap_err();
    assert!(assigned.to_string().contains(OTHER), "{assigned}");
    let as_assigned = only(&outbox).await;
    assert_eq!(
        as_assigned["errorMessage"],
        "bucket logs is in a project of another account"
    );
    for record in [as_linked, as_assigned] {
        assert!(!record.to_string().contains(OTHER), "{record}");
    }
    // That the other is an account here is no more of this one's business.
    let refused = registry.link_source(id(), other, now()).await.unwrap_err();
    assert!(refused.to_string().contains("is an account here"));
    assert_eq!(
        only(&outbox).await["errorMessage"],
        "AWS account 444455556666 cannot be linked: its events are another account's"
    );
}

#[test]
fn an_account_that_cannot_be_made_is_not_told_whose_source_it_is() {
    let account = "444455556666".parse().unwrap();
    let error = RegistryError::AccountIsSource { id: id(), account };
    assert!(error.to_string().contains("444455556666"));
    assert_eq!(
        error.told(),
        "account 111122223333 cannot be made: AWS account 111122223333 is linked to another account"
    );
}

/// A command may have waited for its input: its attempt is not due for that.
#[tokio::test]
async fn an_attempt_is_of_when_it_is_made() {
    let (table, outbox) = (InMemory::new(), InMemory::new());
    let ticks = std::sync::atomic::AtomicI64::new(0);
    let registry = Recorded {
        registry: table,
        outbox: outbox.clone(),
        who: Ann,
        region: "us-east-1".to_owned(),
        clock: || {
            let minutes = ticks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            now().plus_millis(minutes * 60_000)
        },
    };
    registry.create_account(account(), now()).await.unwrap();
    registry.create_user(id(), &alice(), now()).await.unwrap();
    let mut times = Vec::new();
    for shard in OutboxShard::all() {
        let due = outbox.due(shard, now().plus_millis(120_000), None, 10);
        let entries = due.await.unwrap().entries;
        times.extend(entries.iter().map(|one| one.key.attempted));
    }
    times.sort_unstable();
    assert_eq!(times, [now(), now().plus_millis(60_000)]);
}

#[test]
fn an_end_that_the_log_will_not_have_is_said() {
    assert_eq!(untold(&Ok(true)), None);
    let late = untold(&Ok(false)).unwrap();
    assert!(late.starts_with("it took so long"), "{late}");
    let failed = untold(&Err(full())).unwrap();
    assert!(
        failed.ends_with("control item outbox exists already"),
        "{failed}"
    );
}

#[tokio::test]
async fn of_an_account_that_is_not_there_nothing_is_kept() {
    let (table, outbox) = (InMemory::new(), InMemory::new());
    let registry = recorded(&table, outbox.clone());
    let error = registry.create_user(id(), &alice(), now()).await;
    assert_eq!(error.unwrap_err().to_string(), "no account 111122223333");
    let error = registry.delete_account(id(), true, now()).await;
    assert_eq!(error.unwrap_err().to_string(), "no account 111122223333");
    assert_eq!(kept(&outbox).await, []);
}
