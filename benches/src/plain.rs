//! The plain way: every event a `serde_json::Value`, and an item of its own.

use std::collections::{HashMap, HashSet};
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
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

/// How many events have all of these fields.
///
/// # Panics
/// If a record is not JSON.
pub fn scan(records: &[String], fields: &[(&str, Value)]) -> usize {
    records
        .iter()
        .filter(|record| {
            let event: Value = serde_json::from_str(record).expect("JSON");
            fields.iter().all(|(name, value)| event[name] == *value)
        })
        .count()
}

/// How many events there are in each minute, and how many of them failed.
///
/// # Panics
/// If a record is not JSON, or has no time.
pub fn counts(records: &[String]) -> HashMap<String, (u64, u64)> {
    let mut counts: HashMap<String, (u64, u64)> = HashMap::new();
    for record in records {
        let event: Value = serde_json::from_str(record).expect("JSON");
        // 2026-11-19T12:00
        let minute = event["eventTime"].as_str().expect("a time")[..16].to_owned();
        let (events, failed) = counts.entry(minute).or_default();
        *events += 1;
        *failed += u64::from(event["errorCode"].is_string());
    }
    counts
}

/// What a roll-up does, the way one writes it first: the records of batches that were compressed one by one, each once,
/// in order of time, compressed together; and of each value which of them have it. Gives how many there are, and bytes.
///
/// # Panics
/// If a batch does not decompress, or a record is not JSON.
pub fn roll_up(batches: &[Vec<u8>]) -> (usize, usize) {
    let mut events: Vec<(String, String, HashMap<&'static str, String>)> = Vec::new();
    let mut ids = HashSet::new();
    for batch in batches {
        let mut text = String::new();
        let mut gzip = GzDecoder::new(&**batch);
        gzip.read_to_string(&mut text).expect("gzip");
        let records: Vec<String> = text.lines().map(str::to_owned).collect();
        for mut item in encode(&records) {
            let time = item.remove("eventTime").expect("a time");
            let id = item.remove("eventId").expect("an id");
            if ids.insert(id.clone()) {
                events.push((time, id, item));
            }
        }
    }
    events.sort_by(|a, b| (&b.0, &b.1).cmp(&(&a.0, &a.1)));
    let mut index: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    for (place, (_, _, item)) in events.iter().enumerate() {
        for (name, value) in item {
            if *name == "record" {
                gzip.write_all(value.as_bytes()).expect("memory");
            } else {
                index.entry((name, value)).or_default().push(place);
            }
        }
    }
    let rows: usize = index.values().map(Vec::len).sum();
    let bytes = gzip.finish().expect("memory").len() + rows * size_of::<u32>();
    (events.len(), bytes)
}

/// Records as lines, compressed.
///
/// # Panics
/// Never: it writes to memory.
pub fn compressed(batch: &[String]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    for record in batch {
        gzip.write_all(record.as_bytes()).expect("memory");
        gzip.write_all(b"\n").expect("memory");
    }
    gzip.finish().expect("memory")
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
