//! Each example, as a component, over the real events: its verdicts equal those of an independent computation, which
//! reads each event by itself as a tree and knows nothing of columns or of the filters' code.

mod common;

use std::collections::BTreeMap;

use activity_log_plugin::{Limits, OwnedValue};
use common::{Judged, events, judge, plugin};
use serde_json::Value;

/// Runs a filter, in batches of two sizes, and compares. At least one event of each answer must be there, so that
/// a filter that does nothing cannot pass.
fn compare(
    name: &str,
    parameters: &[(&str, &str)],
    expected: impl Fn(&Value) -> bool,
) -> Option<(Judged, Vec<Value>)> {
    let (plugin, events) = (plugin(name, &Limits::default())?, events()?);
    let trees: Vec<Value> = events
        .iter()
        .map(|event| serde_json::from_str(event).unwrap())
        .collect();
    let judged = judge(&plugin, parameters, &events, 4096).unwrap();
    let expected: Vec<bool> = trees.iter().map(expected).collect();
    let differ = (0..events.len()).find(|at| judged.kept[*at] != expected[*at]);
    if let Some(at) = differ {
        panic!(
            "{name} {parameters:?} says {} of {}",
            judged.kept[at], events[at]
        );
    }
    assert_eq!(judged.kept.len(), events.len());
    let kept = expected.iter().filter(|kept| **kept).count();
    println!("{name} {parameters:?} keeps {kept} of {}", events.len());
    assert!(
        kept > 0,
        "{name} {parameters:?} keeps nothing: choose others"
    );

    let again = judge(&plugin, parameters, &events[..300], 7).unwrap();
    assert_eq!(
        again.kept,
        judged.kept[..300],
        "{name} depends on how events are cut into batches"
    );
    Some((judged, trees))
}

fn says(event: &Value, pointer: &str, text: &str) -> bool {
    event.pointer(pointer).and_then(Value::as_str) == Some(text)
}

fn describes(event: &Value) -> bool {
    let name = event["eventName"].as_str().unwrap_or_default();
    name.starts_with("Describe") && event["errorCode"].is_null()
}

#[test]
fn the_benchmarks_filters_agree() {
    for name in ["bench-rust", "bench-c", "bench-js", "bench-json"] {
        compare(name, &[], describes);
    }
}

#[test]
fn out_of_hours_writes() {
    // The real events are of Monday, 10 July 2023, 11:45 to 13:00 or so.
    let minutes = |event: &Value| {
        let time = event["eventTime"].as_str().unwrap();
        assert!(time.starts_with("2023-07-10T"), "{time}");
        let number = |from: usize| time[from..from + 2].parse::<u32>().unwrap();
        number(11) * 60 + number(14)
    };
    let writes = |event: &Value| event["readOnly"] == Value::Bool(false);
    compare(
        "out-of-hours-writes",
        &[("hours", "12:05-18:00")],
        |event| writes(event) && minutes(event) < 12 * 60 + 5,
    );
    let allowed = |event: &Value| {
        let arn = event
            .pointer("/userIdentity/arn")
            .and_then(Value::as_str)
            .unwrap_or_default();
        says(event, "/userIdentity/invokedBy", "cloudtrail.amazonaws.com")
            || arn.starts_with("arn:aws:sts::123837392027:assumed-role/")
    };
    let allow = "arn:aws:sts::123837392027:assumed-role/*,cloudtrail.amazonaws.com";
    // At +12:00 it is the night from Monday to Tuesday.
    let parameters = [
        ("utc-offset", "+12:00"),
        ("weekdays", "mon-fri"),
        ("allow", allow),
    ];
    let judged = compare("out-of-hours-writes", &parameters, |event| {
        writes(event) && !allowed(event)
    });
    if let Some((judged, trees)) = judged {
        for (event, local) in trees.iter().zip(judged.output("localTime")) {
            let minutes = minutes(event) + 12 * 60;
            let day = if minutes >= 24 * 60 { "Tue" } else { "Mon" };
            let expected = format!("{day} {:02}:{:02}", minutes / 60 % 24, minutes % 60);
            assert_eq!(*local, OwnedValue::Text(expected));
        }
    }
}

#[test]
fn no_mfa() {
    let expected = |event: &Value| {
        let root = says(event, "/userIdentity/type", "Root")
            && event.pointer("/userIdentity/invokedBy").is_none()
            && event["eventType"] != "AwsServiceEvent";
        let sign_in = event["eventName"] == "ConsoleLogin"
            && says(event, "/responseElements/ConsoleLogin", "Success")
            && !says(event, "/additionalEventData/MFAUsed", "Yes")
            && !says(event, "/userIdentity/type", "AssumedRole");
        root || sign_in
    };
    // Sign-ins and root use are rare in the real events: those that are there, and some made of others.
    let Some((plugin, mut events)) = plugin("no-mfa", &Limits::default()).zip(events()) else {
        return;
    };
    for (at, event) in events.iter_mut().enumerate() {
        let mut tree: Value = serde_json::from_str(event).unwrap();
        match at % 10 {
            0 => tree["userIdentity"]["type"] = "Root".into(),
            1 => {
                tree["eventName"] = "ConsoleLogin".into();
                tree["responseElements"] = serde_json::json!({"ConsoleLogin": if at % 3 == 0 { "Failure" } else { "Success" }});
                tree["additionalEventData"] =
                    serde_json::json!({"MFAUsed": if at % 4 == 1 { "Yes" } else { "No" }});
            }
            _ => continue,
        }
        *event = tree.to_string();
    }
    let judged = judge(&plugin, &[], &events, 1000).unwrap();
    let mut findings = BTreeMap::<String, usize>::new();
    for (at, event) in events.iter().enumerate() {
        assert_eq!(
            judged.kept[at],
            expected(&serde_json::from_str(event).unwrap()),
            "{event}"
        );
        *findings
            .entry(format!("{:?}", judged.output("finding")[at]))
            .or_default() += 1;
    }
    assert_eq!(findings.len(), 4, "{findings:?}");
}

/// Every string of a tree, keys too.
fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(entries) => entries.iter().for_each(|entry| strings(entry, found)),
        Value::Object(fields) => {
            for (name, value) in fields {
                found.push(name.clone());
                strings(value, found);
            }
        }
        _ => {}
    }
}

#[test]
fn touches_resource() {
    let Some(events) = events() else { return };
    // The role that most events name.
    let mut count = BTreeMap::<String, usize>::new();
    for event in &events {
        let event: Value = serde_json::from_str(event).unwrap();
        if let Some(role) = event
            .pointer("/requestParameters/roleArn")
            .and_then(Value::as_str)
        {
            *count
                .entry(role.rsplit('/').next().unwrap().to_owned())
                .or_default() += 1;
        }
    }
    let (id, _) = count.iter().max_by_key(|(_, count)| **count).unwrap();
    let is_part = |char: char| char.is_alphanumeric() || char == '-' || char == '_';
    let judged = compare("touches-resource", &[("resource", id)], |event| {
        let mut found = vec![];
        for place in [
            "resources",
            "requestParameters",
            "responseElements",
            "additionalEventData",
            "serviceEventDetails",
            "errorMessage",
        ] {
            strings(&event[place], &mut found);
        }
        found.iter().any(|text| {
            let mut parts = text.split(id.as_str());
            let mut before = parts.next().unwrap();
            parts.any(|behind| {
                let whole = !before.ends_with(is_part) && !behind.starts_with(is_part);
                before = behind;
                whole
            })
        })
    });
    if let Some((judged, _)) = judged {
        for (kept, places) in judged.kept.iter().zip(judged.output("namedIn")) {
            assert_eq!(*kept, *places != OwnedValue::Absent);
        }
    }
}

#[test]
fn redact() {
    let Some((judged, trees)) = compare("redact", &[], |_| true) else {
        return;
    };
    let mut hidden = 0;
    for (at, event) in trees.iter().enumerate() {
        let source = event["sourceIPAddress"].as_str().unwrap();
        let shown = match &judged.output("sourceIPAddress")[at] {
            OwnedValue::Text(text) => text,
            other => panic!("{other:?}"),
        };
        match source.parse::<std::net::Ipv4Addr>() {
            Ok(address) => {
                let [first, second, ..] = address.octets();
                assert_eq!(*shown, format!("{first}.{second}.x.x"));
                hidden += 1;
            }
            Err(_) => assert_eq!(shown, source),
        }
        // Nothing of an output holds an address or an access key of the event.
        let key = event
            .pointer("/userIdentity/accessKeyId")
            .and_then(Value::as_str)
            .filter(|key| !key.is_empty());
        for output in &judged.manifest.outputs {
            let text = format!("{:?}", judged.output(output)[at]);
            assert!(
                !key.is_some_and(|key| text.contains(key)),
                "{output}: {text}"
            );
            let is_address = source.parse::<std::net::IpAddr>().is_ok();
            assert!(!(is_address && text.contains(source)), "{output}: {text}");
        }
    }
    assert!(hidden > 100, "{hidden}");
}

#[test]
fn errors_in_c() {
    let judged = compare("errors-c", &[], |event| !event["errorCode"].is_null());
    let kinds = |code: &str| match code {
        _ if ["AccessDenied", "Unauthorized", "Forbidden"]
            .iter()
            .any(|word| code.contains(word)) =>
        {
            "denied"
        }
        _ if ["Throttl", "TooManyRequests", "LimitExceeded"]
            .iter()
            .any(|word| code.contains(word)) =>
        {
            "throttled"
        }
        _ if ["NotFound", "NoSuch", "DoesNotExist"]
            .iter()
            .any(|word| code.contains(word)) =>
        {
            "missing"
        }
        _ => "",
    };
    if let Some((judged, trees)) = judged {
        for (event, kind) in trees.iter().zip(judged.output("failure")) {
            let Some(code) = event["errorCode"].as_str() else {
                assert_eq!(*kind, OwnedValue::Absent);
                continue;
            };
            let OwnedValue::Text(kind) = kind else {
                panic!("{kind:?}")
            };
            let expected = kinds(code);
            assert!(
                *kind == expected
                    || expected.is_empty() && ["invalid", "other"].contains(&kind.as_str()),
                "{code}: {kind}"
            );
        }
        compare("errors-c", &[("only", "denied")], |event| {
            kinds(event["errorCode"].as_str().unwrap_or_default()) == "denied"
        });
    }
}

/// AWS's, K2's and VK's failures, and what did not fail.
#[test]
fn errors_in_c_are_told_of_each_dialect() {
    let Some(plugin) = plugin("errors-c", &Limits::default()) else {
        return;
    };
    let vk = |success: &str, body: &str| {
        format!(
            r#"{{"event_id":"e","timestamp":"2026-11-19T08:00:00Z","action":"unknown","source":"nova","success":{success},"response_body":{body:?}}}"#
        )
    };
    let cases = [
        (
            r#"{"errorCode":"Client.UnauthorizedOperation","userIdentity":{}}"#.to_owned(),
            Some("denied"),
        ),
        (
            r#"{"responseElements":{"ConsoleLogin":"Failure"},"userIdentity":{}}"#.to_owned(),
            Some("denied"),
        ),
        (
            r#"{"responseElements":{"ConsoleLogin":"Success"},"userIdentity":{}}"#.to_owned(),
            None,
        ),
        (
            r#"{"errorCode":"AuthFailure","userName":"igor","eventName":"OpenSession"}"#.to_owned(),
            Some("denied"),
        ),
        (
            r#"{"errorCode":"VolumeInUse","userName":"igor"}"#.to_owned(),
            Some("invalid"),
        ),
        (
            r#"{"errorCode":"InvalidInstanceID.NotFound","userName":"igor"}"#.to_owned(),
            Some("missing"),
        ),
        (r#"{"userName":"igor"}"#.to_owned(), None),
        (
            vk(r#""no""#, r#"{"forbidden": {"message": "x", "code": 403}}"#),
            Some("denied"),
        ),
        (
            vk(
                r#""no""#,
                r#"{"itemNotFound": {"message": "x", "code": 404}}"#,
            ),
            Some("missing"),
        ),
        (
            vk(
                r#""no""#,
                r#"{"NeutronError": {"type": "SecurityGroupInUse"}}"#,
            ),
            Some("invalid"),
        ),
        (
            vk(r#""no""#, r#"{"overLimit": {"code": 413}}"#),
            Some("throttled"),
        ),
        (vk("false", "<BINARY_DATA>"), Some("other")),
        (vk(r#""no""#, ""), Some("other")),
        (vk(r#""yes""#, r#"{"forbidden": []}"#), None),
    ];
    let events: Vec<String> = cases.iter().map(|(event, _)| event.clone()).collect();
    for rows in [1, 5, 4096] {
        let judged = judge(&plugin, &[], &events, rows).unwrap();
        for (at, (event, expected)) in cases.iter().enumerate() {
            assert_eq!(judged.kept[at], expected.is_some(), "{event}");
            let said =
                expected.map_or(OwnedValue::Absent, |kind| OwnedValue::Text(kind.to_owned()));
            assert_eq!(judged.output("failure")[at], said, "{event}");
        }
    }
    let missing = judge(&plugin, &[("only", "missing")], &events, 4096).unwrap();
    assert_eq!(missing.kept.iter().filter(|kept| **kept).count(), 2);
}

#[test]
fn console_in_javascript() {
    let action = |event: &Value| {
        let agent = event["userAgent"].as_str().unwrap_or_default();
        let console = event["sessionCredentialFromConsole"] == "true"
            || [
                "console.amazonaws.com",
                "signin.amazonaws.com",
                "AWS-Console",
                "AWSConsole",
                "console.ec2.amazonaws.com",
            ]
            .iter()
            .any(|name| agent.contains(name));
        match event["eventType"].as_str() {
            Some("AwsConsoleSignIn") => Some("sign-in"),
            Some("AwsConsoleSignOut") => Some("sign-out"),
            _ if console && event["readOnly"] == Value::Bool(true) => Some("read"),
            _ if console => Some("write"),
            _ => None,
        }
    };
    if let Some((judged, trees)) = compare("console-js", &[], |event| action(event).is_some()) {
        for (event, said) in trees.iter().zip(judged.output("consoleAction")) {
            let expected = action(event).map_or(OwnedValue::Absent, |action| {
                OwnedValue::Text(action.to_owned())
            });
            assert_eq!(*said, expected);
        }
    }
}

#[test]
fn sigma() {
    let rule = "title: Roles are assumed or listed\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  selection:\n    eventSource: sts.amazonaws.com\n    eventName|startswith: assumerole\n  listing:\n    eventName: [ListRoles, 'GetRole*']\n  filter_failed:\n    errorCode|exists: true\n  condition: 1 of sel* or listing and not filter_failed";
    let lower =
        |event: &Value, field: &str| event[field].as_str().unwrap_or_default().to_lowercase();
    compare("sigma", &[("rule", rule)], |event| {
        let name = lower(event, "eventName");
        let selection =
            lower(event, "eventSource") == "sts.amazonaws.com" && name.starts_with("assumerole");
        let listing = name == "listroles" || name.starts_with("getrole");
        selection || listing && event.get("errorCode").is_none()
    });
    // Fields of an event's JSON, regular expressions, networks, lists, absence.
    let rule = "title: JSON\ndetection:\n  who:\n    userIdentity.sessionContext.sessionIssuer.userName|re: '^[A-Z].*[0-9]'\n  from:\n    - sourceIPAddress|cidr: 10.0.0.0/8\n    - userAgent|contains|all: [aws, linux]\n  whole:\n    requestParameters: null\n  condition: (who or from) and not whole";
    compare("sigma", &[("rule", rule)], |event| {
        let issuer = event
            .pointer("/userIdentity/sessionContext/sessionIssuer/userName")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let who = issuer.starts_with(|char: char| char.is_ascii_uppercase())
            && issuer[1..].contains(|char: char| char.is_ascii_digit());
        let agent = lower(event, "userAgent");
        let from = lower(event, "sourceIPAddress").starts_with("10.")
            || agent.contains("aws") && agent.contains("linux");
        (who || from) && !event["requestParameters"].is_null()
    });
    // A keyword is looked for in every value.
    compare(
        "sigma",
        &[("rule", "title: K\ndetection: {k: [denied], condition: k}")],
        |event| {
            let mut found = vec![];
            values(event, &mut found);
            found
                .iter()
                .any(|text| text.to_lowercase().contains("denied"))
        },
    );
}

fn values(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(entries) => entries.iter().for_each(|entry| values(entry, found)),
        Value::Object(fields) => fields.values().for_each(|field| values(field, found)),
        _ => {}
    }
}
