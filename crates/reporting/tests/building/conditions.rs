//! Conditions, against a plain computation on trees.

use activity_log_core::instant::{Instant, MINUTE};
use activity_log_core::query::{Says, Test};
use activity_log_core::reports::{Condition, Format};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::stage::{NOW, Run, json as records_of, request, store};

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..30_i64).prop_map(Value::from),
        "[ab]{0,3}".prop_map(Value::from),
        prop::collection::vec("[ab]{0,2}", 0..3).prop_map(Value::from),
    ]
}

fn test() -> impl Strategy<Value = Test> {
    let says = prop_oneof![
        prop::collection::vec("[ab]{1,2}|null|true|[0-3]", 1..3).prop_map(Says::Is),
        "[ab]{1,2}|t|1".prop_map(Says::Prefix),
        "[ab]{1,2}|ru|1|\"".prop_map(Says::Contains),
        Just(Says::Something),
    ];
    (says, any::<bool>()).prop_map(|(says, negated)| Test {
        negated,
        ..Test::of(says)
    })
}

fn holds(record: &Value, condition: &Condition) -> bool {
    let mut value = Some(record);
    for name in condition.field.split('.') {
        value = value.and_then(|value| value.as_object()?.get(name));
    }
    let said = match value {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    let says = said.is_some_and(|said| match &condition.test.says {
        Says::Is(texts) => texts.contains(&said),
        Says::Prefix(text) => said.starts_with(text.as_str()),
        Says::Contains(text) => said.contains(text.as_str()),
        Says::Something => !said.is_empty(),
    });
    says != condition.test.negated
}

fn record(number: usize, x: &Value, y: &Value) -> Value {
    let time = Instant::from_seconds(NOW.seconds() - 60 * i64::try_from(number / 3).unwrap());
    json!({
        "eventTime": time.to_string(), "eventID": format!("id-{number:03}"), "eventName": "StopInstances",
        "requestParameters": {"x": x, "deep": {"y": y}},
    })
}

/// However often it is suspended, and whether the field is in the first event or the last.
#[tokio::test]
async fn fields_and_columns_that_no_event_has_are_told() {
    let texts: Vec<String> = (0..30)
        .map(|number| {
            let y = if number == 29 {
                json!("b")
            } else {
                Value::Null
            };
            let mut record = record(number, &json!("a"), &y);
            if number != 29 {
                record["requestParameters"]["deep"] = json!({});
            }
            record.to_string()
        })
        .collect();
    let store = store(&texts, NOW).await;
    let condition = |field: &str, says| Condition {
        field: field.to_owned(),
        test: Test {
            negated: true,
            ..Test::of(says)
        },
    };
    let mut request = request(Format::Csv, NOW.plus_millis(MINUTE));
    request.conditions = vec![
        condition("requestParameters.deep.y", Says::Is(vec!["c".to_owned()])),
        condition("requestParameters.username", Says::Is(vec!["c".to_owned()])),
    ];
    request.columns = [
        "eventID",
        "requestParameters.deep.y",
        "username",
        "requestparameters.x",
    ]
    .map(str::to_owned)
    .into();
    for stop_every in [1, 3, usize::MAX] {
        let run = Run {
            batch: 4,
            stop_every,
            ..Run::of(&request)
        };
        let done = run.run(&store).await.unwrap();
        assert_eq!(done.progress.rows, 30);
        let told = [
            "condition on field 'requestParameters.username': no event that was looked at has it",
            "column 'username': no event of the report has it; did you mean Username?",
            "column 'requestparameters.x': no event of the report has it",
        ];
        assert_eq!(done.warnings, told);
    }
    // Of a report without rows nothing is known of columns.
    request.conditions.push(Condition {
        field: "eventID".to_owned(),
        test: Test::is("none"),
    });
    let done = Run::of(&request).run(&store).await.unwrap();
    assert_eq!(done.warnings.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn as_on_a_tree(
        values in prop::collection::vec((leaf(), leaf()), 1..40),
        tests in prop::collection::vec((prop::sample::select(vec!["requestParameters.x", "requestParameters.deep.y", "requestParameters.deep", "nothing"]), test()), 0..4),
        batch in 1_usize..50,
    ) {
        let all: Vec<Value> = values.iter().enumerate().map(|(number, (x, y))| record(number, x, y)).collect();
        let texts: Vec<String> = all.iter().map(Value::to_string).collect();
        let mut request = request(Format::Json, NOW.plus_millis(MINUTE));
        request.conditions = tests
            .into_iter()
            .map(|(field, test)| Condition { field: field.to_owned(), test })
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let done = runtime.block_on(async {
            let store = store(&texts, NOW).await;
            Run { batch, ..Run::of(&request) }.run(&store).await.unwrap()
        });
        let mut expected: Vec<Value> = all
            .into_iter()
            .filter(|record| request.conditions.iter().all(|condition| holds(record, condition)))
            .collect();
        let order = |record: &Value| (record["eventTime"].to_string(), record["eventID"].to_string());
        expected.sort_by_key(|record| std::cmp::Reverse(order(record)));
        prop_assert_eq!(done.progress.scanned, values.len() as u64);
        prop_assert_eq!(done.progress.matched, expected.len() as u64);
        prop_assert_eq!(records_of(&done.bytes), expected);
    }
}
