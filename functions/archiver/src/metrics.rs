//! Metrics, as `CloudWatch` reads them out of log lines (embedded metric format).
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use activity_log_core::instant::Instant;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The namespace of all of them.
pub const NAMESPACE: &str = "ActivityLog";

/// What a message's deliveries came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Delivered {
    /// windows archived
    pub windows_archived: u64,
    /// events in their archives
    pub events_archived: u64,
    /// digests delivered
    pub digests_delivered: u64,
    /// files the bucket did not take
    pub delivery_errors: u64,
    /// segments whose retention ended before they could be delivered
    pub expired_segments: u64,
    /// age of the oldest sealed window that waits, at the end
    pub lag_seconds: u64,
}

/// The log line that carries them.
pub fn line(delivered: &Delivered, function_name: &str, now: Instant) -> String {
    let values = serde_json::to_value(delivered).unwrap_or_default();
    let mut line: Map<String, Value> = values.as_object().cloned().unwrap_or_default();
    let metrics: Vec<Value> = line
        .keys()
        .map(|name| {
            let unit = if name == "LagSeconds" {
                "Seconds"
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
        let delivered = Delivered {
            events_archived: 7,
            delivery_errors: 1,
            ..Delivered::default()
        };
        let line = line(&delivered, "stack-archiver", Instant::from_millis(1_234));
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["FunctionName"], "stack-archiver");
        assert_eq!(
            (&line["EventsArchived"], &line["DeliveryErrors"]),
            (&7.into(), &1.into())
        );
        assert_eq!(line["_aws"]["Timestamp"], 1_234);
        let metrics = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(metrics["Dimensions"], json!([["FunctionName"]]));
        let names = metrics["Metrics"].as_array().unwrap();
        assert_eq!(names.len(), 6);
        assert!(
            names
                .iter()
                .all(|one| line[one["Name"].as_str().unwrap()].is_u64())
        );
    }
}
