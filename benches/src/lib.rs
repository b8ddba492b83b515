//! What the benchmarks share: real events, ours and the plain way of doing the same.
//!
//! The plain way is what one writes first: a `serde_json::Value` per event, and one item per event.

pub mod archived;
pub mod counting;
pub mod item_file;
pub mod measured;
pub mod month;
pub mod plain;
pub mod real;
pub mod reported;
pub mod varied;

use std::collections::BTreeMap;
use std::sync::Mutex;

use activity_log_core::event::{Admission, Event};
use activity_log_core::origin::Origin;
use activity_log_core::pack::{ArrivalDraft, PackEncoder};
use activity_log_core::query::{Attribute, Filter, Query};
use activity_log_core::segment::bodies::Bodies;
use activity_log_core::segment::build::SegmentEncoder;
use activity_log_core::segment::columns::Columns;
use activity_log_core::segment::matching;
use activity_log_core::store::{IndexEntry, StoredSegment};
use activity_log_core::window::Window;

use real::RealEvents;

/// Segments and index entries of a batch: parse, map, index, encode.
///
/// # Panics
/// If a record of the batch is not accepted.
pub fn encode(
    encoder: &Mutex<SegmentEncoder>,
    admission: &Admission,
    batch: &[String],
) -> Vec<(StoredSegment, Vec<IndexEntry>)> {
    let events: Vec<Event<'_>> = batch
        .iter()
        .map(|record| {
            Event::parse(record, 0, &Origin::Queue, admission).expect("a real event is accepted")
        })
        .collect();
    let members: Vec<usize> = (0..events.len()).collect();
    let window = Window::of(admission.now);
    let drafts = encoder
        .lock()
        .expect("one thread")
        .encode(admission.account, &events, &members)
        .expect("a batch encodes");
    drafts
        .iter()
        .map(|draft| {
            let days = admission.retention_days;
            (draft.segment(window, days), draft.entries(window, days))
        })
        .collect()
}

/// The arrival of a batch, whose events are oldest first: parse, map, pack, hash.
///
/// # Panics
/// If a record of the batch is not accepted.
pub fn arrival(encoder: &mut PackEncoder, admission: &Admission, batch: &[String]) -> ArrivalDraft {
    let read = |record| Event::parse(record, 0, &Origin::Queue, admission);
    let events: Result<Vec<Event<'_>>, _> = batch.iter().rev().map(|record| read(record)).collect();
    let events = events.expect("real events are accepted");
    let events: Vec<&Event<'_>> = events.iter().collect();
    ArrivalDraft::new(encoder, admission.account, &events).expect("a batch encodes")
}

/// All real events as stored segments, from batches of 100.
///
/// # Panics
/// If an event is not accepted.
pub fn segments(events: &RealEvents) -> Vec<StoredSegment> {
    let encoder = Mutex::new(SegmentEncoder::new().expect("an encoder"));
    events
        .records
        .chunks(100)
        .flat_map(|batch| encode(&encoder, &events.admission, batch))
        .map(|(segment, _)| segment)
        .collect()
}

/// How many events match, by columns alone.
///
/// # Panics
/// If a segment does not decode.
pub fn scan(segments: &[StoredSegment], query: &Query, admission: &Admission) -> usize {
    segments
        .iter()
        .map(|segment| {
            let columns = Columns::decode(&segment.columns).expect("columns decode");
            let rows = matching::rows(&columns, query, admission.horizon(), admission.now);
            rows.len()
        })
        .sum()
}

/// Bytes of all records, decompressed.
///
/// # Panics
/// If a segment does not decode.
pub fn decode(segments: &[StoredSegment]) -> usize {
    segments
        .iter()
        .map(|segment| {
            let columns = Columns::decode(&segment.columns).expect("columns decode");
            let rows = columns.rows();
            let lengths = (0..rows).map(|row| columns.record_bytes(row));
            let bodies = Bodies::decode(&segment.bodies, lengths).expect("bodies decode");
            (0..rows).map(|row| bodies.get(row).len()).sum::<usize>()
        })
        .sum()
}

/// The event name that matches nearest to one in a thousand, and how many events have it.
///
/// # Panics
/// If there are no events.
pub fn rare_name(events: &RealEvents) -> (Query, usize) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for record in &events.records {
        let value: serde_json::Value = serde_json::from_str(record).expect("JSON");
        *counts
            .entry(value["eventName"].as_str().unwrap_or_default().to_owned())
            .or_default() += 1;
    }
    let wanted = events.records.len().div_ceil(1_000);
    let (value, count) = counts
        .into_iter()
        .min_by_key(|(_, count)| count.abs_diff(wanted))
        .expect("there are events");
    let filters = vec![Filter {
        attribute: Attribute::EventName,
        value,
    }];
    (
        Query {
            filters,
            ..Query::default()
        },
        count,
    )
}
