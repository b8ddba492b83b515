//! A report tells how its events came: as a column, to filters and conditions, and to plugins.

use std::sync::Arc;

use activity_log_core::origin::Origin;
use activity_log_core::query::{Attribute, Filter as Attributed, Says, Test};
use activity_log_core::reports::{Condition, Format, ReportRequest};
use activity_log_store::memory::MemoryItems;
use serde_json::json as value;

use crate::stage::{NOW, Run, csv, json, put, request, xlsx};

/// The same record twice, but for its id; both say of themselves that they are ours.
async fn forged() -> Arc<MemoryItems> {
    let store = Arc::default();
    let record = |id: &str| {
        value!({"eventTime": NOW.to_string(), "eventID": id, "eventName": "DeleteTrail", "origin": "service"})
            .to_string()
    };
    let producer = Origin::Producer("eve".to_owned());
    put(&store, &producer, &[record("forged")], NOW).await;
    put(&store, &Origin::Service, &[record("ours")], NOW).await;
    store
}

async fn rows(store: &Arc<MemoryItems>, request: &ReportRequest) -> Vec<(String, String)> {
    let done = Run::of(request).run(store).await.unwrap();
    let (header, rows) = if request.format == Format::Csv {
        csv(&done.bytes)
    } else {
        xlsx(&done.bytes)
    };
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (id, origin) = (at("id"), at("origin"));
    let rows = rows.into_iter();
    rows.map(|row| (row[id].clone(), row[origin].clone()))
        .collect()
}

fn pair(id: &str, origin: &str) -> (String, String) {
    (id.to_owned(), origin.to_owned())
}

#[tokio::test]
async fn a_column_says_it_whatever_the_record_says() {
    let store = forged().await;
    let told = [pair("ours", "service"), pair("forged", "producer:eve")];
    for format in [Format::Csv, Format::Xlsx] {
        assert_eq!(rows(&store, &request(format, NOW)).await, told, "{format}");
        let chosen = ReportRequest {
            columns: vec!["origin".to_owned(), "id".to_owned()],
            ..request(format, NOW)
        };
        assert_eq!(rows(&store, &chosen).await, told, "{format}");
    }
}

#[tokio::test]
async fn events_are_chosen_by_it() {
    let store = forged().await;
    let by_attribute = ReportRequest {
        filters: vec![Attributed::is(Attribute::Origin, "service")],
        ..request(Format::Json, NOW)
    };
    let by_condition = ReportRequest {
        conditions: vec![Condition {
            field: "origin".to_owned(),
            test: Test::of(Says::Prefix("serv".to_owned())),
        }],
        ..request(Format::Json, NOW)
    };
    for request in [by_attribute, by_condition] {
        let done = Run::of(&request).run(&store).await.unwrap();
        let records = json(&done.bytes);
        assert_eq!(records.len(), 1);
        assert_eq!(records[0]["eventID"], "ours");
    }
}
