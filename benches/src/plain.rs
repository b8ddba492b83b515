//! The plain way: every event a `serde_json::Value`, and an item of its own.

use std::collections::HashMap;

use serde_json::Value;

/// One item per event, with an attribute for each lookup key and the record.
///
/// # Panics
/// If a record is not JSON.
pub fn encode(batch: &[String]) -> Vec<HashMap<&'static str, String>> {
    batch
        .iter()
        .map(|record| {
            let event: Value = serde_json::from_str(record).expect("JSON");
            let identity = &event["userIdentity"];
            let resource = &event["resources"][0];
            let attributes = [
                ("eventId", &event["eventID"]),
                ("eventTime", &event["eventTime"]),
                ("eventName", &event["eventName"]),
                ("readOnly", &event["readOnly"]),
                ("username", &identity["userName"]),
                ("accessKeyId", &identity["accessKeyId"]),
                ("eventSource", &event["eventSource"]),
                ("resourceName", &resource["ARN"]),
                ("resourceType", &resource["type"]),
                ("errorCode", &event["errorCode"]),
                ("sourceIp", &event["sourceIPAddress"]),
            ];
            let mut item: HashMap<&'static str, String> = attributes
                .into_iter()
                .filter_map(|(name, value)| match value {
                    Value::String(text) => Some((name, text.clone())),
                    Value::Bool(flag) => Some((name, flag.to_string())),
                    _ => None,
                })
                .collect();
            item.insert("record", event.to_string());
            item
        })
        .collect()
}

/// How many events have this name.
///
/// # Panics
/// If a record is not JSON.
pub fn scan(records: &[String], name: &str) -> usize {
    records
        .iter()
        .filter(|record| {
            let event: Value = serde_json::from_str(record).expect("JSON");
            event["eventName"] == name
        })
        .count()
}

/// Bytes of all records, each read as a `Value`.
///
/// # Panics
/// If a record is not JSON.
pub fn decode(records: &[String]) -> usize {
    records
        .iter()
        .map(|record| {
            let event: Value = serde_json::from_str(record).expect("JSON");
            assert!(event.is_object());
            record.len()
        })
        .sum()
}
