//! Columns of the real events, where they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::value::RawValue;

use crate::columns::matching;
use crate::columns::{Columns, decompressed};
use crate::event::{Admission, Event, other_names, time_of};
use crate::instant::Instant;
use crate::origin::Origin;
use crate::query::{Attribute, Filter, Query};
use crate::slot::Slot;

/// Records and their times; nothing where there are none.
fn records() -> Vec<(Instant, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cloudtrail");
    let Ok(folder) = std::fs::read_dir(&root) else {
        println!("skipped: there are no real events in {}", root.display());
        return Vec::new();
    };
    let mut records = Vec::new();
    for file in folder {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap_or_default();
        let lists: BTreeMap<&str, Vec<&RawValue>> = serde_json::from_str(&text).unwrap_or_default();
        let texts = lists.into_values().flatten().map(RawValue::get);
        records.extend(texts.filter_map(|text| Some((time_of(text)?, text.to_owned()))));
    }
    assert!(!records.is_empty(), "{} has no events", root.display());
    records
}

/// What an event can be found by.
fn values(event: &Event<'_>) -> BTreeSet<(Attribute, String)> {
    let fields = &event.fields;
    let resources = || fields.resources.iter();
    let single = [
        (Attribute::EventId, Some(&event.id)),
        (Attribute::EventName, Some(&fields.name)),
        (Attribute::EventSource, fields.source.as_ref()),
        (Attribute::Username, fields.username.as_ref()),
        (Attribute::AccessKeyId, fields.access_key_id.as_ref()),
        (Attribute::ErrorCode, fields.error_code.as_ref()),
        (Attribute::SourceIp, fields.source_ip.as_ref()),
        (Attribute::Project, fields.project.as_ref()),
        (Attribute::Origin, Some(&event.origin)),
        (Attribute::RequestId, fields.request_id.as_ref()),
        (Attribute::UserAgent, fields.user_agent.as_ref()),
        (Attribute::Region, fields.region.as_ref()),
        (Attribute::PrincipalArn, fields.principal_arn.as_ref()),
        (Attribute::EventType, fields.event_type.as_ref()),
    ];
    let single = single.into_iter().chain(
        resources()
            .map(|one| (Attribute::ResourceName, one.name.as_ref()))
            .chain(resources().map(|one| (Attribute::ResourceType, one.kind.as_ref()))),
    );
    let read_only = (Attribute::ReadOnly, event.read_only.to_string());
    let texts = single.filter_map(|(attribute, text)| Some((attribute, text?.to_string())));
    texts.chain([read_only]).collect()
}

/// What the columns say of each row.
fn told(columns: &Columns<'_>) -> Vec<BTreeSet<(Attribute, String)>> {
    let mut rows = vec![BTreeSet::new(); columns.rows()];
    for attribute in Attribute::ALL {
        let valued = columns.values_of(attribute);
        let mut texts = vec![String::new(); valued.codes() as usize];
        valued.visit_values(|code, value| value.clone_into(&mut texts[code as usize]));
        valued.visit_rows(|row, code| {
            rows[row as usize].insert((attribute, texts[code as usize].clone()));
        });
    }
    rows
}

#[test]
fn real_events_come_back_with_every_attribute() {
    let mut records = records();
    records.sort();
    let Some((now, _)) = records.last().cloned() else {
        return;
    };
    let admission = Admission {
        account: "111122223333".parse().unwrap(),
        now,
        retention_days: 3_650,
    };
    let parse = |text| Event::parse(text, 0, &Origin::Queue, &admission).unwrap();
    let mut events: Vec<Event<'_>> = records.iter().map(|(_, text)| parse(text)).collect();
    events.sort_by(|a, b| (b.time, &b.id).cmp(&(a.time, &a.id)));
    let mut known = BTreeSet::new();
    for size in [1, 24, 1_024] {
        for events in events.chunks(size) {
            let rows: Vec<&Event<'_>> = events.iter().collect();
            let slots: Vec<Slot> = events.iter().map(|event| Slot::of(event.time)).collect();
            let value = Columns::of_run(&rows, &slots).compressed().unwrap();
            let plain = decompressed(&value).unwrap();
            let columns = Columns::decode(&plain).unwrap();
            let found = told(&columns);
            for (row, event) in events.iter().enumerate() {
                assert_eq!(found[row], values(event));
                assert_eq!(columns.time(row), event.time);
                assert_eq!(columns.slot(row), Some(slots[row]));
                assert_eq!(columns.id(row), event.id);
                assert_eq!(columns.record_bytes(row), event.text.len());
            }
            for (attribute, value) in found.iter().flatten().take(2_000) {
                let query = Query {
                    filters: vec![Filter::is(*attribute, value.as_str())],
                    ..Query::default()
                };
                let rows = matching::rows(&columns, &query, admission.horizon(), now);
                let is_one = |(one, of): &(Attribute, String)| {
                    let by_another_name = *one == Attribute::ResourceName
                        && other_names(of).any(|other| other == value);
                    one == attribute && (of == value || by_another_name)
                };
                let has = |row: &u32| found[*row as usize].iter().any(is_one);
                let all = 0..u32::try_from(events.len()).unwrap();
                assert_eq!(rows, all.filter(has).collect::<Vec<_>>(), "{query:?}");
            }
            known.extend(found.into_iter().flatten().map(|(attribute, _)| attribute));
        }
    }
    // Real events of AWS have all but a project.
    assert_eq!(known.len(), Attribute::ALL.len() - 1);
}
