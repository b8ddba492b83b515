//! Metrics, as `CloudWatch` reads them out of log lines (embedded metric format).
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
//!
//! Each function has a struct of the numbers of one invocation, all of them sent every time: a sum of none is 0,
//! and no alarm waits for data.

use activity_log_core::instant::Instant;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The namespace of all of them.
pub const NAMESPACE: &str = "ActivityLog";
/// Their one dimension: the stack is part of a function's name.
const DIMENSION: &str = "FunctionName";

/// The log line that carries `values`, a struct of numbers whose names say their unit: `Bytes…`, `…Seconds`,
/// `…Milliseconds`; any other is a count.
pub fn line(values: &impl Serialize, function_name: &str, now: Instant) -> String {
    line_with(&json!({}), values, function_name, now)
}

/// The same with `fields` beside them: a log line that is there anyway, so that nothing is written twice. They
/// become no dimensions, and so cost nothing; `CloudWatch Logs Insights` finds the calls behind a number by them.
pub fn line_with(
    fields: &impl Serialize,
    values: &impl Serialize,
    function_name: &str,
    now: Instant,
) -> String {
    let values = members(values);
    let metrics: Vec<Value> = values
        .keys()
        .map(|name| json!({"Name": name, "Unit": unit_of(name)}))
        .collect();
    let directive = json!({
        "Timestamp": now.millis(),
        "CloudWatchMetrics": [{
            "Namespace": NAMESPACE,
            "Dimensions": [[DIMENSION]],
            "Metrics": metrics,
        }],
    });
    let mut line = members(fields);
    line.extend(values);
    line.insert("_aws".to_owned(), directive);
    line.insert(DIMENSION.to_owned(), function_name.into());
    Value::Object(line).to_string()
}

/// Writes a line to where `CloudWatch` reads it: raw, whatever the level of the log is.
#[expect(
    clippy::print_stdout,
    reason = "CloudWatch reads metrics out of raw lines"
)]
pub fn emit(line: &str) {
    println!("{line}");
}

/// Our own structs of numbers and text always serialise.
fn members(of: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(of) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

fn unit_of(name: &str) -> &'static str {
    if name.starts_with("Bytes") {
        "Bytes"
    } else if name.ends_with("Milliseconds") {
        "Milliseconds"
    } else if name.ends_with("Seconds") {
        "Seconds"
    } else {
        "Count"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Counted {
        events_archived: u64,
        bytes_written: u64,
        lag_seconds: u64,
        duration_milliseconds: u64,
    }

    const COUNTED: Counted = Counted {
        events_archived: 7,
        bytes_written: 0,
        lag_seconds: 1,
        duration_milliseconds: 2,
    };
    const NOW: Instant = Instant::from_millis(1_234);

    fn read(line: &str) -> Value {
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn a_line_names_every_metric_it_carries_with_its_unit() {
        let line = line(&COUNTED, "stack-archiver", NOW);
        assert!(!line.contains('\n'));
        let expected = json!({
            "_aws": {
                "Timestamp": 1_234,
                "CloudWatchMetrics": [{
                    "Namespace": "ActivityLog",
                    "Dimensions": [["FunctionName"]],
                    "Metrics": [
                        {"Name": "BytesWritten", "Unit": "Bytes"},
                        {"Name": "DurationMilliseconds", "Unit": "Milliseconds"},
                        {"Name": "EventsArchived", "Unit": "Count"},
                        {"Name": "LagSeconds", "Unit": "Seconds"},
                    ],
                }],
            },
            "FunctionName": "stack-archiver",
            "EventsArchived": 7,
            "BytesWritten": 0,
            "LagSeconds": 1,
            "DurationMilliseconds": 2,
        });
        assert_eq!(read(&line), expected);
    }

    #[test]
    fn fields_beside_them_are_no_metrics() {
        let fields = json!({"account": "111122223333", "status": 200});
        let with = read(&line_with(&fields, &COUNTED, "f", NOW));
        assert_eq!(
            (&with["account"], &with["status"]),
            (&fields["account"], &fields["status"])
        );
        let without = read(&line(&COUNTED, "f", NOW));
        assert_eq!(with["_aws"], without["_aws"]);
        assert_eq!(with["EventsArchived"], 7);
    }
}
