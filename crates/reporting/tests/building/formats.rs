//! The real events: each format holds exactly those that match.

use activity_log_benches::real;
use activity_log_core::query::{Attribute, Filter as Attributed};
use activity_log_core::reports::Format;
use serde_json::Value;

use crate::stage::{Run, csv, json, lines, request, store, xlsx};

#[tokio::test]
async fn every_format_holds_exactly_the_matching_events() {
    let Some(events) = real::load() else { return };
    let now = events.admission.now;
    let store = store(&events.records, now).await;
    let mut matching: Vec<(String, String, Value)> = events
        .records
        .iter()
        .map(|record| serde_json::from_str::<Value>(record).unwrap())
        .filter(|record| record["eventSource"] == "ec2.amazonaws.com")
        .map(|record| {
            let text = |name: &str| record[name].as_str().unwrap().to_owned();
            (text("eventTime"), text("eventID"), record)
        })
        .collect();
    matching.sort_by(|one, other| (&other.0, &other.1).cmp(&(&one.0, &one.1)));
    matching.dedup_by(|one, other| one.1 == other.1);
    assert!(matching.len() > 100);
    let ids: Vec<&str> = matching.iter().map(|(_, id, _)| id.as_str()).collect();

    for format in Format::ALL {
        let mut request = request(format, now);
        request.filters = vec![Attributed::is(Attribute::EventSource, "ec2.amazonaws.com")];
        let run = Run {
            now,
            batch: 100,
            ..Run::of(&request)
        };
        let done = run.run(&store).await.unwrap();
        let rows = ids.len() as u64;
        assert_eq!((done.progress.scanned, done.progress.rows), (rows, rows));
        let found: Vec<String> = match format {
            Format::Json | Format::Ndjson => {
                let records = match format {
                    Format::Json => json(&done.bytes),
                    _ => lines(&done.bytes),
                };
                let expected: Vec<&Value> = matching.iter().map(|(.., record)| record).collect();
                assert_eq!(records.iter().collect::<Vec<_>>(), expected);
                records
                    .iter()
                    .map(|record| record["eventID"].as_str().unwrap().to_owned())
                    .collect()
            }
            Format::Csv | Format::Xlsx => {
                let (header, rows) = if format == Format::Csv {
                    csv(&done.bytes)
                } else {
                    xlsx(&done.bytes)
                };
                let at = header.iter().position(|name| name == "id").unwrap();
                rows.into_iter().map(|row| row[at].clone()).collect()
            }
        };
        assert_eq!(found, ids, "{format}");
    }
}

#[tokio::test]
async fn a_report_of_nothing_is_a_file() {
    let store = store(&[], crate::stage::NOW).await;
    for format in Format::ALL {
        let request = request(format, crate::stage::NOW);
        let done = Run::of(&request).run(&store).await.unwrap();
        let rows = match format {
            Format::Csv => csv(&done.bytes).1.len(),
            Format::Json => json(&done.bytes).len(),
            Format::Ndjson => lines(&done.bytes).len(),
            Format::Xlsx => xlsx(&done.bytes).1.len(),
        };
        assert_eq!((rows, done.progress.rows), (0, 0), "{format}");
    }
}
