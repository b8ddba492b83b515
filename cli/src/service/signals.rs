//! Ctrl-C while something is waited for.

use std::process::ExitCode;

/// What a shell says of a program that SIGINT ended.
const INTERRUPTED: u8 = 130;

/// Waits, or says how to go on when the user has no more time for it.
pub async fn or_interrupted<T>(
    waiting: impl Future<Output = T>,
    how_to_go_on: &str,
) -> Result<T, ExitCode> {
    tokio::select! {
        done = waiting => Ok(done),
        // Where signals cannot be had, the default holds: the program ends.
        Ok(()) = tokio::signal::ctrl_c() => {
            eprintln!("\n{how_to_go_on}");
            Err(ExitCode::from(INTERRUPTED))
        }
    }
}
