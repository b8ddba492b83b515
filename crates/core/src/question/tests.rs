//! Texts and clauses, there and back.

use proptest::prelude::*;

use super::*;
use crate::fields::Column;
use crate::query::{Attribute, MAX_VALUES, Says, Test};

fn clause(text: &str) -> Clause {
    let clause: Clause = text.parse().unwrap();
    let written = clause.to_string();
    assert_eq!(written.parse(), Ok(clause.clone()), "{text} is {written}");
    clause
}

/// What a text asks, as requests have it.
fn told(text: &str) -> String {
    match clause(text) {
        Clause::Attribute(filter) => serde_json::to_string(&filter).unwrap(),
        Clause::Field(condition) => serde_json::to_string(&condition).unwrap(),
    }
}

#[test]
fn texts_say_what_one_would_guess() {
    for (text, expected) in [
        (
            "EventName=StopInstances,TerminateInstances",
            r#"{"attribute":"EventName","equals":["StopInstances","TerminateInstances"]}"#,
        ),
        ("ErrorCode!=", r#"{"attribute":"ErrorCode","exists":true}"#),
        ("errorCode =", r#"{"attribute":"ErrorCode","exists":false}"#),
        (
            "eventSource!=x",
            r#"{"attribute":"EventSource","notEquals":"x"}"#,
        ),
        (" who = a b ", r#"{"attribute":"Username","equals":"a b"}"#),
        (
            "EventName~=stopinstances",
            r#"{"attribute":"EventName","equals":"stopinstances","ignoreCase":true}"#,
        ),
        (
            "action!^=Describe",
            r#"{"attribute":"EventName","notPrefix":"Describe"}"#,
        ),
        (
            "action!*~=list",
            r#"{"attribute":"EventName","notContains":"list","ignoreCase":true}"#,
        ),
        ("result=ok", r#"{"attribute":"ErrorCode","exists":false}"#),
        ("result!=ok", r#"{"attribute":"ErrorCode","exists":true}"#),
        (
            "result=AccessDenied",
            r#"{"attribute":"ErrorCode","equals":"AccessDenied"}"#,
        ),
        (
            "EventName in (A, B\\,C)",
            r#"{"attribute":"EventName","equals":["A","B,C"]}"#,
        ),
        (
            "userName NOT IN ( eve )",
            r#"{"attribute":"Username","notEquals":"eve"}"#,
        ),
        (
            "requestParameters.bucketName*=a,b\\\\",
            r#"{"field":"requestParameters.bucketName","contains":"a,b\\"}"#,
        ),
        (
            "userAgent^=aws-cli/",
            r#"{"field":"userAgent","prefix":"aws-cli/"}"#,
        ),
        (".who=x", r#"{"field":"who","equals":"x"}"#),
        ("a.b*==x^=", r#"{"field":"a.b","contains":"=x^="}"#),
        (r"a.b=\ x\ ", r#"{"field":"a.b","equals":" x "}"#),
        (r"tags.a\=b=1", r#"{"field":"tags.a=b","equals":"1"}"#),
        (r"tags.a\.b=1", r#"{"field":"tags.a\\.b","equals":"1"}"#),
    ] {
        assert_eq!(told(text), expected, "{text}");
    }
}

#[test]
fn an_error_points_at_the_column() {
    let refused = |text: &str| text.parse::<Clause>().unwrap_err().to_string();
    let an_operator = "an operator: =, !=";
    for (text, expected) in [
        ("", "'', column 1: a name"),
        ("=x", "'=x', column 1: a name"),
        (
            "EventName",
            &*format!("'EventName', column 10: {an_operator}"),
        ),
        (
            "EventName x",
            &*format!("'EventName x', column 11: {an_operator}"),
        ),
        (
            "EventName!x",
            &*format!("'EventName!x', column 10: {an_operator}"),
        ),
        (
            "EventName not=x",
            &*format!("'EventName not=x', column 11: {an_operator}"),
        ),
        ("EventName^=", "'EventName^=', column 12: a text"),
        (
            "EventName=a,,b",
            "'EventName=a,,b', column 13: a value on each side",
        ),
        (
            "EventName=a,",
            "'EventName=a,', column 13: a value on each side",
        ),
        (
            r"EventName=a\b",
            r"'EventName=a\b', column 13: \, (a comma)",
        ),
        (
            "EventName in a",
            "'EventName in a', column 14: ( and values",
        ),
        (
            "EventName in (a",
            "'EventName in (a', column 16: a closing )",
        ),
        ("EventName in ()", "'EventName in ()', column 14: 0 values"),
        (
            " EventNam=x",
            "' EventNam=x', column 2: no event has a field EventNam; did you mean EventName?",
        ),
        (
            "time=x",
            "'time=x', column 1: the time is asked for by startTime",
        ),
        (
            "ReadOnly=yes",
            "'ReadOnly=yes', column 10: 'yes'; ReadOnly is",
        ),
        ("result=ok,x", "'result=ok,x', column 8: ok alone"),
        ("a..b=x", "'a..b=x', column 1: field: \"a..b\""),
        (r"a\", r"'a\', column 3: a character after the backslash"),
    ] {
        let told = refused(text);
        assert!(told.starts_with(expected), "{told}\n{expected}");
    }
    let many = format!("EventName={}", vec!["a"; MAX_VALUES + 1].join(","));
    assert!(refused(&many).ends_with("51 values; 1 to 50"));
    let long = format!("EventName={}", "a".repeat(MAX_TEXT_BYTES));
    assert!(refused(&long).contains("at most 262144 bytes"));
}

fn test() -> impl Strategy<Value = Test> {
    // What is written otherwise than it is said, and some others.
    let text = r"[ ,\\=!^*~()a\u{a0}é\t]{1,6}|in|not|.{1,4}".prop_map(String::from);
    let says = prop_oneof![
        prop::collection::vec(text.clone(), 1..4).prop_map(Says::Is),
        text.clone().prop_map(Says::Prefix),
        text.prop_map(Says::Contains),
        Just(Says::Something),
    ];
    (says, any::<bool>(), any::<bool>()).prop_map(|(says, negated, ignore_case)| Test {
        ignore_case: ignore_case && says != Says::Something,
        says,
        negated,
    })
}

fn path() -> impl Strategy<Value = String> {
    let path = r"[ =!^*~()a.é]{1,8}|who|userName|EventNam|result|(a|\\\.|\\\\){1,5}|\PC{1,6}";
    path.prop_map(String::from)
        .prop_filter("a path", |path| Column::parse(path).is_ok())
}

fn any_clause() -> impl Strategy<Value = Clause> {
    let attribute = prop::sample::select(vec![
        Attribute::EventName,
        Attribute::ErrorCode,
        Attribute::Username,
        Attribute::ResourceName,
    ]);
    prop_oneof![
        (attribute, test())
            .prop_map(|(attribute, test)| Clause::Attribute(Filter { attribute, test })),
        (path(), test()).prop_map(|(field, test)| Clause::Field(Condition { field, test })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_written_is_read_again(clause in any_clause()) {
        let text = clause.to_string();
        prop_assert_eq!(text.parse(), Ok(clause), "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in r"[a-zA-Z.=!^*~,\\() ]{0,24}|.{0,24}") {
        match text.parse::<Clause>() {
            Ok(clause) => prop_assert_eq!(clause.to_string().parse(), Ok(clause)),
            Err(error) => prop_assert!(error.column >= 1 && error.column <= text.chars().count() + 1),
        }
    }
}
