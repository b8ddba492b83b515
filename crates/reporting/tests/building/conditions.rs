//! Conditions, against a plain computation on trees.

use activity_log_core::instant::{Instant, MINUTE};
use activity_log_core::reports::{Condition, Format, Test};
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
    prop_oneof![
        "[ab]{0,2}|null|true|[0-3]".prop_map(Test::Equals),
        "[ab]{1,2}|t|1".prop_map(Test::Prefix),
        "[ab]{1,2}|ru|1|\"".prop_map(Test::Contains),
    ]
}

fn holds(record: &Value, condition: &Condition) -> bool {
    let mut value = record;
    for name in condition.field.split('.') {
        let Some(below) = value.as_object().and_then(|object| object.get(name)) else {
            return false;
        };
        value = below;
    }
    let said = match value {
        Value::Null => return false,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match &condition.test {
        Test::Equals(text) => said == *text,
        Test::Prefix(text) => said.starts_with(text.as_str()),
        Test::Contains(text) => said.contains(text.as_str()),
    }
}

fn record(number: usize, x: &Value, y: &Value) -> Value {
    let time = Instant::from_seconds(NOW.seconds() - 60 * i64::try_from(number / 3).unwrap());
    json!({
        "eventTime": time.to_string(), "eventID": format!("id-{number:03}"), "eventName": "StopInstances",
        "requestParameters": {"x": x, "deep": {"y": y}},
    })
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
