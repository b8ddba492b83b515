//! The real events of `shared/data`, the built filters, and running the one over the other as reports do.

#![allow(dead_code, reason = "each test file uses another part")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use activity_log_core::fields::{Cell, Columns};
use activity_log_plugin::{
    BATCH_BYTES, Batch, Budget, ColumnBuilder, Compiled, Engine, Failure, Limits, Manifest,
    OwnedValue, Plugin, Value, compile, inspect,
};
use serde_json::value::RawValue;

/// Set by `tests/run` to the folder of what `plugins/build` built: then nothing may be missing there.
const PLUGINS: &str = "ACTIVITY_LOG_PLUGINS";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Whether what is not there is a failure.
pub fn must_be_there() -> bool {
    std::env::var_os(PLUGINS).is_some()
}

/// A built filter; `None`, with the reason printed, where `plugins/build` was not run.
pub fn component(name: &str) -> Option<Vec<u8>> {
    let folder =
        std::env::var_os(PLUGINS).map_or_else(|| root().join("target/plugins"), PathBuf::from);
    let path = folder.join(format!("{name}.wasm"));
    match fs::read(&path) {
        Ok(component) => Some(component),
        Err(error) => {
            assert!(!must_be_there(), "{}: {error}", path.display());
            println!(
                "SKIPPED: {} is not there; plugins/build makes it",
                path.display()
            );
            None
        }
    }
}

/// The real events, as they stand in their files; `None`, with the reason printed, where `shared` is not there.
pub fn events() -> Option<Vec<String>> {
    let folder = root().join("../shared/data/cloudtrail");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("SKIPPED: {} is not there", folder.display());
        return None;
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "json")
    });
    files.sort();
    let events: Vec<String> = files.iter().flat_map(|file| records(file)).collect();
    assert!(events.len() > 2000, "{} events", events.len());
    Some(events)
}

fn records(file: &Path) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct File {
        #[serde(rename = "Records")]
        records: Vec<Box<RawValue>>,
    }
    let text = fs::read_to_string(file).unwrap();
    let file: File = serde_json::from_str(&text).unwrap();
    file.records
        .iter()
        .map(|record| record.get().to_owned())
        .collect()
}

/// A built filter, compiled once in this process, with limits that are the same each time.
pub fn plugin(name: &str, limits: &Limits) -> Option<Plugin> {
    static COMPILED: Mutex<BTreeMap<String, Plugin>> = Mutex::new(BTreeMap::new());
    let compiled = COMPILED.lock().unwrap().get(name).cloned();
    if compiled.is_some() {
        return compiled;
    }
    let plugin = load(&component(name)?, limits.clone());
    COMPILED
        .lock()
        .unwrap()
        .insert(name.to_owned(), plugin.clone());
    Some(plugin)
}

pub fn load(component: &[u8], limits: Limits) -> Plugin {
    inspect(component, &limits).unwrap();
    let compiled: Compiled = compile(component, &limits).unwrap();
    Engine::new(limits).unwrap().load(&compiled).unwrap()
}

/// What a filter said of all events.
#[derive(Debug)]
pub struct Judged {
    pub kept: Vec<bool>,
    pub manifest: Manifest,
    outputs: Vec<Vec<OwnedValue>>,
}

impl Judged {
    /// An output column, with a value for each event.
    pub fn output(&self, name: &str) -> &[OwnedValue] {
        let at = self
            .manifest
            .outputs
            .iter()
            .position(|output| output == name);
        &self.outputs[at.unwrap()]
    }
}

/// Runs a filter over events in batches of at most so many rows.
pub fn judge(
    plugin: &Plugin,
    parameters: &[(&str, &str)],
    events: &[String],
    rows: usize,
) -> Result<Judged, Failure> {
    let manifest = plugin.describe()?;
    let parameters: Vec<(String, String)> = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let budget = Budget {
        time: Duration::from_mins(5),
        fuel: None,
    };
    let mut run = plugin.start(&parameters, budget)?;
    let mut judged = Judged {
        kept: vec![],
        outputs: vec![vec![]; manifest.outputs.len()],
        manifest,
    };
    let mut rest = events;
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(fitting(rest, rows));
        rest = after;
        let cells = cells(&judged.manifest.inputs, batch);
        let columns = columns(&judged.manifest.inputs, batch, &cells);
        let verdict = run.filter(&Batch {
            rows: u32::try_from(batch.len()).unwrap(),
            columns: columns.iter().map(ColumnBuilder::column).collect(),
        })?;
        for (values, column) in judged.outputs.iter_mut().zip(&verdict.outputs) {
            values.extend((0..verdict.keep.len()).map(|row| column.row(row).clone()));
        }
        judged.kept.extend(verdict.keep);
    }
    Ok(judged)
}

/// How many of the events are a batch.
fn fitting(events: &[String], rows: usize) -> usize {
    let mut bytes = 0;
    let fitting = events.iter().take(rows).take_while(|event| {
        bytes += event.len();
        bytes <= BATCH_BYTES
    });
    fitting.count().max(1)
}

/// By event: the values of the inputs that are paths, read by the rules of a report's columns.
fn cells<'e>(inputs: &[String], events: &'e [String]) -> Vec<Vec<Cell<'e>>> {
    let paths: Vec<&String> = inputs.iter().filter(|input| !input.is_empty()).collect();
    if paths.is_empty() {
        return vec![];
    }
    let paths = Columns::in_record(&paths).unwrap();
    let events = events.iter();
    events.map(|event| paths.project(event).unwrap()).collect()
}

fn columns<'a>(
    inputs: &[String],
    events: &'a [String],
    cells: &'a [Vec<Cell<'a>>],
) -> Vec<ColumnBuilder<'a>> {
    let mut path = 0;
    let column = |input: &String| {
        let mut column = ColumnBuilder::default();
        if input.is_empty() {
            for event in events {
                column.push(Value::Json(event));
            }
        } else {
            for row in cells {
                column.push(value(&row[path]));
            }
            path += 1;
        }
        column
    };
    inputs.iter().map(column).collect()
}

fn value<'c>(cell: &'c Cell<'_>) -> Value<'c> {
    match cell {
        Cell::Absent => Value::Absent,
        Cell::Null => Value::Null,
        Cell::Boolean(truth) => Value::Boolean(*truth),
        Cell::Integer(number) => Value::Integer(*number),
        Cell::Float(number) => Value::Float(*number),
        Cell::Text(text) => Value::Text(text),
        Cell::Json(json) => Value::Json(json),
    }
}
