//! `alog plugin build`: the component of a filter's folder.

use std::path::PathBuf;
use std::process::ExitCode;

use activity_log_plugin::{Limits, inspect};
use activity_log_plugin_build::{Error, build};
use anyhow::Context as _;
use clap::Args;
use indicatif::HumanBytes;

use crate::printable;

/// What to build.
#[derive(Debug, Args)]
pub struct Build {
    /// The filter's folder
    #[arg(default_value = ".")]
    dir: PathBuf,
}

impl Build {
    /// Makes the component, and says what it is.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let path = match build(&self.dir) {
            Ok(path) => path,
            Err(error) => return Ok(tell(&error)),
        };
        let component = super::push::read(&path)?;
        let name = path.display().to_string();
        let found = inspect(&component, &Limits::default()).with_context(|| name.clone())?;
        let imports = if found.logs {
            "activity-log:filter/log@1.0.0"
        } else {
            "nothing"
        };
        println!(
            "{}: {}, {} functions, imports {imports}",
            printable::escape(&name),
            HumanBytes(found.bytes as u64),
            found.functions
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// A compiler's words keep their lines.
pub fn tell(error: &Error) -> ExitCode {
    let text = error.to_string();
    let lines: Vec<String> = text.lines().map(printable::escape).collect();
    eprintln!("error: {}", lines.join("\n"));
    ExitCode::FAILURE
}
