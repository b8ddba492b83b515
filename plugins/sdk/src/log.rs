//! A line for the run's log.

/// Writes a line to the log of the run, which `alog plugin test` shows. The host keeps 64 KB of a run: log what
/// is said once, at start, rather than once an event. In native tests it goes to standard error.
pub fn log(message: &str) {
    #[cfg(target_family = "wasm")]
    crate::bindings::activity_log::filter::log::line(message);
    #[cfg(not(target_family = "wasm"))]
    eprintln!("log: {message}");
}
