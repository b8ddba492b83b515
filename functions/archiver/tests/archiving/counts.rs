//! What is selected, and that every event is counted: ingested = archived + filtered out + duplicates + conflicts.

use std::collections::BTreeMap;

use activity_log_core::trail::advanced::{AdvancedSelector, Facts, Field, FieldSelector, Operator};
use activity_log_core::trail::selection::{ReadWrite, Selection, Selector};
use serde_json::{Value, json};

use crate::stage::{START, Stage, minutes, record, record_of};

fn selection(read_write: ReadWrite, excluded: &[&str], project: Option<&str>) -> Selection {
    Selection {
        selectors: vec![Selector {
            read_write,
            excluded_sources: excluded.iter().map(|one| (*one).to_owned()).collect(),
        }],
        advanced: Vec::new(),
        custom: true,
        project: project.map(str::to_owned),
    }
}

/// Twelve events: read-only or not, of two sources, of two projects or none.
fn all_kinds() -> Vec<String> {
    let mut records = Vec::new();
    for read_only in [true, false] {
        for source in ["ec2.amazonaws.com", "kms.amazonaws.com"] {
            for project in [json!("p1"), json!("p2"), Value::Null] {
                let more =
                    json!({"readOnly": read_only, "eventSource": source, "project": project});
                records.push(record_of(&format!("e{:02}", records.len()), START, &more));
            }
        }
    }
    records
}

#[tokio::test]
async fn selectors_and_the_project_decide_and_what_they_leave_out_is_counted() {
    let cases = [
        (ReadWrite::All, &[][..], None, 12),
        (ReadWrite::ReadOnly, &[][..], None, 6),
        (ReadWrite::WriteOnly, &[][..], None, 6),
        (ReadWrite::All, &["kms.amazonaws.com"][..], None, 6),
        (ReadWrite::WriteOnly, &["kms.amazonaws.com"][..], None, 3),
        (ReadWrite::All, &[][..], Some("p1"), 4),
        (
            ReadWrite::WriteOnly,
            &["ec2.amazonaws.com"][..],
            Some("p2"),
            1,
        ),
        (ReadWrite::All, &[][..], Some("no such project"), 0),
    ];
    for (read_write, excluded, project, expected) in cases {
        let stage = Stage::new().await;
        let select = selection(read_write, excluded, project);
        stage
            .trail("audit", |trail| {
                trail.settings.selections.set_always(select.clone());
            })
            .await;
        stage.ingest(&all_kinds()).await;
        stage.at(minutes(61)).tick().await;
        let records = stage.app.ports.buckets.records("audit");
        assert_eq!(records.len(), expected, "{select:?}");
        for record in records {
            assert!(select.takes(&Facts {
                read_only: record["readOnly"].as_bool().unwrap(),
                name: record["eventName"].as_str(),
                source: record["eventSource"].as_str(),
                project: record["project"].as_str(),
            }));
        }
        let digests = stage.app.ports.buckets.digests("audit");
        let window = &digests[0]["activityLog"]["windows"][0];
        let counts =
            ["ingested", "archived", "filteredOut", "duplicates"].map(|one| window[one].as_u64());
        let expected = expected as u64;
        assert_eq!(
            counts,
            [12, expected, 12 - expected, 0].map(Some),
            "{select:?}"
        );
    }
}

#[tokio::test]
async fn advanced_selectors_decide_alike_of_what_is_rolled_up_and_what_is_not() {
    let field = |field, operator, value: &str| FieldSelector {
        field,
        operators: BTreeMap::from([(operator, vec![value.to_owned()])]),
    };
    let select = Selection {
        selectors: Vec::new(),
        advanced: vec![
            AdvancedSelector {
                name: None,
                fields: vec![
                    field(Field::EventCategory, Operator::Equals, "Management"),
                    field(Field::EventSource, Operator::NotStartsWith, "kms."),
                    field(Field::EventName, Operator::EndsWith, "Instances"),
                    field(Field::ReadOnly, Operator::NotEquals, "true"),
                ],
            },
            AdvancedSelector {
                name: None,
                fields: vec![field(Field::EventName, Operator::Equals, "Decrypt")],
            },
        ],
        ..selection(ReadWrite::All, &[], None)
    };
    let mut records = all_kinds();
    let decrypt =
        json!({"eventName": "Decrypt", "eventSource": "kms.amazonaws.com", "readOnly": true});
    records.push(record_of("e12", START, &decrypt));
    for rolled_up in [false, true] {
        let stage = Stage::new().await;
        stage
            .trail("audit", |trail| {
                trail.settings.selections.set_always(select.clone());
            })
            .await;
        stage.ingest(&records).await;
        stage.at(minutes(61));
        if rolled_up {
            stage.roll_up().await;
        }
        stage.tick().await;
        let ids = stage.app.ports.buckets.ids("audit");
        assert_eq!(ids, ["e06", "e07", "e08", "e12"], "{rolled_up}");
        let digests = stage.app.ports.buckets.digests("audit");
        let window = &digests[0]["activityLog"]["windows"][0];
        assert_eq!(window["filteredOut"], 9);
    }
}

#[tokio::test]
async fn new_selectors_hold_from_the_window_they_are_put_in_and_take_nothing_back() {
    let stage = Stage::new().await;
    let trail = stage.trail("audit", |_| {}).await;
    let none = selection(ReadWrite::WriteOnly, &[], Some("none"));
    let records = all_kinds();
    stage.ingest(&records[..4]).await;
    stage.at(minutes(6)).ingest(&records[4..8]).await;
    stage.at(minutes(8));
    stage
        .configure(&trail, |trail| trail.select(none, minutes(8)))
        .await;
    stage.at(minutes(11)).ingest(&records[8..]).await;
    // All windows are archived after the change: the one before keeps what it had, and in that of the change
    // what was selected when it happened stays selected.
    stage.at(minutes(30)).tick().await;
    assert_eq!(stage.app.ports.buckets.ids("audit").len(), 8);
}

#[tokio::test]
async fn copies_and_conflicts_are_left_out_and_counted_rolled_up_or_not() {
    let (one, two) = (record("e1", START), record("e2", START));
    let other = record_of("e1", START, &json!({"eventName": "TerminateInstances"}));
    for rolled_up in [false, true] {
        let stage = Stage::new().await;
        stage.trail("audit", |_| {}).await;
        stage.ingest(&[one.clone(), two.clone()]).await;
        stage
            .at(minutes(1))
            .ingest(&[two.clone(), other.clone()])
            .await;
        stage
            .at(minutes(7))
            .ingest(std::slice::from_ref(&one))
            .await;
        stage
            .at(minutes(8))
            .ingest(std::slice::from_ref(&other))
            .await;
        stage.at(minutes(61));
        if rolled_up {
            stage.roll_up().await;
        }
        stage.tick().await;
        let names: Vec<Value> = stage.app.ports.buckets.records("audit");
        let names: Vec<&str> = names
            .iter()
            .map(|one| one["eventName"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["StopInstances", "StopInstances"]);
        let digests = stage.app.ports.buckets.digests("audit");
        let windows = &digests[0]["activityLog"]["windows"];
        let counted = [0, 1].map(|window| {
            ["ingested", "archived", "duplicates", "conflicts"]
                .map(|count| windows[window][count].as_u64().unwrap())
        });
        assert_eq!(counted, [[4, 2, 1, 1], [2, 0, 1, 1]], "{rolled_up}");
    }
}
