use super::*;

#[test]
fn fields_are_read_as_reports_read_them() {
    let events = Events::parse(
        r#" {"a":{"b":{"c":"deep"},"n":1},"t":"text","d.o\\t":true,"l":[{"x":1}],"z":null,"q":1.10,"f":0.5,"a":{"b":{"c":"last"}},"s":"\ud800","\ud800":1}"#,
    );
    let inputs = [
        "a.b.c", "a.n", "a.b", r"d\.o\\t", "l", "l.x", "z", "q", "f", "s", "t",
    ];
    let batch = events.batch(&inputs);
    let values: Vec<&Value> = batch.columns.iter().map(|column| &column[0]).collect();
    let expected = [
        &Value::from("last"),
        &Value::Absent,
        &Value::Json(r#"{"c":"last"}"#.into()),
        &Value::Boolean(true),
        &Value::Json(r#"[{"x":1}]"#.into()),
        &Value::Absent,
        &Value::Null,
        &Value::from("1.10"),
        &Value::Float(0.5),
        &Value::Json(r#""\ud800""#.into()),
        &Value::from("text"),
    ];
    assert_eq!(values, expected);
}

#[test]
fn lookup_fields_mean_the_same_in_every_dialect() {
    let events = Events::parse(
        r#"{"eventTime":"t","eventName":"ListUsers","userIdentity":{"type":"AssumedRole","principalId":"AROA:ci","accessKeyId":"AKIA"},"errorCode":null}
           {"eventTime":"t","eventName":"Listen","userName":"anna","project":"p","sourceIPAddress":"192.0.2.1"}
           {"timestamp":"t","event_id":"i","action":"create-vm","source":"nova","method":"GET","user_id":"u","project_id":"p","errorCode":"x"}
           {"eventName":"GetSessionToken","userIdentity":{"type":"Root"},"readOnly":"true"}"#,
    );
    let inputs = [
        "eventTime",
        "eventName",
        "userName",
        "readOnly",
        "project",
        "errorCode",
        "userIdentity.accessKeyId",
        "sourceIPAddress",
    ];
    let batch = events.batch(&inputs);
    let rows: Vec<String> = batch
        .iter()
        .map(|row| {
            let values = (0..inputs.len()).map(|at| row.value(at).to_text());
            values.collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(
        rows,
        [
            "t ListUsers ci true   AKIA ",
            "t Listen anna false p   192.0.2.1",
            "t create-vm u true p   ",
            " GetSessionToken root true    ",
        ]
    );
}

#[test]
fn the_empty_path_is_the_whole_event() {
    let batch = Events::parse("{ \"a\" : 1 }\n{\"a\":2}").batch(&[""]);
    let whole: Vec<&str> = batch.iter().filter_map(|row| row.value(0).text()).collect();
    assert_eq!(whole, ["{ \"a\" : 1 }", "{\"a\":2}"]);
}

#[test]
fn a_cloudtrail_file_is_its_records() {
    let events = Events::parse(r#"{"Records":[{"a":1},{"a":1},{"a":"1"}]}"#);
    let batch = events.batch(&["a"]);
    assert_eq!(
        batch.columns[0].values,
        [Value::Integer(1), Value::from("1")]
    );
    assert_eq!(batch.columns[0].index, [0, 0, 1]);
}

#[test]
#[should_panic(expected = "an empty name")]
fn a_path_that_is_none_is_told() {
    Events::parse("{}").batch(&["a..b"]);
}

struct Tester(String);

impl Filter for Tester {
    const MANIFEST: Manifest = Manifest {
        name: "tester",
        version: "1.0.0",
        description: "",
        inputs: &["n"],
        outputs: &["twice"],
        parameters: &[crate::Parameter::required("what", "")],
    };

    fn start(parameters: &Parameters) -> Result<Self, String> {
        Ok(Self(parameters.required("what")?.to_owned()))
    }

    fn filter(&self, batch: &Batch) -> Result<Verdict, Failure> {
        let [n] = batch.columns();
        let twice = n.map(|n| n.integer().map(|n| 2 * n));
        let whole = batch
            .keep(|row| n[row] != Value::Integer(2))
            .with(twice.clone());
        match self.0.as_str() {
            "short" => Ok(Verdict::keep(vec![])),
            "bare" => Ok(batch.keep(|_| true)),
            "first" => Ok(batch.keep(|row| row == 0).with(n.clone())),
            "fail" => {
                let verdict = batch.try_keep(|row| match row.value(0).integer() {
                    Some(2) => Err("two"),
                    _ => Ok(true),
                })?;
                Ok(verdict.with(twice))
            }
            "nan" => Ok(batch.keep(|_| true).with(n.map(|_| f64::NAN))),
            _ => Ok(whole),
        }
    }
}

fn run(what: &str) -> Run {
    Events::parse(r#"{"n":1} {"n":2} {} {"n":2}"#).run::<Tester>(&[("what", what)])
}

#[test]
fn verdicts_are_read() {
    let run = run("whole");
    assert_eq!(run.kept(), [0, 2]);
    let twice = [2.into(), 4.into(), Value::Absent, 4.into()];
    assert_eq!(run.output("twice"), twice);
}

#[test]
#[should_panic(expected = "keeps or drops 0 rows of 4")]
fn a_short_verdict_is_told() {
    run("short");
}

#[test]
#[should_panic(expected = "the verdict has 0 outputs, the manifest 1")]
fn a_missing_output_is_told() {
    run("bare");
}

#[test]
#[should_panic(expected = "depends on how events are cut")]
fn a_verdict_of_the_batch_is_told() {
    run("first");
}

#[test]
#[should_panic(expected = "the output twice is NaN")]
fn what_no_report_can_show_is_told() {
    run("nan");
}

#[test]
fn a_failure_names_its_row() {
    let events = Events::parse(&format!("{}{{\"n\":2}}", r#"{"n":1}"#.repeat(5000)));
    let failure = events.try_run::<Tester>(&[("what", "fail")]).unwrap_err();
    assert_eq!(failure, Failure::of_row(5000, "two"));
}

#[test]
fn parameters_are_checked_as_the_host_does() {
    let error = start::<Tester>(&[]).err();
    assert_eq!(error.as_deref(), Some("the parameter what is missing"));
    let error = start::<Tester>(&[("what", "a"), ("whta", "b")]).err();
    assert_eq!(error.as_deref(), Some("the manifest has no parameter whta"));
}
