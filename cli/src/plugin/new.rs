//! `alog plugin new`: a filter's folder, with a template in it.

use std::path::PathBuf;
use std::process::ExitCode;

use activity_log_plugin_build::{Language, create};
use clap::Args;

use super::build::tell;
use crate::printable;

/// What to begin.
#[derive(Debug, Args)]
#[command(after_help = "\
The folder holds all that the filter needs, a test and some events to try it on; its README says how to go on.

  alog plugin new night-shift --language rust")]
pub struct New {
    /// The filter's name: lower case letters, digits and hyphens
    name: String,
    /// rust, c or js
    #[arg(long)]
    language: Language,
    /// The folder [default: one of the filter's name, here]
    #[arg(long)]
    dir: Option<PathBuf>,
}

impl New {
    /// Makes the folder.
    pub fn run(&self) -> ExitCode {
        let dir = self
            .dir
            .clone()
            .unwrap_or_else(|| PathBuf::from(&self.name));
        match create(self.language, &self.name, &dir) {
            Ok(()) => {
                let dir = printable::escape(&dir.display().to_string());
                println!(
                    "{dir}: a filter in {}; next: alog plugin build {dir}",
                    self.language.name()
                );
                ExitCode::SUCCESS
            }
            Err(error) => tell(&error),
        }
    }
}
