//! Builds a filter's folder to a component: what `plugins/build` calls. Authors have `alog plugin build`.

use std::path::Path;
use std::process::ExitCode;

use activity_log_plugin_build::{Error, build_to};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() || arguments.len() % 2 == 1 {
        eprintln!("usage: activity-log-plugin-build FOLDER COMPONENT [FOLDER COMPONENT]…");
        return ExitCode::from(2);
    }
    let mut status = ExitCode::SUCCESS;
    for pair in arguments.chunks(2) {
        if let Err(error) = build_to(Path::new(&pair[0]), Path::new(&pair[1])) {
            report(&pair[0], &error);
            status = ExitCode::FAILURE;
        }
    }
    status
}

fn report(folder: &str, error: &Error) {
    eprintln!("{folder}: {error}");
}
