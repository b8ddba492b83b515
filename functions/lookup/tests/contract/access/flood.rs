//! Whoever knows a key's id can call in its name, without showing to be of it: what the account's log is told of that.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use activity_log_control::{
    Claimed, Minute, NamedCredential, Permission, Place, UnprovenCall, UnprovenCalls as _,
};
use activity_log_core::account::AccountId;
use activity_log_gateway::Caller;
use activity_log_lookup::tick;
use serde_json::{Value, json};

use super::caller::{Credential, Operation, operations};
use crate::clock::standing;
use crate::stage::{Key, Stage};

/// What an attacker would like to write into the victim's log.
const TEXT: &str = "written-by-the-attacker";
/// A minute, and the time after which it is told.
const MINUTE_MS: i64 = 60_000;
const TOLD_AFTER_MS: i64 = 2 * MINUTE_MS + 1;

fn by_name(name: &str) -> Operation {
    let mut all = operations().into_iter();
    all.find(|operation| operation.name == name).unwrap()
}

/// Whoever has the key's id only.
fn forged(key: &Key) -> Credential {
    Credential::Key(Key {
        id: key.id.clone(),
        secret: "0123456789abcdef0123456789abcdef".parse().unwrap(),
    })
}

fn address(last: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, last).into()
}

/// A wrongly signed call with the attacker's text wherever there is room for it.
async fn attempt(stage: &Stage, caller: &Credential, operation: &str, from: IpAddr) {
    let body = json!({"key": TEXT, TEXT: [TEXT], "LookupAttributes":
        [{"AttributeKey": "EventName", "AttributeValue": TEXT.repeat(50)}]});
    let mut request = by_name(operation).request_with(TEXT, TEXT, &body);
    let caller_was = request.extensions_mut().insert(Caller {
        source_ip: Some(from),
        user_agent: Some("x".repeat(10_000)),
        request_id: None,
    });
    assert!(caller_was.is_some());
    let answer = stage.ask(caller, request).await;
    assert!(answer.status.is_client_error(), "{operation}");
}

fn told(stage: &Stage) -> Vec<(AccountId, Value)> {
    let records = stage.calls.take().into_iter();
    records
        .map(|(account, record)| {
            assert!(!record.contains(TEXT), "{record}");
            assert!(record.len() < 1_500, "{} bytes", record.len());
            (account, serde_json::from_str(&record).unwrap())
        })
        .collect()
}

/// What the tick of a later time tells.
async fn told_later(stage: &Stage) -> Vec<(AccountId, Value)> {
    let now = stage.clock.at_server().plus_millis(TOLD_AFTER_MS);
    tick::tell(&stage.server.app, standing(now)).await.unwrap();
    told(stage)
}

async fn victim() -> (Stage, AccountId, Key, Key) {
    let stage = Stage::new();
    let account = stage.account("111122223333").await;
    let alice = stage
        .user(account, "alice", &[Permission::Administrator])
        .await;
    let bob = stage.user(account, "bob", &[]).await;
    (stage, account, alice, bob)
}

#[tokio::test]
async fn a_call_alone_is_told_by_operation_key_address_agent_and_size() {
    let (stage, account, alice, _) = victim().await;
    for operation in [
        "LookupEvents",
        "CreateReport",
        "GetReport",
        "ListLogs",
        "OpenSession",
    ] {
        attempt(&stage, &forged(&alice), operation, address(7)).await;
        let told = told(&stage);
        let [(of, event)] = told.as_slice() else {
            panic!("{operation}: {told:?}");
        };
        assert_eq!(*of, account);
        assert_eq!(event["eventName"], operation);
        assert_eq!(event["userIdentity"]["accessKeyId"], alice.id.as_str());
        assert_eq!(event["userIdentity"]["userName"], "alice");
        assert_eq!(event["sourceIPAddress"], "192.0.2.7");
        assert_eq!(event["requestParameters"], Value::Null, "{operation}");
        assert_eq!(event["project"], Value::Null);
        assert!(event["errorCode"].is_string());
        let agent = event["userAgent"].as_str().unwrap();
        assert!(agent.starts_with("xxx") && agent.len() <= 256, "{agent}");
    }
}

#[tokio::test]
async fn a_flood_hides_no_other_attempt_and_is_told_in_one_event_with_its_counts() {
    let (stage, account, alice, bob) = victim().await;
    let (as_alice, as_bob) = (forged(&alice), forged(&bob));
    let mut others = 0;
    for n in 0..151_u8 {
        let operation = ["LookupEvents", "DeleteTrail"][usize::from(n % 2)];
        attempt(&stage, &as_alice, operation, address(1)).await;
        if n % 10 == 9 {
            attempt(&stage, &as_alice, "ListLogs", address(100 + n / 10)).await;
            attempt(&stage, &as_bob, "StopLogging", address(200 + n / 10)).await;
            others += 2;
        }
    }
    let singly = told(&stage);
    let from = |last: u8| {
        let address = address(last).to_string();
        let of = singly.iter();
        of.filter(|(_, event)| event["sourceIPAddress"] == address.as_str())
            .count()
    };
    assert_eq!(from(1), 10, "of the flood");
    for n in 0..15 {
        assert_eq!((from(100 + n), from(200 + n)), (1, 1), "of the others: {n}");
    }
    assert_eq!(singly.len(), 10 + others);

    let together = told_later(&stage).await;
    let [(of, event)] = together.as_slice() else {
        panic!("{together:?}");
    };
    assert_eq!(
        (*of, &event["eventName"]),
        (account, &json!("RefusedCalls"))
    );
    assert_eq!(event["eventType"], "AwsServiceEvent");
    assert_eq!(event["eventSource"], "activity-log");
    assert_eq!(event["userIdentity"]["accessKeyId"], alice.id.as_str());
    assert_eq!(event["sourceIPAddress"], "192.0.2.1");
    let said = &event["additionalEventData"];
    assert_eq!(said["Calls"], 151 - 10);
    assert_eq!(said["CallsByAddress"], json!({"192.0.2.1": 141}));
    let by_operation: BTreeMap<String, u64> =
        serde_json::from_value(said["CallsByOperation"].clone()).unwrap();
    assert_eq!(by_operation.values().sum::<u64>(), 141);
    assert_eq!(by_operation.len(), 2);
    // It is told once.
    assert_eq!(told_later(&stage).await, []);
}

#[tokio::test]
async fn a_flood_from_many_places_is_bounded_and_adds_up() {
    const CALLS: u64 = 1_000;
    let (stage, _, alice, bob) = victim().await;
    let as_alice = forged(&alice);
    for n in 0..CALLS {
        let place = Ipv4Addr::from_bits(0x0a00_0000 + u32::try_from(n).unwrap());
        attempt(&stage, &as_alice, "LookupEvents", place.into()).await;
    }
    let singly = told(&stage).len();
    assert!(singly <= 60, "{singly}");
    // Another key's is told as ever.
    attempt(&stage, &forged(&bob), "LookupEvents", address(1)).await;
    assert_eq!(told(&stage).len(), 1);

    let records = {
        let now = stage.clock.at_server().plus_millis(TOLD_AFTER_MS);
        tick::tell(&stage.server.app, standing(now)).await.unwrap();
        stage.calls.take()
    };
    assert_eq!(records.len(), 1);
    assert!(records[0].1.len() < 6_000, "{} bytes", records[0].1.len());
    let event: Value = serde_json::from_str(&records[0].1).unwrap();
    let said = &event["additionalEventData"];
    assert_eq!(said["Calls"], CALLS - singly as u64);
    let by_address: BTreeMap<String, u64> =
        serde_json::from_value(said["CallsByAddress"].clone()).unwrap();
    assert_eq!(by_address.values().sum::<u64>(), CALLS - singly as u64);
    assert_eq!(by_address.len(), 101);
    assert!(by_address["others"] > 800);
    // From no one place.
    assert_eq!(event["sourceIPAddress"], Value::Null);
}

#[tokio::test]
async fn a_minute_is_told_once_it_is_over_and_its_event_is_always_the_same() {
    let (stage, account, alice, _) = victim().await;
    let app = &stage.server.app;
    let start = stage.clock.at_server();
    let flood = async || {
        for _ in 0..12 {
            attempt(&stage, &forged(&alice), "LookupEvents", address(1)).await;
        }
    };
    flood().await;
    told(&stage);
    // While a function may still be counting in it, it is not told.
    let before = start.plus_millis(2 * MINUTE_MS);
    assert_eq!(
        tick::tell(app, standing(before))
            .await
            .unwrap()
            .told_refusals,
        0
    );
    // The queue does not take it: it stays.
    stage.calls.fail(true);
    let after = start.plus_millis(TOLD_AFTER_MS);
    let failed = tick::tell(app, standing(after)).await.unwrap();
    assert_eq!((failed.told_refusals, failed.untold_entries), (0, 1));
    stage.calls.fail(false);
    assert_eq!(
        tick::tell(app, standing(after))
            .await
            .unwrap()
            .told_refusals,
        1
    );
    let first = told(&stage);
    assert_eq!(first[0].1["additionalEventData"]["Calls"], 2);
    let id = first[0].1["eventID"].as_str().unwrap().to_owned();

    // A tick that died before it could forget tells it again: it is the same event.
    let claimed = Claimed {
        account,
        user: "alice".parse().unwrap(),
        credential: NamedCredential::AccessKey(alice.id.clone()),
    };
    let call = UnprovenCall {
        claimed: &claimed,
        place: Place::Unknown,
        operation: "LookupEvents",
    };
    let again = stage.directory.add_untold(Minute::of(start), call, true);
    assert!(again.await.unwrap());
    assert_eq!(
        tick::tell(app, standing(after))
            .await
            .unwrap()
            .told_refusals,
        1
    );
    assert_eq!(told(&stage)[0].1["eventID"], json!(id));

    // The next minute is another event.
    stage.clock.advance(MINUTE_MS);
    flood().await;
    let singly = told(&stage);
    assert_eq!(singly.len(), 10);
    let second = told_later(&stage).await;
    assert_ne!(second[0].1["eventID"], json!(id));
}
