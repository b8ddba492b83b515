//! Whatever is sent: either it is refused in words, or the reporter can work with it.

use activity_log_core::fields::Columns;
use activity_log_core::instant::{DAY, Instant};
use activity_log_core::reports::Conditions;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::body::{ReportBody, check_size};
use crate::error::{ApiError, Code};
use crate::input;

const NOW: Instant = Instant::from_seconds(1_795_176_000);
const HORIZON: Instant = NOW.plus_millis(-30 * DAY);

/// A value as a careless or an ill-meaning client would send it.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        prop::sample::select(vec![
            "csv",
            "json",
            "a.b",
            "a..b",
            r"a\",
            "ReadOnly",
            "true",
            "2026-11-20T00:00:00Z"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-z]{1,4}", inner), 0..4)
                .prop_map(|pairs| Value::from(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn filter() -> impl Strategy<Value = Value> {
    let names = [
        "attribute",
        "value",
        "field",
        "equals",
        "notEquals",
        "prefix",
        "contains",
        "notContains",
    ];
    let text = prop::sample::select(vec![
        "EventName",
        "ReadOnly",
        "true",
        "a.b",
        "",
        "\u{0}",
        "x",
    ]);
    prop::collection::vec((prop::sample::select(names.to_vec()), text), 1..4).prop_map(|pairs| {
        Value::from(
            pairs
                .into_iter()
                .map(|(name, text)| (name.to_owned(), json!(text)))
                .collect::<Map<_, _>>(),
        )
    })
}

/// Mostly what is asked for, with anything in some of its places.
fn body() -> impl Strategy<Value = Value> {
    let format = prop::sample::select(vec![json!("csv"), json!("xlsx"), json!("json")]);
    let time = prop_oneof![
        (-40 * DAY..DAY).prop_map(|ms| json!(NOW.plus_millis(ms).to_string())),
        (1_790_000_000.0..1_796_000_000.0).prop_map(|seconds: f64| json!(seconds)),
    ];
    let columns = prop::collection::vec("[a-c.\\\\]{0,4}", 0..4).prop_map(|list| json!(list));
    let filters = prop::collection::vec(filter(), 0..3).prop_map(Value::from);
    let fields = (
        prop_oneof![4 => format.prop_map(Some), 1 => any_value().prop_map(Some), 1 => Just(None)],
        prop::option::of(prop_oneof![4 => time.clone(), 1 => any_value()]),
        prop::option::of(prop_oneof![4 => time, 1 => any_value()]),
        prop::option::of(prop_oneof![4 => filters, 1 => any_value()]),
        prop::option::of(prop_oneof![4 => columns, 1 => any_value()]),
        prop::option::weighted(0.1, any_value()),
    );
    fields.prop_map(|(format, start, end, filters, columns, other)| {
        let fields = [
            ("format", format),
            ("startTime", start),
            ("endTime", end),
            ("filters", filters),
            ("columns", columns),
            ("other", other),
        ];
        let given = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::from(given.collect::<Map<_, _>>())
    })
}

fn read(body: &[u8]) -> Result<activity_log_core::reports::ReportRequest, ApiError> {
    let request = input::read::<ReportBody>(body)?.request(HORIZON, NOW)?;
    check_size(&request)?;
    Ok(request)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_taken_can_be_worked_with(body in body()) {
        match read(body.to_string().as_bytes()) {
            Ok(request) => {
                prop_assert!(HORIZON <= request.start && request.start <= request.end && request.end <= NOW);
                prop_assert!(Conditions::new(&request.conditions).is_ok());
                prop_assert!(Columns::asked(&request.columns).is_ok());
                let asked = body["filters"].as_array().map_or(0, Vec::len);
                prop_assert_eq!(request.filters.len() + request.conditions.len(), asked);
                prop_assert!(body.get("other").is_none());
            }
            Err(error) => {
                prop_assert!([Code::INVALID_PARAMETER, Code::UNREADABLE_BODY].contains(&error.code()));
                prop_assert!(error.message().contains(": ") && error.message().len() < 1_500, "{}", error);
            }
        }
    }

    #[test]
    fn bytes_that_are_no_request_are_refused(bytes in prop::collection::vec(any::<u8>(), 1..200)) {
        prop_assert!(read(&bytes).is_err());
    }
}
