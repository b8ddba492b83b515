//! What processes take.

use std::process::{Command, Stdio};
use std::time::Instant as Clock;

/// What a process took, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// of all processors
    pub cpu: f64,
    /// by the clock
    pub wall: f64,
}

/// Runs a process to its end; gives what it took and printed.
///
/// # Panics
/// If it fails.
pub fn run(command: &mut Command) -> (Took, String) {
    let (before, started) = (children_cpu(), Clock::now());
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .expect("a process");
    assert!(output.status.success(), "{command:?}");
    let took = Took {
        cpu: children_cpu() - before,
        wall: started.elapsed().as_secs_f64(),
    };
    (took, String::from_utf8(output.stdout).expect("text"))
}

/// CPU seconds of all children that ended (`man 5 proc`: cutime and cstime).
fn children_cpu() -> f64 {
    hundredths(13)
}

/// CPU seconds of this process (utime and stime).
///
/// # Panics
/// If the kernel does not say.
pub fn own_cpu() -> f64 {
    hundredths(11)
}

/// Two numbers of `/proc/self/stat` together, which counts hundredths of seconds.
fn hundredths(skipped: usize) -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields = stat.rsplit(") ").next().expect("fields").split(' ');
    let ticks = fields
        .skip(skipped)
        .take(2)
        .map(|ticks| ticks.parse::<f64>().expect("a number"));
    ticks.sum::<f64>() / 100.0
}

/// The most memory this process had, in bytes.
///
/// # Panics
/// If the kernel does not say.
pub fn peak_bytes() -> u64 {
    memory("VmHWM")
}

/// The memory this process has, in bytes.
///
/// # Panics
/// If the kernel does not say.
pub fn memory_bytes() -> u64 {
    memory("VmRSS")
}

/// Kilobytes of `/proc/self/status`, in bytes.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with(name));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    let kilobytes = number.and_then(|number| number.parse::<u64>().ok());
    kilobytes.expect("a number") << 10
}

/// The median of one of the numbers.
///
/// # Panics
/// If there are none.
pub fn median<T>(took: &[T], pick: impl Fn(&T) -> f64) -> f64 {
    let mut all: Vec<f64> = took.iter().map(pick).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
