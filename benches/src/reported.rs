//! Building reports from a file of items, with and without plugins.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant as Clock};

use activity_log_core::account::AccountId;
use activity_log_core::instant::{DAY, Instant};
use activity_log_core::items::ItemReader;
use activity_log_core::plugins::Manifest;
use activity_log_core::query::{Attribute, Filter as Equals};
use activity_log_core::read::{Events, Stream};
use activity_log_core::reports::{Format, PluginUse, ReportRequest};
use activity_log_plugin::{Batch, Budget, Failure, OwnedColumn, Plugin, Value, Verdict};
use activity_log_report::Settings;
use activity_log_reporting::{Build, Filter, Judge, Plan, Spent};
use serde::{Deserialize, Serialize};

use crate::item_file::ItemFile;
use crate::measured::{median, peak_bytes};

/// The account of every benchmark.
///
/// # Panics
/// Never.
pub fn account() -> AccountId {
    "111122223333".parse().expect("twelve digits")
}

/// When the day of events begins.
///
/// # Panics
/// Never.
pub fn day() -> Instant {
    Instant::parse("2026-11-19T00:00:00Z").expect("a time")
}

/// What became of a report.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reported {
    /// events looked at
    pub scanned: u64,
    /// rows written
    pub rows: u64,
    /// the most memory the process had
    pub peak_bytes: u64,
}

/// What the report shows: CloudTrail's own fields, as `duckdb_report.py` has them.
const COLUMNS: [&str; 20] = [
    "eventTime",
    "eventName",
    "eventSource",
    "userIdentity.type",
    "userIdentity.userName",
    "userIdentity.arn",
    "userIdentity.accessKeyId",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "readOnly",
    "eventType",
    "errorCode",
    "errorMessage",
    "resources",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestID",
    "eventID",
];

/// A CSV report of a day's events, those with this source only where one is given, judged by `filter`.
///
/// # Panics
/// If it fails.
pub fn report<R: ItemReader>(
    events: &Events<R>,
    source: Option<&str>,
    filter: Option<Filter>,
    out: &mut dyn Write,
) -> Reported {
    let source = source.map(|value| Equals::is(Attribute::EventSource, value));
    let request = ReportRequest {
        format: Format::Csv,
        start: day(),
        end: day().plus_millis(DAY),
        filters: source.into_iter().collect(),
        conditions: vec![],
        columns: COLUMNS.map(str::to_owned).into(),
        plugin: None,
    };
    let plan = Plan {
        request: &request,
        filter,
        settings: &Settings::default(),
        horizon: day(),
        most_bytes: u64::MAX,
    };
    let mut build = Build::start(plan).expect("a build");
    let query = request.query();
    let range = build.range(request.end);
    let mut stream = Stream::new(events, account(), &query, range);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(async {
        loop {
            let step = stream.next().await.expect("a step");
            let is_end = build.take(&stream, step).await.expect("a batch");
            while let Some(part) = build.take_part() {
                out.write_all(&part).expect("written");
            }
            if is_end {
                break;
            }
        }
    });
    let scanned = build.progress().scanned;
    let finished = build.finish().expect("a file");
    let (rows, mut rest) = (finished.rows, finished.rest);
    std::io::copy(&mut rest, out).expect("written");
    Reported {
        scanned,
        rows,
        peak_bytes: peak_bytes(),
    }
}

/// The same from a file of items into a file.
///
/// # Panics
/// If it fails.
pub fn report_file(items: &Path, source: &str, out: &Path) -> Reported {
    let events = Events::new(ItemFile::open(items), 0);
    let mut out = File::create(out).expect("a file");
    report(&events, Some(source), None, &mut out)
}

/// What a judge's calls took: nanoseconds a row, call by call.
#[derive(Clone, Default)]
pub struct Timed(Arc<Mutex<Vec<f64>>>);

impl Timed {
    /// Nanoseconds a row, of the middle one of the calls: one that the machine interrupted for others' work says
    /// nothing of ours.
    ///
    /// # Panics
    /// If there was no call.
    pub fn per_row(&self) -> f64 {
        median(&self.0.lock().expect("one thread"), |call| *call)
    }

    /// A filter like `filter`, whose calls are timed.
    pub fn timing(&self, filter: Filter) -> Filter {
        Filter {
            manifest: filter.manifest,
            judge: Box::new(TimedJudge {
                judge: filter.judge,
                timed: self.clone(),
            }),
        }
    }
}

struct TimedJudge {
    judge: Box<dyn Judge>,
    timed: Timed,
}

impl Judge for TimedJudge {
    fn judge(&mut self, batch: &Batch<'_>) -> Result<Verdict, Failure> {
        let started = Clock::now();
        let verdict = self.judge.judge(batch);
        let took = started.elapsed().as_secs_f64() * 1e9;
        let mut calls = self.timed.0.lock().expect("one thread");
        calls.push(took / f64::from(batch.rows));
        verdict
    }

    fn used(&self) -> Spent {
        self.judge.used()
    }
}

/// The benchmark's predicate, natively: `eventName` starts with `Describe`, and there is no `errorCode`.
pub struct Native;

impl Native {
    /// As a filter.
    pub fn filter() -> Filter {
        Filter {
            manifest: Manifest {
                name: "native".to_owned(),
                version: "1.0.0".to_owned(),
                inputs: vec!["eventName".to_owned(), "errorCode".to_owned()],
                ..Manifest::default()
            },
            judge: Box::new(Self),
        }
    }
}

impl Judge for Native {
    fn judge(&mut self, batch: &Batch<'_>) -> Result<Verdict, Failure> {
        let [names, errors] = batch.columns.as_slice() else {
            unreachable!("two inputs")
        };
        let describes: Vec<bool> = names
            .values
            .iter()
            .map(|value| matches!(value, Value::Text(name) if name.starts_with("Describe")))
            .collect();
        let succeeded: Vec<bool> = errors
            .values
            .iter()
            .map(|value| matches!(value, Value::Absent))
            .collect();
        let rows = names.index.iter().zip(errors.index);
        Ok(Verdict {
            keep: rows
                .map(|(name, error)| describes[*name as usize] && succeeded[*error as usize])
                .collect(),
            outputs: Vec::<OwnedColumn>::new(),
        })
    }
}

/// A plugin as a filter of a report.
///
/// # Panics
/// If it does not start.
pub fn started(plugin: &Plugin) -> Filter {
    let asked = PluginUse {
        id: activity_log_core::plugins::PluginId::new(day(), [0; 10]),
        name: String::new(),
        version: String::new(),
        sha256: String::new(),
        parameters: std::collections::BTreeMap::new(),
        fuel: None,
    };
    let budget = Budget {
        time: Duration::from_mins(10),
        fuel: None,
    };
    Filter::start(plugin, &asked, budget).expect("a run")
}
