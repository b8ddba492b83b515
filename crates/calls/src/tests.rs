//! Records are what core admits, whatever a call holds.

use std::net::IpAddr;

use activity_log_core::event::{Admission, Event, Fields, ResourceField, ResourceSource, limits};
use activity_log_core::instant::Instant;
use activity_log_core::origin::Origin;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::*;
use crate::record::MAX_FIELD_CHARS;

const NOW: Instant = Instant::from_millis(1_795_176_000_250);
/// What SQS takes in one message, less its attributes: their names, types and values.
const MESSAGE_BYTES: usize = 256 * 1024 - "accountIdString111122223333originStringservice".len();

fn call(asked: &Asked) -> Call<'_> {
    Call {
        event_id: Uuid::from_u128(7),
        now: NOW,
        account: "111122223333".parse().unwrap(),
        user: Some("alice"),
        operator: None,
        access_key_id: Some("AKIA1"),
        token_id: None,
        source: Source::CloudTrail,
        name: "StopLogging",
        read_only: false,
        region: "eu-central-1",
        address: Some([192, 0, 2, 1].into()),
        user_agent: Some("aws-cli/2"),
        request_id: "r-1",
        project: Some("p1"),
        asked,
        answer: Parameters::none(),
        error: None,
        kind: Kind::ApiCall,
        additional: Map::new(),
    }
}

/// A trail is asked for.
fn asked() -> Asked {
    Asked {
        parameters: Parameters::of(&json!({"name": "t", "secretKey": "x"})),
        resources: vec![Resource::new("AWS::CloudTrail::Trail", "t")],
        ..Asked::default()
    }
}

fn admitted<T>(record: &str, then: impl FnOnce(&Event<'_>) -> T) -> T {
    let admission = Admission {
        account: "111122223333".parse().unwrap(),
        now: NOW,
        retention_days: 30,
    };
    then(&Event::parse(record, 0, &Origin::Service, &admission).unwrap())
}

#[test]
fn a_call_is_a_cloudtrail_record() {
    let asked = asked();
    let call = Call {
        answer: Parameters::of_answer(&json!({"trailARN": "arn", "token": "x"})),
        ..call(&asked)
    };
    let record: Value = serde_json::from_str(&call.record()).unwrap();
    let expected = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser", "principalId": "111122223333:alice",
            "arn": "arn:aws:iam::111122223333:user/alice", "accountId": "111122223333",
            "accessKeyId": "AKIA1", "userName": "alice",
        },
        "eventTime": "2026-11-20T12:00:00Z", "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging", "awsRegion": "eu-central-1", "sourceIPAddress": "192.0.2.1",
        "userAgent": "aws-cli/2",
        "requestParameters": {"name": "t", "secretKey": "HIDDEN_DUE_TO_SECURITY_REASONS"},
        "responseElements": {"trailARN": "arn", "token": "HIDDEN_DUE_TO_SECURITY_REASONS"}, "requestID": "r-1",
        "eventID": "00000000-0000-0000-0000-000000000007", "readOnly": false,
        "resources": [{"ARN": "t", "accountId": "111122223333", "type": "AWS::CloudTrail::Trail"}],
        "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": "111122223333",
        "eventCategory": "Management", "project": "p1",
    });
    assert_eq!(record, expected);
}

#[test]
fn a_session_that_was_not_opened_is_a_record() {
    let said = json!({"SessionId": "s-1", "MFAUsed": "No", "password": "x"});
    let asked = Asked::unread(9);
    let failed = Call {
        user: None,
        operator: None,
        access_key_id: None,
        token_id: Some("t-1"),
        source: Source::ActivityLog,
        name: "OpenSession",
        error: Some(CallError {
            code: "AccessDenied",
            message: "no",
        }),
        kind: Kind::SignIn,
        project: None,
        additional: said.as_object().unwrap().clone(),
        ..call(&asked)
    };
    let record = failed.record();
    let read: Value = serde_json::from_str(&record).unwrap();
    let account = json!({"type": "Unknown", "accountId": "111122223333"});
    assert_eq!(read["userIdentity"], account);
    assert_eq!(read["requestParameters"], Value::Null);
    assert_eq!(
        read["additionalEventData"],
        json!({"SessionId": "s-1", "MFAUsed": "No", "TokenId": "t-1", "RequestBytes": 9,
            "password": "HIDDEN_DUE_TO_SECURITY_REASONS"})
    );
    assert_eq!(read["eventType"], "AwsConsoleSignIn");
    assert_eq!(read["errorMessage"], "no");
    admitted(&record, |event| {
        assert_eq!(event.fields.username, None);
        assert_eq!(event.fields.source.as_deref(), Some("activity-log"));
    });
}

#[test]
fn the_largest_call_fits_into_a_message() {
    // A character that JSON writes in six bytes.
    let long = "\u{1}".repeat(100_000);
    let many = |count: u32| {
        (0..count).fold(Parameters::none(), |all, n| {
            all.with(&n.to_string(), "x".repeat(90))
        })
    };
    let mut asked = Asked {
        parameters: many(1_000),
        resources: vec![Resource::new("AWS::CloudTrail::Trail", &*long); 100],
        ..Asked::unread(usize::MAX)
    };
    for _ in 0..1_000 {
        asked.unknown.add(&long);
    }
    let largest = Call {
        user: Some(&long),
        operator: None,
        access_key_id: Some(&long),
        token_id: Some(&long),
        name: &long,
        region: &long,
        user_agent: Some(&long),
        request_id: &long,
        project: Some(&long),
        answer: many(500),
        error: Some(CallError {
            code: &long,
            message: &long,
        }),
        additional: (0..270)
            .map(|n| (n.to_string(), "x".repeat(90).into()))
            .collect(),
        ..call(&asked)
    };
    let record = largest.record();
    assert!(record.len() > 150 * 1024 && record.len() <= MESSAGE_BYTES);
    const { assert!(MESSAGE_BYTES <= limits::RECORD_BYTES) };
    admitted(&record, |_| ());
    let asked = Asked::default();
    let empty = Call {
        user: Some(""),
        operator: None,
        access_key_id: Some(""),
        name: "",
        region: "",
        user_agent: Some(""),
        request_id: "",
        project: Some(""),
        address: None,
        error: Some(CallError {
            code: "",
            message: "",
        }),
        ..call(&asked)
    };
    admitted(&empty.record(), |event| {
        let expected = Fields {
            name: "Unknown".into(),
            source: Some("cloudtrail.amazonaws.com".into()),
            event_type: Some("AwsApiCall".into()),
            ..Fields::default()
        };
        assert_eq!(event.fields, expected);
    });
}

/// Text short and long, of every kind of character, of those that are escaped more often.
fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        any::<char>(),
        prop::sample::select(vec![
            '\0', '"', '\\', '\u{fffe}', '\u{ffff}', '😀', '…', 'a'
        ]),
    ];
    let characters = vec(character, 0..20).prop_map(|some| some.into_iter().collect::<String>());
    (characters, 1_usize..100).prop_map(|(some, times)| some.repeat(times))
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        text().prop_map(Value::from),
        any::<f64>().prop_map(Value::from)
    ];
    leaf.prop_recursive(70, 100, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(".{0,3}", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A [`Call`] that owns what it holds.
#[derive(Clone, Debug)]
struct Owned {
    texts: [String; 6],
    options: [Option<String>; 4],
    error: Option<(String, String)>,
    address: Option<IpAddr>,
    read_only: bool,
    millis: i64,
    members: Vec<(String, Value)>,
    asked: Asked,
    choice: usize,
}

prop_compose! {
    fn owned()(
        texts in prop::array::uniform6(text()),
        options in prop::array::uniform4(of(text())),
        error in of((text(), text())),
        address in of(any::<IpAddr>()),
        read_only: bool,
        millis in -29 * 86_400_000_i64..300_000,
        members in vec((".{0,3}", value()), 0..4),
        (input, resources, unread) in (value(), vec(text(), 0..3), of(any::<usize>())),
        choice in 0_usize..5,
    ) -> Owned {
        let parameters = Parameters::of(&input).with(&texts[4], &*texts[5]);
        let resources = resources.iter().map(|name| Resource::new("AWS::CloudTrail::Trail", name)).collect();
        let mut asked = Asked { parameters, resources, unread_bytes: unread, ..Asked::default() };
        for text in &texts { asked.unknown.add(text); }
        Owned { texts, options, error, address, read_only, millis, members, asked, choice }
    }
}

impl Owned {
    fn call(&self) -> Call<'_> {
        let [name, region, request_id, agent, ..] = &self.texts;
        let [user, access_key_id, token_id, project] = &self.options;
        let error = self
            .error
            .as_ref()
            .map(|(code, message)| CallError { code, message });
        let kinds = [
            Kind::ApiCall,
            Kind::SignIn,
            Kind::SignOut,
            Kind::AutoSignOut,
            Kind::ServiceEvent,
        ];
        Call {
            now: NOW.plus_millis(self.millis),
            user: user.as_deref(),
            operator: None,
            access_key_id: access_key_id.as_deref(),
            token_id: token_id.as_deref(),
            source: [Source::CloudTrail, Source::ActivityLog][self.choice % 2],
            name,
            read_only: self.read_only,
            region,
            address: self.address,
            user_agent: Some(agent),
            request_id,
            project: project.as_deref(),
            answer: self.asked.parameters.clone(),
            error,
            kind: kinds[self.choice],
            additional: self.members.iter().cloned().collect(),
            ..call(&self.asked)
        }
    }
}

/// What was put in, or the start of it.
fn says(found: Option<&str>, put: Option<&str>) -> bool {
    match (found, put.filter(|put| !put.is_empty())) {
        (Some(found), Some(put)) if put.chars().count() > MAX_FIELD_CHARS => {
            let start = found.strip_suffix('…').unwrap();
            start.chars().count() == MAX_FIELD_CHARS - 1 && put.starts_with(start)
        }
        (found, put) => found == put,
    }
}

proptest! {
    #[test]
    fn every_call_is_admitted_and_found_by_what_it_holds(owned in owned()) {
        let call = owned.call();
        let record = call.record();
        prop_assert!(record.len() <= MESSAGE_BYTES);
        let sendable = |one| one >= ' ' && one != '\u{fffe}' && one != '\u{ffff}';
        let is_sendable = record.chars().all(sendable);
        prop_assert!(is_sendable);
        admitted(&record, |event| {
            let fields = &event.fields;
            let name = if call.name.is_empty() { "Unknown" } else { call.name };
            let address = call.address.map(|address| address.to_string());
            prop_assert_eq!(event.time, Instant::from_seconds(call.now.seconds()));
            prop_assert_eq!(&*event.id, call.event_id.to_string());
            prop_assert_eq!(event.read_only, call.read_only);
            prop_assert!(says(Some(&fields.name), Some(name)));
            prop_assert!(says(fields.username.as_deref(), call.user));
            prop_assert!(says(fields.access_key_id.as_deref(), call.access_key_id));
            prop_assert!(says(fields.project.as_deref(), call.project));
            prop_assert!(says(fields.region.as_deref(), Some(call.region)));
            prop_assert_eq!(fields.source.as_deref(), Some(call.source.as_str()));
            prop_assert_eq!(fields.event_type.as_deref(), Some(call.kind.as_str()));
            prop_assert_eq!(fields.source_ip.as_deref(), address.as_deref());
            let code = call.error.map(|error| error.code).filter(|code| !code.is_empty());
            match (fields.error_code.as_deref(), code) {
                (Some(found), Some(put)) if put.len() > 1024 => {
                    prop_assert!(put.starts_with(found.strip_suffix('…').unwrap()));
                }
                (found, put) => prop_assert_eq!(found, put),
            }
            // What parameters name besides comes after.
            for (found, put) in fields.resources.iter().zip(&call.asked.resources) {
                prop_assert!(says(found.name.as_deref(), Some(&put.name)));
            }
            let is_listed = |one: &&ResourceField<'_>| one.source == ResourceSource::Resources;
            let listed = fields.resources.iter().filter(is_listed);
            prop_assert_eq!(listed.count(), call.asked.resources.len());
            Ok(())
        })?;
    }
}
