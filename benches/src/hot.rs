//! The hot paths, each as a call: what a request, a roll-up or a report spends its time in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use activity_log_core::columns::matching;
use activity_log_core::columns::{Columns, decompressed};
use activity_log_core::event::{Admission, Event};
use activity_log_core::ingest::{Incoming, Ordinals, arrive};
use activity_log_core::instant::MINUTE;
use activity_log_core::origin::Origin;
use activity_log_core::pack::{ArrivalDraft, Pack, PackEncoder};
use activity_log_core::query::{Attribute, Filter, Query};
use activity_log_core::read::{CountRequest, Counts, Events};
use activity_log_core::reader::EventCounter as _;
use activity_log_core::rollup::Task;
use activity_log_core::rollup::roll::{Limits, Step, roll};
use activity_log_store::memory::MemoryItems;

use crate::real::RealEvents;

/// The events of a batch that is oldest first, in read order: parsed and mapped.
///
/// # Panics
/// If a record of the batch is not accepted.
pub fn parsed<'r>(admission: &Admission, batch: &'r [String]) -> Vec<Event<'r>> {
    let read = |record| Event::parse(record, 0, &Origin::Queue, admission);
    let events: Result<Vec<Event<'_>>, _> = batch.iter().rev().map(|record| read(record)).collect();
    events.expect("real events are accepted")
}

/// The arrival of a batch in read order: packed and named.
///
/// # Panics
/// If it does not fit.
pub fn arrival(
    encoder: &mut PackEncoder,
    admission: &Admission,
    events: &[Event<'_>],
) -> ArrivalDraft {
    let events: Vec<&Event<'_>> = events.iter().collect();
    ArrivalDraft::new(encoder, admission.account, &events).expect("a batch encodes")
}

/// The real events as they are stored: taken in, in batches of 100, and rolled up.
pub struct Stored {
    events: Events<MemoryItems>,
    admission: Admission,
    /// values of the items of columns
    pub columns: Vec<Vec<u8>>,
    /// values of the items of frames
    pub frames: Vec<Vec<u8>>,
}

impl Stored {
    /// Stores them.
    ///
    /// # Panics
    /// If an event is not accepted.
    pub async fn of(real: &RealEvents) -> Self {
        let items = MemoryItems::default();
        let admission = real.admission;
        let encoder = Mutex::new(PackEncoder::new().expect("an encoder"));
        for batch in real.records.chunks(100) {
            let texts: Vec<&str> = batch.iter().map(String::as_str).collect();
            let records = Incoming::of_one_body(&texts, &Origin::Queue);
            let (by, mut ordinals) = ((&encoder, 1), Ordinals::default());
            let clock = || admission.now;
            let done = arrive(&items, by, &admission, &records, &mut ordinals, &clock).await;
            assert!(done.errors.is_empty(), "{:?}", done.errors);
        }
        roll_up(&items, &admission).await;
        let values = |kind: &str| {
            let all = items.all().into_iter();
            all.filter(|item| item.key.partition.starts_with(kind))
                .map(|item| item.value)
                .collect()
        };
        Self {
            columns: values("C#"),
            frames: values("F#"),
            events: Events::shared(Arc::new(items), 0),
            admission,
        }
    }

    /// How many events of a query there are in each of the last `buckets` minutes, as the API counts them.
    ///
    /// # Panics
    /// If the store is damaged, or not all is counted.
    pub async fn counts(&self, query: &Query, buckets: usize) -> Counts {
        let (account, request) = (self.admission.account, self.minutes(buckets));
        let counts = self.events.counts(account, query, &request).await;
        let counts = counts.expect("counts");
        assert_eq!(counts.next, None, "not all are counted");
        counts
    }

    fn minutes(&self, buckets: usize) -> CountRequest {
        let now = self.admission.now;
        let back = i64::try_from(buckets).unwrap_or(1) * MINUTE;
        CountRequest {
            start: now.plus_millis(1 - back),
            width_ms: MINUTE,
            buckets,
            top: None,
            before: None,
            horizon: self.admission.horizon(),
            now,
            deadline: None,
        }
    }
}

async fn roll_up(items: &MemoryItems, admission: &Admission) {
    let task = Task {
        account: admission.account,
        retention_days: admission.retention_days,
    };
    let mut encoder = PackEncoder::new().expect("an encoder");
    let clock = || admission.now.plus_millis(MINUTE);
    let step = roll(items, task, &mut encoder, Limits::default(), &clock).await;
    assert!(matches!(step, Ok(Step::Rolled(_))), "{step:?}");
}

/// The columns as they are read: decompressed.
///
/// # Panics
/// If one does not decompress.
pub fn unpacked(columns: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let unpack = |item: &Vec<u8>| decompressed(item).expect("columns decompress");
    columns.iter().map(unpack).collect()
}

/// How many events match, by columns alone.
///
/// # Panics
/// If they do not decode.
pub fn scan(columns: &[Vec<u8>], query: &Query, admission: &Admission) -> usize {
    columns
        .iter()
        .map(|bytes| {
            let columns = Columns::decode(bytes).expect("columns decode");
            let rows = matching::rows(&columns, query, admission.horizon(), admission.now);
            rows.len()
        })
        .sum()
}

/// Bytes of all records, decompressed.
///
/// # Panics
/// If a frame does not decode.
pub fn decode(frames: &[Vec<u8>]) -> usize {
    frames
        .iter()
        .map(|bytes| {
            let pack = Pack::decode(bytes).expect("a frame decodes");
            (0..pack.rows())
                .map(|row| pack.text(row).len())
                .sum::<usize>()
        })
        .sum()
}

/// Events that have all of these values.
pub fn values(values: &[(Attribute, &str)]) -> Query {
    let filters = values
        .iter()
        .map(|(attribute, value)| Filter::is(*attribute, *value));
    Query {
        filters: filters.collect(),
        ..Query::default()
    }
}

/// The event name that matches nearest to one in a thousand, and how many events have it.
///
/// # Panics
/// If there are no events.
pub fn rare_name(events: &RealEvents) -> (String, usize) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for record in &events.records {
        let value: serde_json::Value = serde_json::from_str(record).expect("JSON");
        let name = value["eventName"].as_str().unwrap_or_default();
        *counts.entry(name.to_owned()).or_default() += 1;
    }
    let wanted = events.records.len().div_ceil(1_000);
    let nearest = counts
        .into_iter()
        .min_by_key(|(_, count)| count.abs_diff(wanted));
    nearest.expect("there are events")
}
