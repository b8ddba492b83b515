//! A store in memory, filters that are functions, and a report run to its end.

use std::io::Read as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Ordinals, Outcome, arrive};
use activity_log_core::instant::{DAY, Instant};
use activity_log_core::items::ItemReader;
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::plugins::Manifest;
use activity_log_core::read::{Events, Range, ReadLimits, Step, Stream};
use activity_log_core::reports::{Format, Progress, ReportRequest};
use activity_log_core::rollup::Task;
use activity_log_core::rollup::merge::{Merged, merge};
use activity_log_core::rollup::roll::{self, Step as Rolled, roll};
use activity_log_plugin::{Batch, Failure, OwnedColumn, OwnedValue, Verdict};
use activity_log_report::Settings;
use activity_log_reporting::{Build, BuildError, Checkpoint, Filter, Judge, Plan};
use activity_log_store::memory::MemoryItems;

pub const NOW: Instant = Instant::from_seconds(1_795_176_000);

pub fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

/// A store that holds these records; `now` is the time of ingestion.
pub async fn store(records: &[String], now: Instant) -> Arc<MemoryItems> {
    let store = Arc::default();
    put(&store, &Origin::Queue, records, now).await;
    store
}

/// Stores these records, which come from `origin`.
pub async fn put(store: &MemoryItems, origin: &Origin, records: &[String], now: Instant) {
    let encoder = Mutex::new(PackEncoder::new().unwrap());
    for batch in records.chunks(100) {
        let texts: Vec<&str> = batch.iter().map(String::as_str).collect();
        let admission = Admission {
            account: account(),
            now,
            retention_days: 30,
        };
        let incoming = Incoming::of_one_body(&texts, origin);
        let mut ordinals = Ordinals::default();
        let clock = || now;
        let done = arrive(
            store,
            (&encoder, 1),
            &admission,
            &incoming,
            &mut ordinals,
            &clock,
        );
        for receipt in done.await.receipts {
            // Of few records two slots may get the very same.
            let is_stored = matches!(receipt.outcome, Outcome::Accepted | Outcome::Duplicate);
            assert!(is_stored, "{:?}", receipt.outcome);
        }
    }
}

/// Rolls up what is sealed at this time, and merges blocks that are due.
pub async fn roll_up(store: &MemoryItems, now: Instant) {
    let task = Task {
        account: account(),
        retention_days: 30,
    };
    let (mut encoder, clock) = (PackEncoder::new().unwrap(), || now);
    let limits = roll::Limits::default();
    while let Rolled::Rolled(_) = roll(store, task, &mut encoder, limits, &clock)
        .await
        .unwrap()
    {}
    while let Merged::Blocks(_) = merge(store, task, &clock).await.unwrap() {}
}

pub fn request(format: Format, now: Instant) -> ReportRequest {
    ReportRequest {
        format,
        start: now.plus_millis(-29 * DAY),
        end: now,
        filters: vec![],
        conditions: vec![],
        columns: vec![],
        plugin: None,
    }
}

/// What came out.
#[derive(Debug)]
pub struct Done {
    pub bytes: Vec<u8>,
    pub progress: Progress,
    /// how often it was suspended
    pub stops: usize,
    pub parts: usize,
    pub warnings: Vec<String>,
}

/// What happens while a report is suspended, by how often it was.
pub type Meanwhile<'a> = dyn Fn(usize) -> Pin<Box<dyn Future<Output = ()> + 'a>> + 'a;

/// How a report is run.
pub struct Run<'a> {
    pub request: &'a ReportRequest,
    pub now: Instant,
    /// starts the plugin anew, in each process
    pub filter: &'a dyn Fn() -> Option<Filter>,
    pub settings: Settings,
    pub most_bytes: u64,
    /// most rows of a batch
    pub batch: usize,
    /// steps between two suspensions
    pub stop_every: usize,
    pub meanwhile: &'a Meanwhile<'a>,
}

impl<'a> Run<'a> {
    pub fn of(request: &'a ReportRequest) -> Self {
        Self {
            request,
            now: NOW,
            filter: &|| None,
            settings: Settings::default(),
            most_bytes: u64::MAX,
            batch: 4_096,
            stop_every: usize::MAX,
            meanwhile: &|_| Box::pin(async {}),
        }
    }

    fn plan(&self) -> Plan<'_> {
        Plan {
            request: self.request,
            filter: (self.filter)(),
            settings: &self.settings,
            horizon: self.now.plus_millis(-30 * DAY),
            most_bytes: self.most_bytes,
        }
    }

    pub async fn run<R: ItemReader>(&self, store: &Arc<R>) -> Result<Done, BuildError> {
        let query = self.request.query();
        let mut build = Build::start(self.plan())?;
        let (mut bytes, mut stops, mut parts) = (vec![], 0, 0);
        loop {
            let range = build.range(self.now);
            let events = Events::shared(Arc::clone(store), 0);
            let mut stream = self.stream(&events, &query, range);
            let mut ended = false;
            for _ in 0..self.stop_every {
                let step: Step = stream.next().await?;
                ended = build.take(&stream, step).await?;
                while let Some(part) = build.take_part() {
                    assert!(part.len() >= self.settings.part_bytes);
                    bytes.extend(part);
                    parts += 1;
                }
                if ended {
                    break;
                }
            }
            if ended {
                break;
            }
            let (tail, checkpoint) = build.suspend()?;
            bytes.extend(tail);
            (self.meanwhile)(stops).await;
            // Another process reads what this one wrote.
            let text = serde_json::to_string(&checkpoint).unwrap();
            let checkpoint: Checkpoint = serde_json::from_str(&text).unwrap();
            build = Build::resume(self.plan(), &checkpoint)?;
            stops += 1;
        }
        let (progress, warnings) = (build.progress(), build.warnings());
        let mut finished = build.finish()?;
        finished.rest.read_to_end(&mut bytes).unwrap();
        assert_eq!(finished.rows, progress.rows);
        assert_eq!(finished.bytes, bytes.len() as u64);
        Ok(Done {
            bytes,
            progress,
            stops,
            parts,
            warnings,
        })
    }

    fn stream<'s, R: ItemReader>(
        &self,
        events: &'s Events<R>,
        query: &'s activity_log_core::query::Query,
        range: Range,
    ) -> Stream<'s, R> {
        Stream::within(
            ReadLimits::default(),
            self.batch,
            events,
            account(),
            query,
            range,
        )
    }
}

/// A plugin that is a function of a row's inputs: whether it is kept, and its outputs.
pub fn filter(
    inputs: &[&str],
    outputs: &[&str],
    judge: impl FnMut(&Batch<'_>) -> Result<Verdict, Failure> + Send + 'static,
) -> Filter {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let manifest = Manifest {
        name: "test".to_owned(),
        version: "1.2.3".to_owned(),
        inputs: owned(inputs),
        outputs: owned(outputs),
        ..Manifest::default()
    };
    Filter {
        manifest,
        judge: Box::new(Function(judge)),
    }
}

struct Function<F>(F);

impl<F: FnMut(&Batch<'_>) -> Result<Verdict, Failure> + Send> Judge for Function<F> {
    fn judge(&mut self, batch: &Batch<'_>) -> Result<Verdict, Failure> {
        (self.0)(batch)
    }
}

/// Keeps all rows; every row has the same outputs.
pub fn constant(batch: &Batch<'_>, outputs: Vec<OwnedValue>) -> Verdict {
    let rows = batch.rows as usize;
    Verdict {
        keep: vec![true; rows],
        outputs: outputs
            .into_iter()
            .map(|value| OwnedColumn {
                values: vec![value],
                index: vec![0; rows],
            })
            .collect(),
    }
}

pub fn text(text: &str) -> OwnedValue {
    OwnedValue::Text(text.to_owned())
}

/// A CSV file's header and rows.
pub fn csv(bytes: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(bytes);
    let mut rows = reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>());
    (rows.next().unwrap(), rows.collect())
}

/// A JSON file's records.
pub fn json(bytes: &[u8]) -> Vec<serde_json::Value> {
    let file: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    file["Records"].as_array().unwrap().clone()
}

/// The lines' records.
pub fn lines(bytes: &[u8]) -> Vec<serde_json::Value> {
    let lines = std::str::from_utf8(bytes).unwrap().lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A workbook's first sheet, as texts.
pub fn xlsx(bytes: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    use calamine::Reader as _;
    let mut book: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    let mut rows = sheet
        .rows()
        .map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>());
    (rows.next().unwrap(), rows.collect())
}
