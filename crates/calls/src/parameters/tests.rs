use proptest::prelude::*;
use serde_json::json;

use super::*;

/// What no parameter may show.
const SECRET: &str = "hunter2";

fn body(text: &str) -> String {
    Parameters::from_json_body(text.as_bytes()).to_json()
}

#[test]
fn a_body_is_read_or_counted() {
    let deep = |levels: usize| format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
    let cases = [
        (
            r#" {"a":[1,-2,1.5,null,true,"x"]} "#,
            r#"{"a":[1,-2,1.5,null,true,"x"]}"#,
        ),
        (r#"{"a":"\u0000\ud83d\ude00é"}"#, r#"{"a":"\u0000😀é"}"#),
        (r#"{"a":1,"a":2,"b":1,"a":3}"#, r#"{"a":[1,2,3],"b":1}"#),
        ("{}", "{}"),
        ("", "{}"),
        (" ", r#"{"bodyBytes":1}"#),
        ("[1]", r#"{"bodyBytes":3}"#),
        ("null", r#"{"bodyBytes":4}"#),
        ("hello", r#"{"bodyBytes":5}"#),
        (r#"{"a":1}x"#, r#"{"bodyBytes":8}"#),
        (r#"{"a":1"#, r#"{"bodyBytes":6}"#),
        (r#"{"a":1e400}"#, r#"{"bodyBytes":11}"#),
        (r#"{"a":"\ud800"}"#, r#"{"bodyBytes":14}"#),
        // The parser's own names are names like any other.
        (
            r#"{"$serde_json::private::RawValue":"{\"a\":1}"}"#,
            r#"{"$serde_json::private::RawValue":"{\"a\":1}"}"#,
        ),
    ];
    for (text, read) in cases {
        assert_eq!(body(text), read, "{text}");
    }
    let not_text = Parameters::from_json_body(b"{\"a\":\"\xff\"}");
    assert_eq!(not_text.to_json(), r#"{"bodyBytes":9}"#);
    let cut = body(&deep(MAX_DEPTH + 1));
    let said = r#""omitted: nested deeper than 32 levels""#;
    assert_eq!(cut, deep(MAX_DEPTH).replace('1', said));
    assert_eq!(body(&deep(MAX_DEPTH)), deep(MAX_DEPTH));
    // What is left out is passed over without a stack that grows.
    assert_eq!(body(&deep(100_000)), cut);
}

#[test]
fn a_body_has_bounds() {
    let ones = |count: usize| format!(r#"{{"a":[{}]}}"#, vec!["1"; count].join(","));
    assert_eq!(body(&ones(MAX_VALUES - 2)), ones(MAX_VALUES - 2));
    assert_eq!(body(&ones(MAX_VALUES - 1)), r#"{"bodyBytes":20005}"#);
    let hidden = format!("{{{}}}", vec![r#""token":1"#; MAX_VALUES].join(","));
    assert_eq!(body(&hidden), r#"{"bodyBytes":100001}"#);
    let spaces = |count: usize| format!(r#"{}{{"a":1}}"#, " ".repeat(count));
    assert_eq!(body(&spaces(MAX_BODY_BYTES - 7)), r#"{"a":1}"#);
    assert_eq!(
        body(&spaces(MAX_BODY_BYTES - 6)),
        r#"{"bodyBytes":1048577}"#
    );
}

#[test]
fn secrets_are_hidden_wherever_they_stand() {
    let cases = [
        json!({"password": SECRET}),
        json!({"a": [{"b": {"Secret-Access-Key": SECRET}}]}),
        json!({"credentials": {"id": "x", "value": [SECRET, {"y": SECRET}]}}),
        json!({"TagsList": [{"Key": "db_password", "Value": SECRET}]}),
        json!({"headers": [{"value": SECRET, "name": "Authorization"}]}),
        json!({"link": format!("https://b.test/k?X-Amz-Signature={SECRET}")}),
        json!({"list": [format!("Bearer {SECRET}")]}),
    ];
    for value in cases {
        let read = body(&value.to_string());
        assert!(read.contains(HIDDEN) && !read.contains(SECRET), "{read}");
        let added = Parameters::none().with("settings", value).to_json();
        assert!(added.contains(HIDDEN) && !added.contains(SECRET), "{added}");
    }
    let twice = format!(r#"{{"token":"{SECRET}","token":"{SECRET}","\u0074oken":[1]}}"#);
    assert_eq!(
        body(&twice),
        json!({"token": [HIDDEN, HIDDEN, HIDDEN]}).to_string()
    );
}

#[test]
fn a_query_is_decoded_and_added() {
    let cases = [
        ("", "{}"),
        ("&&", "{}"),
        (
            "from=2026-11-20T12:00:00+03:00&to=",
            r#"{"from":"2026-11-20T12:00:00+03:00","to":""}"#,
        ),
        ("a=%F0%9F%98%80%FF%zz&b", r#"{"a":"😀�%zz","b":""}"#),
        ("a=1&a=2&%61=3", r#"{"a":["1","2","3"]}"#),
        ("=x&a=b=c", r#"{"":"x","a":"b=c"}"#),
        (
            "X-Amz-Signature=s&x%2Dauth%2Dtoken=s",
            r#"{"X-Amz-Signature":"HIDDEN_DUE_TO_SECURITY_REASONS","x-auth-token":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
        ),
        (
            "key=password&value=s",
            r#"{"key":"password","value":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
        ),
        (
            "u=https%3A%2F%2Fb%3FX-Amz-Signature%3Ds",
            r#"{"u":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
        ),
    ];
    for (query, read) in cases {
        assert_eq!(
            Parameters::none().with_query(query).to_json(),
            read,
            "{query}"
        );
    }
    let many: Vec<String> = (0..2 * MAX_PAIRS).map(|n| format!("n{n}=")).collect();
    assert_eq!(
        Parameters::none().with_query(&many.join("&")).0.len(),
        MAX_PAIRS
    );
}

#[test]
fn what_is_asked_in_several_places_stands_side_by_side() {
    let asked = Parameters::from_json_body(br#"{"id":"body"}"#)
        .with_query("id=query")
        .with("id", "path")
        .with("n", 5);
    assert_eq!(asked.to_json(), r#"{"id":["body","query","path"],"n":5}"#);
    assert!(!asked.is_none());
    assert!(Parameters::none().is_none());
    let counted = Parameters::from_json_body(b"\0asm").with("plugin", "p-1");
    assert_eq!(counted.to_json(), r#"{"bodyBytes":4,"plugin":"p-1"}"#);
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(SECRET)),
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let name = prop_oneof![Just("password".to_owned()), "[a-c]{1,2}", ".{0,4}"];
    leaf.prop_recursive(40, 200, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether nothing but [`HIDDEN`] is under a secret's name.
fn hides(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().all(hides),
        Value::Object(members) => members.iter().all(|(name, value)| {
            if secret::is_secret(name) {
                value == HIDDEN
            } else {
                hides(value)
            }
        }),
        _ => true,
    }
}

proptest! {
    #[test]
    fn what_is_under_a_secrets_name_is_never_there(value in any_value(), bytes: Vec<u8>) {
        let asked = Parameters::none().with("PASSWORD", value.clone()).with("a", value.clone());
        let read: Value = serde_json::from_str(&asked.to_json()).unwrap();
        prop_assert_eq!(&read["PASSWORD"], HIDDEN);
        prop_assert!(depth(&read) <= MAX_DEPTH + 1);
        prop_assert!(hides(&read));
        // Cleaning what is clean changes nothing.
        let Value::Object(once) = read else { unreachable!() };
        let depth = once.values().map(depth).max();
        if depth < Some(MAX_DEPTH) {
            prop_assert_eq!(cleaned(&once), once);
        }
        let _ = Parameters::from_json_body(&bytes).with_query(&String::from_utf8_lossy(&bytes));
    }
}
