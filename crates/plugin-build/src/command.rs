//! Running compilers.

use std::io;
use std::process::{Command, Output};

use crate::Error;

/// What a compiler may say at the end of its messages; the rest is cut off in front.
const OUTPUT_BYTES: usize = 64 * 1024;

/// Runs it and gives what it printed; `None` if there is no such program.
pub fn try_run(command: &mut Command) -> Result<Option<Vec<u8>>, Error> {
    match command.output() {
        Ok(output) if output.status.success() => Ok(Some(output.stdout)),
        Ok(output) => Err(failed(command, &output)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Start {
            tool: tool(command),
            source,
        }),
    }
}

/// As [`try_run`], for a program that was found before.
pub fn run(command: &mut Command) -> Result<Vec<u8>, Error> {
    try_run(command)?.ok_or_else(|| Error::Start {
        tool: tool(command),
        source: io::ErrorKind::NotFound.into(),
    })
}

fn tool(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn failed(command: &Command, output: &Output) -> Error {
    let said = if output.stderr.is_empty() {
        &output.stdout
    } else {
        &output.stderr
    };
    let from = said.len().saturating_sub(OUTPUT_BYTES);
    Error::Compile {
        tool: tool(command),
        status: output.status.to_string(),
        output: String::from_utf8_lossy(&said[from..]).trim().to_owned(),
    }
}
