use activity_log_filter::Value;
use activity_log_filter::testing::{Events, start};

use super::*;

const EVENTS: &str = r#"
    {"eventSource":"iam.amazonaws.com","eventName":"CreateUser","userIdentity":{"type":"Root"},"sourceIPAddress":"10.1.2.3"}
    {"eventSource":"iam.amazonaws.com","eventName":"DeleteUser","userIdentity":{"type":"IAMUser","userName":"alice"},"errorCode":"AccessDenied","n":5}
    {"eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy","requestParameters":{"bucketName":"Logs","policy":{"Effect":"Allow"}},"readOnly":false}
    {"eventSource":"ec2.amazonaws.com","eventName":"StopInstances","resources":[{"ARN":"arn:a"},{"ARN":"arn:b"}],"errorCode":null,"tags":["x","y"]}
"#;

fn kept(detection: &str) -> Vec<usize> {
    let rule = format!("title: t\ndetection:\n{detection}");
    let events = Events::parse(EVENTS);
    let run = events.run::<Sigma>(&[("rule", &rule)]);
    assert_eq!(
        run.output("sigmaRule"),
        vec![Value::from("t"); events.len()]
    );
    run.kept()
}

fn one(selection: &str) -> Vec<usize> {
    kept(&format!("  s:\n    {selection}\n  condition: s"))
}

fn refused(rule: &str) -> String {
    start::<Sigma>(&[("rule", rule)]).err().unwrap()
}

#[test]
fn values_are_compared_without_case_and_with_wildcards() {
    assert_eq!(one("eventName: createuser"), [0]);
    assert_eq!(one("eventName: '*User'"), [0, 1]);
    assert!(one("eventName|cased: createuser").is_empty());
    assert_eq!(one("requestParameters.bucketName: logs"), [2]);
    assert_eq!(one("n: 5"), [1]);
    assert_eq!(one("readOnly: false"), [0, 1, 2, 3]);
    assert!(one("readOnly: 'true'").is_empty());
}

#[test]
fn modifiers() {
    assert_eq!(one("eventName|contains: bucket"), [2]);
    assert_eq!(one("eventName|startswith: [create, stop]"), [0, 3]);
    assert_eq!(one("eventName|endswith: user"), [0, 1]);
    assert_eq!(one("eventName|contains|all: [put, policy]"), [2]);
    assert_eq!(one("eventName|re: '^(Create|Delete)U'"), [0, 1]);
    assert!(one("eventName|re: '^createu'").is_empty());
    assert_eq!(one("eventName|re|i: '^createu'"), [0]);
    assert_eq!(one("sourceIPAddress|cidr: 10.0.0.0/8"), [0]);
    assert_eq!(one("userIdentity.userName|exists: true"), [1]);
    assert_eq!(one("errorCode|exists: false"), [0, 2]);
    assert_eq!(one("n|gt: 4"), [1]);
    assert!(one("n|lt: 5").is_empty());
}

/// What a rule of one selection says of one event, as a column where there is one, and as JSON.
fn holds(selection: &str, event: &str) -> bool {
    let rule = format!("detection:\n  s:\n    {selection}\n  condition: s");
    let run = Events::parse(event).run::<Sigma>(&[("rule", &rule)]);
    run.kept() == [0]
}

#[test]
fn numbers_are_equal_by_value() {
    for (selection, event) in [
        ("n: 0", r#"{"n":0.0}"#),
        ("n: 0.0", r#"{"n":-0}"#),
        ("n: 1.1", r#"{"n":1.10}"#),
        ("n: 1.10", r#"{"n":1.1}"#),
        ("n: 1E3", r#"{"n":1000}"#),
        ("n: 1000", r#"{"n":1e3}"#),
        ("n: '1.1'", r#"{"n":1.10}"#),
        ("n: 5", r#"{"n":"5.0"}"#),
        ("n: 9007199254740993", r#"{"n":9007199254740993}"#),
        ("n|gt: 9007199254740992", r#"{"n":9007199254740993}"#),
        ("n|lt: 1e999", r#"{"n":"1e998"}"#),
        ("n|lte: -1.10", r#"{"n":[2,-1.1]}"#),
        ("errorCode: 1.1", r#"{"errorCode":1.10}"#),
        ("errorCode: 404", r#"{"errorCode":404.0}"#),
    ] {
        assert!(holds(selection, event), "{selection} {event}");
    }
    for (selection, event) in [
        ("n: 9007199254740992", r#"{"n":9007199254740993}"#),
        ("n: '1.1'", r#"{"n":"1.10"}"#),
        ("n|gt: 0", r#"{"n":"nan"}"#),
        ("n|gte: 9007199254740993", r#"{"n":9007199254740992}"#),
        ("n: 1", r#"{"n":true}"#),
    ] {
        assert!(!holds(selection, event), "{selection} {event}");
    }
}

#[test]
fn plain_truths_are_jsons() {
    assert!(holds("b|cased: True", r#"{"b":true}"#));
    assert!(holds("b: 'FALSE'", r#"{"b":false}"#));
    assert!(!holds("b|cased: 'True'", r#"{"b":true}"#));
}

#[test]
fn a_column_may_hold_a_list_or_no_unicode() {
    assert!(holds("errorCode: b", r#"{"errorCode":["a","b"]}"#));
    assert!(holds("errorCode: 'a?'", r#"{"errorCode":"a\ud800"}"#));
    assert!(holds(
        "errorCode|contains: '\"x\":1'",
        r#"{"errorCode":{"x":1}}"#
    ));
}

#[test]
fn json_in_strings_is_found() {
    let event = r#"{"requestParameters":{"policyDocument":"{\"Effect\": \"Allow\", \"Action\":[\"s3:GetObject\"]}"}}"#;
    for found in [
        r#"requestParameters|contains|all: ['"Allow"', '"s3:GetObject"']"#,
        r#"requestParameters|contains: '"Effect":"Allow"'"#,
        r#"requestParameters|contains: '"Effect": "Allow"'"#,
        r#"requestParameters.policyDocument|contains: '"Effect": "Allow"'"#,
        r#"requestParameters|re: '"Action":\["s3:Get'"#,
        "- 's3:GetObject'",
    ] {
        assert!(holds(found, event), "{found}");
    }
    let escaped = r#"{"a":"{\"b\":\"\\u0061lice\"}"}"#;
    assert!(holds("- alice", escaped) && !holds("- bob", escaped));
}

#[test]
fn names_of_fields_may_have_dots() {
    assert!(holds(
        "tags.example.com/owner: bob",
        r#"{"tags":{"example.com/owner":"bob"}}"#
    ));
    assert!(holds("a.b.c: d", r#"{"a.b":{"c":"d"}}"#));
}

#[test]
fn nothing_is_absent_or_null() {
    assert_eq!(one("errorCode: null"), [0, 2, 3]);
    assert_eq!(one("errorCode: ~"), [0, 2, 3]);
    assert_eq!(one("userIdentity.userName: null"), [0, 2, 3]);
}

#[test]
fn lists_are_any_of_their_entries() {
    assert_eq!(one("resources.ARN: arn:b"), [3]);
    assert_eq!(one("tags: y"), [3]);
    assert_eq!(one("tags|all: [x, y]"), [3]);
    assert!(one("tags|all: [x, z]").is_empty());
}

#[test]
fn selections_are_maps_lists_of_maps_and_keywords() {
    assert_eq!(
        one("eventSource: iam.amazonaws.com\n    errorCode: AccessDenied"),
        [1]
    );
    assert_eq!(
        one("- eventName: StopInstances\n    - userIdentity.type: Root"),
        [0, 3]
    );
    assert_eq!(one("- alice\n    - allow"), [1, 2]);
    assert_eq!(one("'|all': [alice, denied]"), [1]);
}

#[test]
fn conditions() {
    let selections = "  sel_a:\n    eventSource: iam.amazonaws.com\n  sel_b:\n    eventName: StopInstances\n  filter:\n    userIdentity.userName: alice\n  _x:\n    n: 5\n";
    let with = |condition: &str| kept(&format!("{selections}  condition: {condition}"));
    assert_eq!(with("sel_a"), [0, 1]);
    assert_eq!(with("sel_a and not filter"), [0]);
    assert_eq!(with("1 of sel_*"), [0, 1, 3]);
    assert!(with("all of sel_*").is_empty());
    assert_eq!(with("1 of them and not (sel_b or filter)"), [0]);
    assert_eq!(with("not 1 of them"), [2]);
    assert_eq!(with("sel_b or sel_a and filter"), [1, 3]);
    assert_eq!(with("NOT sel_a AND NOT sel_b"), [2]);
    assert_eq!(with("1 of s*l_*b"), [3]);
    assert_eq!(with("1 of *"), [0, 1, 3]);
    assert_eq!(with("_x"), [1]);
}

#[test]
fn what_is_not_supported_is_named() {
    let detection = |text: &str| refused(&format!("detection:\n  s:\n    {text}\n  condition: s"));
    let condition =
        |text: &str| refused(&format!("detection:\n  s:\n    a: b\n  condition: {text}"));
    let source = |text: &str| {
        refused(&format!(
            "logsource: {text}\ndetection: {{s: {{a: b}}, condition: s}}"
        ))
    };
    for (refusal, named) in [
        (
            detection("a|base64: b"),
            "the modifier \"base64\" is not supported",
        ),
        (detection("a|contains|re: b"), "\"re\" cannot follow"),
        (detection("a|re: '(?=x)'"), "regular expression"),
        (detection("a|cidr: b"), "no network"),
        (detection("a|exists: b"), "exists takes true or false"),
        (detection("a|lt: b"), "is no number"),
        (detection("a|gt: nan"), "is no number"),
        (detection("a|gt: 'inf'"), "is no number"),
        (detection("a: .inf"), "differ on what .inf is"),
        (detection("MFAUsed: No"), "differ on what No is"),
        (detection("a|contains: [b, 0x1F]"), "differ on what 0x1F is"),
        (detection("a: 012"), "differ on what 012 is"),
        (detection("a|re|i: 'é'"), "ASCII letters only"),
        (detection("a..b: c"), "an empty name"),
        (detection("a: {b: c}"), "a list or a map"),
        (detection("a: []"), "no value"),
        (detection("a: &x b"), "anchors"),
        (detection("a: 1\n    a: 2"), "stands twice"),
        (condition("s | count() > 5"), "aggregations"),
        (condition("2 of them"), "\"2 of\" is not supported"),
        (condition("t"), "no selection \"t\""),
        (condition("1 of t*"), "no selection is called"),
        (
            refused("detection:\n  _s: {a: b}\n  condition: 1 of _s*"),
            "no selection is called",
        ),
        (condition("(s"), "not closed"),
        (condition("s s"), "not expected"),
        (condition("[s]"), "list of conditions"),
        (
            refused("detection:\n  timeframe: 5m\n  s: {a: b}\n  condition: s"),
            "timeframe",
        ),
        (refused("correlation: {}\n"), "correlation rules"),
        (refused("title: t\n"), "no detection"),
        (refused("detection: {s: {a: b}}"), "no condition"),
        (
            refused("logsource: {product: windows}\ndetection: {s: {a: b}, condition: s}"),
            "windows",
        ),
        (
            source("{product: aws, service: guardduty}"),
            "logsource.service is \"guardduty\"",
        ),
        (
            source("{product: [aws, azure]}"),
            "logsource.product is a list",
        ),
        (
            source("{category: process_creation}"),
            "logsource.category (\"process_creation\") is not supported",
        ),
        (source("aws"), "logsource is no map"),
        (refused("a: 1\n---\nb: 2\n"), "several YAML documents"),
        (refused("a: [1"), "no YAML"),
        (refused(""), "empty"),
    ] {
        assert!(
            refusal.contains(named),
            "{refusal:?} does not say {named:?}"
        );
    }
}

#[test]
fn caps_are_named() {
    let long = format!("title: {}", "t".repeat(64 * 1024));
    assert_eq!(refused(&long), "the rule is longer than 64 KiB");
    let deep = format!("a: {}1{}", "[".repeat(20), "]".repeat(20));
    assert!(refused(&deep).contains("16 deep"));
    let many = format!("a: [{}]", "1, ".repeat(5000));
    assert!(refused(&many).contains("more than 5000 values"));
    let condition =
        |text: String| refused(&format!("detection:\n  s:\n    a: b\n  condition: {text}"));
    assert!(condition(format!("{}s", "not ".repeat(40))).contains("32 deep"));
    assert!(condition(format!("s{}", " or s".repeat(300))).contains("500 words"));
    let wide: String = (0..200).map(|at| format!("    f{at}: v\n")).collect();
    let wide = format!(
        "detection:\n  s:\n{wide}  condition: s{}",
        " or s".repeat(150)
    );
    assert!(refused(&wide).contains("20000 parts"));
}
