//! Metrics, as `CloudWatch` reads them out of log lines (embedded metric format).
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use activity_log_core::instant::Instant;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The namespace of all of them.
pub const NAMESPACE: &str = "ActivityLog";

/// What an invocation came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Worked {
    /// reports that can be downloaded
    pub reports_ready: u64,
    /// reports that failed
    pub reports_failed: u64,
    /// those of them that failed for no fault of the request or its plugin
    pub reports_failed_internally: u64,
    /// reports whose makers wanted them no more
    pub reports_cancelled: u64,
    /// reports that go on in another run
    pub reports_suspended: u64,
    /// rows of ready reports
    pub rows_written: u64,
    /// bytes of ready reports
    pub bytes_written: u64,
    /// reports that failed because of their plugin
    pub plugin_failures: u64,
    /// plugin versions that can be used
    pub plugins_ready: u64,
    /// plugin versions that cannot
    pub plugins_refused: u64,
}

/// The log line that carries them.
pub fn line(worked: &Worked, function_name: &str, now: Instant) -> String {
    let values = serde_json::to_value(worked).unwrap_or_default();
    let mut line: Map<String, Value> = values.as_object().cloned().unwrap_or_default();
    let metrics: Vec<Value> = line
        .keys()
        .map(|name| {
            let unit = if name == "BytesWritten" {
                "Bytes"
            } else {
                "Count"
            };
            json!({"Name": name, "Unit": unit})
        })
        .collect();
    let directive = json!({
        "Timestamp": now.millis(),
        "CloudWatchMetrics": [{
            "Namespace": NAMESPACE,
            "Dimensions": [["FunctionName"]],
            "Metrics": metrics,
        }],
    });
    line.insert("_aws".to_owned(), directive);
    line.insert("FunctionName".to_owned(), function_name.into());
    Value::Object(line).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_every_metric_it_carries() {
        let worked = Worked {
            rows_written: 7,
            reports_ready: 1,
            ..Worked::default()
        };
        let line = line(&worked, "stack-reporter", Instant::from_millis(1_234));
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["FunctionName"], "stack-reporter");
        assert_eq!(
            (&line["RowsWritten"], &line["ReportsReady"]),
            (&7.into(), &1.into())
        );
        assert_eq!(line["_aws"]["Timestamp"], 1_234);
        let metrics = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(metrics["Dimensions"], json!([["FunctionName"]]));
        let names = metrics["Metrics"].as_array().unwrap();
        assert_eq!(names.len(), 10);
        let carries = |one: &Value| line[one["Name"].as_str().unwrap()].is_u64();
        assert!(names.iter().all(carries));
    }
}
