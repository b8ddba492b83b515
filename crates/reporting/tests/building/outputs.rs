//! What a plugin writes: columns of its own, and fields it replaces, which are then nowhere any more.

use activity_log_core::reports::Format;
use activity_log_plugin::{OwnedColumn, OwnedValue, Verdict};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::stage::{
    Done, NOW, Run, constant, csv, filter, json as records_of, request, store, text, xlsx,
};

async fn run(
    format: Format,
    columns: &[&str],
    record: &Value,
    inputs: &[&str],
    outputs: &[(&str, OwnedValue)],
) -> Done {
    let store = store(&[record.to_string()], NOW).await;
    let mut request = request(format, NOW);
    request.columns = columns.iter().map(|name| (*name).to_owned()).collect();
    let names: Vec<&str> = outputs.iter().map(|(name, _)| *name).collect();
    let start = || {
        let values: Vec<OwnedValue> = outputs.iter().map(|(_, value)| value.clone()).collect();
        Some(filter(inputs, &names, move |batch| {
            Ok(constant(batch, values.clone()))
        }))
    };
    let run = Run {
        filter: &start,
        ..Run::of(&request)
    };
    run.run(&store).await.unwrap()
}

fn record() -> Value {
    json!({
        "eventTime": NOW.to_string(), "eventID": "id", "eventName": "StopInstances", "sourceIPAddress": "10.1.2.3",
        "userIdentity": {"type": "IAMUser", "userName": "alice-S3CR3T", "arn": "arn"},
        "requestParameters": {"password": "S3CR3T", "n": 1},
    })
}

#[tokio::test]
async fn a_new_name_is_a_column_and_a_member() {
    let outputs = [
        ("risk score", OwnedValue::Float(0.5)),
        ("why", text("=1+1")),
    ];
    let done = run(
        Format::Csv,
        &["eventID"],
        &record(),
        &["eventName"],
        &outputs,
    )
    .await;
    let (header, rows) = csv(&done.bytes);
    assert_eq!(header, ["eventID", "risk score", "why"]);
    assert_eq!(rows, [["id", "0.5", "'=1+1"]]);

    let done = run(
        Format::Csv,
        &["why", "eventID", "risk score"],
        &record(),
        &["eventName"],
        &outputs,
    )
    .await;
    let (header, rows) = csv(&done.bytes);
    assert_eq!(header, ["why", "eventID", "risk score"]);
    assert_eq!(rows, [["'=1+1", "id", "0.5"]]);

    let done = run(Format::Json, &[], &record(), &["eventName"], &outputs).await;
    let mut expected = record();
    expected["risk score"] = json!(0.5);
    expected["why"] = json!("=1+1");
    assert_eq!(records_of(&done.bytes), [expected]);
    let file = String::from_utf8(done.bytes).unwrap();
    assert!(
        file.ends_with(r#","risk score":0.5,"why":"=1+1"}]}"#),
        "{file}"
    );
}

#[tokio::test]
async fn a_new_name_that_the_record_has_is_replaced_everywhere() {
    let outputs = [(
        "requestParameters",
        OwnedValue::Json(" {\"x\": 1} ".to_owned()),
    )];
    let done = run(Format::Json, &[], &record(), &[], &outputs).await;
    let mut expected = record();
    expected["requestParameters"] = json!({"x": 1});
    assert_eq!(records_of(&done.bytes), [expected]);
    let columns = [
        "requestParameters",
        "requestParameters.n",
        "requestParameters.x",
    ];
    let done = run(Format::Csv, &columns, &record(), &[], &outputs).await;
    assert_eq!(csv(&done.bytes).1, [["{\"x\": 1}", "", "1"]]);
}

#[tokio::test]
async fn a_replaced_field_is_in_no_column_and_no_json() {
    let inputs = [
        "requestParameters.password",
        "userIdentity.userName",
        "sourceIPAddress",
    ];
    let outputs = [
        (inputs[0], OwnedValue::Absent),
        (inputs[1], text("***")),
        (inputs[2], OwnedValue::Null),
    ];
    let mut expected = record();
    expected["requestParameters"] = json!({"n": 1});
    expected["userIdentity"]["userName"] = json!("***");
    expected["sourceIPAddress"] = Value::Null;
    let done = run(Format::Json, &[], &record(), &inputs, &outputs).await;
    assert_eq!(records_of(&done.bytes), [expected]);
    let columns = [
        "userIdentity",
        "userIdentity.userName",
        "requestParameters",
        "requestParameters.password",
        "sourceIPAddress",
    ];
    let cells = [
        r#"{"type":"IAMUser","userName":"***","arn":"arn"}"#,
        "***",
        r#"{"n":1}"#,
        "",
        "",
    ];
    for format in [Format::Csv, Format::Xlsx] {
        let done = run(format, &columns, &record(), &inputs, &outputs).await;
        let (_, mut rows) = if format == Format::Csv {
            csv(&done.bytes)
        } else {
            xlsx(&done.bytes)
        };
        // An object's members have no order.
        let object = |cell: &str| serde_json::from_str::<Value>(cell).unwrap();
        assert_eq!(object(&rows[0][0]), object(cells[0]));
        cells[0].clone_into(&mut rows[0][0]);
        assert_eq!(rows, [cells], "{format}");
    }
}

#[tokio::test]
async fn a_lookup_field_is_replaced_under_the_dialects_own_names() {
    let vk = json!({"timestamp": NOW.to_string(), "event_id": "id", "action": "S3CR3T", "method": "GET", "user_email": "S3CR3T", "user_id": "S3CR3T"});
    let inputs = ["eventName", "userName", "eventID"];
    let outputs = [("eventName", text("x")), ("userName", text("y"))];
    let done = run(Format::Json, &[], &vk, &inputs, &outputs).await;
    let mut expected = vk;
    expected["action"] = json!("x");
    expected["user_email"] = json!("y");
    expected["user_id"] = json!("y");
    assert_eq!(records_of(&done.bytes), [expected]);

    let done = run(Format::Json, &[], &record(), &inputs, &outputs).await;
    let mut expected = record();
    expected["eventName"] = json!("x");
    expected["userName"] = json!("y");
    expected["userIdentity"]["userName"] = json!("y");
    assert_eq!(records_of(&done.bytes), [expected]);

    // Of a role whose session has no name it is the issuer's.
    let mut session = record();
    session["userIdentity"] = json!({
        "type": "AssumedRole", "principalId": "AROA:", "sessionContext": {"sessionIssuer": {"userName": "S3CR3T", "type": "Role"}},
    });
    let done = run(Format::Json, &[], &session, &inputs, &outputs).await;
    let mut expected = session;
    expected["eventName"] = json!("x");
    expected["userName"] = json!("y");
    expected["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"] = json!("y");
    assert_eq!(records_of(&done.bytes), [expected]);
}

#[tokio::test]
async fn what_is_given_back_as_it_came_stays_to_the_byte() {
    let record = format!(
        r#"{{"eventTime":"{NOW}","eventID":"id", "eventName":"Stop\u0049nstances","a" :1.10,"b":[1 ,2],"c":18446744073709551616}}"#
    );
    let store = store(std::slice::from_ref(&record), NOW).await;
    let request = request(Format::Json, NOW);
    let names = ["eventName", "a", "b", "c", "nothing"];
    let start = || {
        Some(filter(&names, &names, |batch| {
            let outputs = batch.columns.iter().map(|column| OwnedColumn {
                values: column.values.iter().map(owned).collect(),
                index: column.index.to_vec(),
            });
            Ok(Verdict {
                keep: vec![true; batch.rows as usize],
                outputs: outputs.collect(),
            })
        }))
    };
    let run = Run {
        filter: &start,
        ..Run::of(&request)
    };
    let done = run.run(&store).await.unwrap();
    assert_eq!(
        String::from_utf8(done.bytes).unwrap(),
        format!("{{\"Records\":[{record}]}}")
    );
}

fn owned(value: &activity_log_plugin::Value<'_>) -> OwnedValue {
    use activity_log_plugin::Value as Handed;
    match *value {
        Handed::Absent => OwnedValue::Absent,
        Handed::Null => OwnedValue::Null,
        Handed::Boolean(value) => OwnedValue::Boolean(value),
        Handed::Integer(value) => OwnedValue::Integer(value),
        Handed::Float(value) => OwnedValue::Float(value),
        Handed::Text(text) => OwnedValue::Text(text.to_owned()),
        Handed::Json(text) => OwnedValue::Json(text.to_owned()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_secret_is_in_no_formats_bytes(
        depth in 0_usize..3,
        place in 0_usize..3,
        others in prop::collection::vec("[a-z\"\\\\\u{e9}]{0,8}", 3),
        kind in 0..3,
    ) {
        let secret = "S3CR3T";
        let mut inner = json!({"o": others[0], "secret": secret, "p": others[1]});
        let mut path = "secret".to_owned();
        for _ in 0..depth {
            inner = json!({"q": others[2], "d": inner});
            path = format!("d.{path}");
        }
        let top = ["requestParameters", "responseElements", "custom"][place];
        let path = format!("{top}.{path}");
        let mut record = record();
        record["userIdentity"] = json!({"type": "Root"});
        record["requestParameters"] = Value::Null;
        record[top] = inner;
        let value = match kind {
            0 => OwnedValue::Absent,
            1 => text("***"),
            _ => OwnedValue::Json("[]".to_owned()),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for format in Format::ALL {
                let columns = [top, &path, "eventID"];
                let done = run(format, &columns, &record, &[&path], &[(&path, value.clone())]).await;
                let shown = match format {
                    Format::Xlsx => format!("{:?}", xlsx(&done.bytes)),
                    Format::Csv | Format::Json | Format::Ndjson => String::from_utf8(done.bytes).unwrap(),
                };
                prop_assert!(!shown.contains(secret), "{format}: {shown}");
            }
            Ok(())
        })?;
    }
}
