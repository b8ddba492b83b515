//! Reports: `cargo bench -p activity-log-benches --bench report [-- EVENTS]`.
//!
//! **A CSV report of a million events, a tenth of them matching**, beside DuckDB reading the same events as NDJSON and
//! writing the same CSV. Each is a process of its own, timed in turns: CPU seconds as the kernel counts them for the
//! child. The two files are compared cell by cell. DuckDB is a Python package; its interpreter is `$BENCH_PYTHON`, or
//! `python3`: `python3 -m venv V && V/bin/pip install duckdb==2.0.0 && BENCH_PYTHON=V/bin/python cargo bench …`.
//!
//! **One predicate over the same events**, in turns: natively, and by plugins in Rust, C and JavaScript, and by one that
//! gets each event as JSON text. The components are those of `plugins/build`, compiled before, as at upload. Of a
//! call the time is what the clock says, of a report what the kernel counts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use activity_log_benches::item_file::{ItemFile, store_events};
use activity_log_benches::measured::{Took, median, own_cpu, run};
use activity_log_benches::real::{RealEvents, load};
use activity_log_benches::reported::{Native, Reported, Timed, day, report, report_file, started};
use activity_log_core::instant::DAY;
use activity_log_core::read::Events;
use activity_log_plugin::{Engine, Limits, Plugin, compile};
use activity_log_report::formula::unguard;
use activity_log_reporting::Filter;
use serde_json::Value;

const EVENTS: usize = 1_000_000;
const PLUGIN_EVENTS: usize = 200_000;
const ROUNDS: usize = 5;
/// 271 of the 2,900 real events.
const SOURCE: &str = "s3.amazonaws.com";
const MEMORY_LIMIT_BYTES: u64 = 200 << 20;

fn main() {
    let arguments: Vec<String> = std::env::args().filter(|one| one != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    if let ["--report", items, out] = arguments[..] {
        let reported = report_file(Path::new(items), SOURCE, Path::new(out));
        println!("{}", serde_json::to_string(&reported).expect("JSON"));
        return;
    }
    let events = arguments.first().and_then(|events| events.parse().ok());
    let Some(real) = load() else { return };
    let work = tempfile::tempdir().expect("a folder");
    beside_duckdb(&real, events.unwrap_or(EVENTS), work.path());
    plugins(&real, work.path());
}

// --- beside DuckDB

fn beside_duckdb(real: &RealEvents, events: usize, work: &Path) {
    let at = |name: &str| work.join(name);
    let mut ndjson = BufWriter::new(File::create(at("events.ndjson")).expect("a file"));
    let bytes = store_events(real, events, (day(), DAY), &at("items"), |record| {
        let line: Box<serde_json::value::RawValue> = serde_json::from_str(record).expect("JSON");
        writeln!(ndjson, "{}", line.get().replace(['\n', '\r'], " ")).expect("written");
    });
    ndjson.flush().expect("written");

    let ours = || {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        let (took, output) = run(command.arg("--report").args([at("items"), at("ours.csv")]));
        let reported: Reported = serde_json::from_str(&output).expect("JSON");
        (took, reported)
    };
    let (_, reported) = ours();
    println!(
        "{events} events, {bytes} bytes of records, {} rows; most memory {} MB (limit: {} MB)",
        reported.rows,
        reported.peak_bytes >> 20,
        MEMORY_LIMIT_BYTES >> 20
    );
    assert!(reported.peak_bytes < MEMORY_LIMIT_BYTES);
    let Some(python) = duckdb_python() else {
        println!(
            "DuckDB            skipped: no Python with the package duckdb; see the head of this file"
        );
        return;
    };
    let theirs = || {
        let mut command = Command::new(&python);
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/duckdb_report.py");
        let files = [at("events.ndjson"), at("theirs.csv")];
        run(command.arg(script).args(files).arg(SOURCE)).0
    };
    let mut took: [Vec<Took>; 2] = Default::default();
    for _ in 0..ROUNDS {
        took[0].push(ours().0);
        took[1].push(theirs());
    }
    let rows = same_csv(&at("ours.csv"), &at("theirs.csv"));
    assert_eq!(rows as u64, reported.rows);
    let cpu = took.map(|took| {
        (
            median(&took, |took| took.cpu),
            median(&took, |took| took.wall),
        )
    });
    println!("report            {:.2} s CPU, {:.2} s", cpu[0].0, cpu[0].1);
    println!("DuckDB            {:.2} s CPU, {:.2} s", cpu[1].0, cpu[1].1);
    let ratio = cpu[1].0 / cpu[0].0;
    println!(
        "DuckDB / report: {ratio:.2} x the CPU time (target: 3); {rows} rows equal cell by cell"
    );
    assert!(ratio >= 3.0, "not three times as fast as DuckDB");
}

fn duckdb_python() -> Option<String> {
    let python = std::env::var("BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python)
        .args(["-c", "import duckdb"])
        .output()
        .is_ok_and(|output| output.status.success());
    found.then_some(python)
}

/// How many rows the two files have, which must say the same.
fn same_csv(ours: &Path, theirs: &Path) -> usize {
    let (ours, theirs) = (rows(ours), rows(theirs));
    assert_eq!(ours.len(), theirs.len());
    for (id, row) in &ours {
        let other = theirs.get(id).unwrap_or_else(|| panic!("{id} is missing"));
        for (cell, other) in row.iter().zip(other) {
            assert!(same_cell(unguard(cell), other), "{id}: {cell} and {other}");
        }
    }
    ours.len()
}

fn rows(path: &Path) -> BTreeMap<String, Vec<String>> {
    let mut reader = csv::Reader::from_path(path).expect("a file");
    let header = reader.headers().expect("a header");
    let id = header.iter().position(|name| name == "eventID");
    let id = id.expect("an id");
    let rows = reader.records().map(|row| {
        let row: Vec<String> = row.expect("a row").iter().map(str::to_owned).collect();
        (row[id].clone(), row)
    });
    rows.collect()
}

fn same_cell(ours: &str, theirs: &str) -> bool {
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    // `null` in JSON is an empty cell with us and the word with DuckDB.
    ours == theirs
        || (ours.is_empty() && theirs == "null")
        || (json(ours).is_some() && json(ours) == json(theirs))
}

// --- plugins

fn plugins(real: &RealEvents, work: &Path) {
    let items = work.join("plugin-items");
    store_events(real, PLUGIN_EVENTS, (day(), DAY), &items, |_| ());
    let stored = Events::new(ItemFile::open(&items), 0);
    let engine = Engine::new(Limits::default()).expect("an engine");
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/plugins");
    let loaded = |name: &str| -> Option<Plugin> {
        let component = std::fs::read(folder.join(format!("{name}.wasm"))).ok()?;
        let compiled = compile(&component, engine.limits()).expect("a component");
        Some(engine.load(&compiled).expect("a plugin"))
    };
    let mut ways: Vec<(&str, Option<Plugin>)> = vec![("native", None)];
    for name in ["bench-rust", "bench-c", "bench-js", "bench-json"] {
        match loaded(name) {
            Some(plugin) => ways.push((name, Some(plugin))),
            None => println!("{name:<16}  skipped: not in {}", folder.display()),
        }
    }
    let mut numbers: Vec<[Vec<f64>; 2]> = vec![Default::default(); ways.len()];
    let mut rows = None;
    for _ in 0..ROUNDS {
        for ((_, plugin), numbers) in ways.iter().zip(&mut numbers) {
            let filter: Filter = plugin.as_ref().map_or_else(Native::filter, started);
            let timed = Timed::default();
            let before = own_cpu();
            let reported = report(
                &stored,
                None,
                Some(timed.timing(filter)),
                &mut std::io::sink(),
            );
            numbers[0].push(timed.per_row());
            numbers[1].push(own_cpu() - before);
            assert_eq!(reported.scanned, PLUGIN_EVENTS as u64);
            assert_eq!(*rows.get_or_insert(reported.rows), reported.rows);
        }
    }
    println!(
        "\n{PLUGIN_EVENTS} events, {} kept; medians of {ROUNDS} runs in turns",
        rows.unwrap_or(0)
    );
    let middle = |numbers: &[f64]| median(numbers, |number| *number);
    let native = middle(&numbers[0][1]);
    let mut rust = None;
    for ((name, _), numbers) in ways.iter().zip(&numbers) {
        let (call, whole) = (middle(&numbers[0]), middle(&numbers[1]));
        println!(
            "{name:<16}  {call:8.1} ns an event in the call, report {:.2} s CPU, {:.2} x native",
            whole,
            whole / native
        );
        if *name == "bench-rust" {
            rust = Some((call, whole / native));
        }
    }
    if let Some((call, whole)) = rust {
        println!(
            "bench-rust: {call:.1} ns an event (target: 20), {whole:.2} x native (target: 1.3)"
        );
        assert!(call <= 20.0, "a Rust plugin takes over 20 ns an event");
        assert!(
            whole <= 1.3,
            "a Rust plugin's report takes over 1.3 x the native one's"
        );
    }
}
