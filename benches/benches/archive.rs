//! Archiving 500,000 events of a window, nearly all of them rolled up, beside `tar czf` and `tar | pigz` of the same JSON files:
//! `cargo bench -p activity-log-benches --bench archive [-- EVENTS]`.
//!
//! Each way is a process of its own, timed in turns: CPU seconds as the kernel counts them for the child,
//! and for ours the most memory it had. Ours reads columns and frames, decompresses them, merges them into order,
//! hashes and compresses; the others only compress what lies ready in files. A million events are archived
//! once more, for the memory.

use std::path::{Path, PathBuf};
use std::process::Command;

use activity_log_benches::archived::{Archived, archive_file};
use activity_log_benches::item_file::store_events;
use activity_log_benches::measured::{Took, median, run};
use activity_log_benches::real::{RealEvents, load};
use activity_log_core::instant::Instant;
use activity_log_core::window::{WINDOW_MS, Window};

const EVENTS: usize = 500_000;
const ROUNDS: usize = 5;
/// What the function is configured with, less what the SDK's clients take.
const MEMORY_LIMIT_BYTES: u64 = 512 << 20;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|one| one != "--bench");
    match (
        arguments.next().as_deref(),
        arguments.next(),
        arguments.next(),
    ) {
        (Some("--archive"), Some(items), Some(out)) => {
            let archived = archive_file(Path::new(&items), window(), Path::new(&out));
            println!("{}", serde_json::to_string(&archived).expect("JSON"));
        }
        (events, ..) => {
            let events = events.and_then(|events| events.parse().ok());
            compare(events.unwrap_or(EVENTS));
        }
    }
}

/// The window all events are written in, far from the times of the real ones.
fn window() -> Window {
    Window::of(Instant::from_seconds(1_795_176_000))
}

/// Events of that window.
fn store(real: &RealEvents, events: usize, path: &Path) -> usize {
    store_events(real, events, (window().start(), WINDOW_MS), path, |_| ())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "bytes and megabytes of a benchmark"
)]
fn compare(events: usize) {
    let Some(real) = load() else { return };
    let work = tempfile::tempdir().expect("a folder");
    let at = |name: &str| work.path().join(name);
    let plain_bytes = store(&real, events, &at("items"));
    let (_, archived) = ours(&at("items"), &at("ours"));
    assert_eq!(archived.events, events as u64);
    unpack(&at("ours"), &at("files"));

    let mut took: [Vec<Took>; 3] = Default::default();
    for _ in 0..ROUNDS {
        took[0].push(ours(&at("items"), &at("ours")).0);
        let tar = format!(
            "tar czf {} -C {} .",
            at("gzip.tgz").display(),
            at("files").display()
        );
        took[1].push(shell(&tar));
        let (from, to) = (at("files"), at("pigz.tgz"));
        let pigz = format!("tar cf - -C {} . | pigz > {}", from.display(), to.display());
        if which("pigz") {
            took[2].push(shell(&pigz));
        }
    }
    println!("{events} events, {plain_bytes} bytes of records; medians of {ROUNDS} runs in turns");
    let megabytes = plain_bytes as f64 / 1e6;
    let ours = report("archiver", &took[0], megabytes, size(&at("ours")));
    println!(
        "                  most memory: {} MB",
        archived.peak_bytes >> 20
    );
    let tar = report("tar czf", &took[1], megabytes, size(&at("gzip.tgz")));
    if took[2].is_empty() {
        println!("tar | pigz        skipped: pigz is not installed");
    } else {
        report("tar | pigz", &took[2], megabytes, size(&at("pigz.tgz")));
    }
    println!(
        "archiver / tar czf: {:.2} x per CPU second (target: 2), {:+.1}% bytes (target: 5)",
        ours.0 / tar.0,
        (ours.1 / tar.1 - 1.0) * 100.0
    );
    assert!(
        ours.0 >= 2.0 * tar.0,
        "the archiver is not twice as fast per CPU second"
    );
    assert!(
        ours.1 <= 1.05 * tar.1,
        "the archiver's archives are over 5% larger"
    );

    store(&real, 2 * events, &at("items"));
    let (_, double) = self::ours(&at("items"), &at("ours"));
    assert_eq!(double.events, 2 * events as u64);
    println!(
        "{} events: most memory {} MB (limit: {} MB)",
        double.events,
        double.peak_bytes >> 20,
        MEMORY_LIMIT_BYTES >> 20
    );
    assert!(double.peak_bytes < MEMORY_LIMIT_BYTES);
}

fn ours(items: &Path, out: &Path) -> (Took, Archived) {
    let _ = std::fs::remove_dir_all(out);
    std::fs::create_dir(out).expect("a folder");
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg("--archive").arg(items).arg(out);
    let (took, output) = run(&mut command);
    (took, serde_json::from_str(&output).expect("JSON"))
}

fn shell(line: &str) -> Took {
    run(Command::new("bash").args(["-c", &format!("set -eo pipefail; {line}")])).0
}

fn which(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output();
    found.is_ok_and(|output| output.status.success())
}

/// Megabytes of records per CPU second, and bytes.
#[expect(clippy::cast_precision_loss, reason = "bytes of a benchmark")]
fn report(name: &str, took: &[Took], megabytes: f64, bytes: u64) -> (f64, f64) {
    let (cpu, wall) = (
        median(took, |took| took.cpu),
        median(took, |took| took.wall),
    );
    println!(
        "{name:<16} {:7.1} MB per CPU second, {cpu:.2} s CPU, {wall:.2} s, {bytes} bytes",
        megabytes / cpu
    );
    (megabytes / cpu, bytes as f64)
}

fn size(path: &Path) -> u64 {
    if path.is_dir() {
        return files(path).iter().map(|file| size(file)).sum();
    }
    std::fs::metadata(path).expect("a file").len()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

fn unpack(archives: &Path, into: &Path) {
    std::fs::create_dir(into).expect("a folder");
    for archive in files(archives) {
        let file = std::fs::File::open(archive).expect("an archive");
        let gzip = flate2::read::GzDecoder::new(file);
        tar::Archive::new(gzip).unpack(into).expect("an archive");
    }
}
