//! `alog plugin test`: a filter over files of events, through the check of an upload and the pipeline of a report.

mod recorder;
mod render;
mod stored;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use activity_log_core::plugins::Manifest;
use activity_log_plugin::{Budget, Engine, Limits, Plugin, isolated};
use activity_log_reporting::{BuildError, Filter, manifest_of, plugin_did_not_start};
use anyhow::Context as _;
use clap::{Args, ValueEnum};

use crate::logs::files::{self, Found};
use crate::one_line;
use crate::parameters::{self, Parameter};
use recorder::{Recorded, Recorder, Which};
use render::Outcome;
use stored::Stored;

/// Most time inside of the filter, all batches together, as in the service.
const TIME: Duration = Duration::from_hours(1);

/// Most time to compile a filter: more than the service gives, because this machine may be slower.
const COMPILE_TIME: Duration = Duration::from_mins(5);

/// What to try, on what.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Arguments {
    /// The component, as `alog plugin build` made it
    #[arg(value_name = "FILTER.wasm")]
    component: PathBuf,
    /// Files of events, or directories to search for *.json, *.json.gz and *.tar.gz
    ///
    /// A file holds {"Records":[…]}, an array of records, or one record a line; gzip'ed or not. A trail's digests are
    /// passed over.
    #[arg(required = true)]
    events: Vec<PathBuf>,
    /// What the filter is told; NAME=@FILE gives it a file's text
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    parameters: Vec<Parameter>,
    /// Which events to print
    #[arg(long, value_enum, default_value_t = Show::Kept)]
    show: Show,
    /// How many events to print at most
    #[arg(long, value_name = "N", default_value_t = 10)]
    rows: usize,
    /// Most units of fuel (about one an instruction) the filter may use in all
    #[arg(long, value_name = "N")]
    fuel: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLE: &str = "\
Nothing is uploaded, and no account or access key is needed. The filter runs within the limits it has in the
service; if it breaks one, a report would fail, and so does this: exit status 1. Events come newest first.

  alog plugin test night-shift.wasm events.ndjson
  alog plugin test sigma.wasm logs/ --parameter rule=@rule.yml --show all --rows 50";

/// Which events to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Show {
    /// those in the report
    Kept,
    /// those that are not
    Dropped,
    /// both
    All,
    /// none
    None,
}

impl Arguments {
    /// Runs it and prints what it did.
    pub async fn run(&self) -> anyhow::Result<ExitCode> {
        let component = super::push::read(&self.component)?;
        let parameters = parameters::read(&self.parameters)?;
        let Found { records, digests } = files::read_all(&self.events)?;
        if let Some(note) = files::passed_over(digests) {
            eprintln!("{note}");
        }
        let stored = Stored::of(&records).await?;
        let plugin = load(&component).with_context(|| self.component.display().to_string())?;
        let manifest = plugin.describe().context("describe")?;
        let manifest = manifest_of(&manifest);

        let recorded = Arc::new(Mutex::new(Recorded::new(self.which(), self.rows)));
        let parameters: Vec<(String, String)> = parameters.into_iter().collect();
        let budget = Budget {
            time: TIME,
            fuel: self.fuel,
        };
        let failed = match plugin.start(&parameters, budget) {
            Ok(run) => {
                let judge = Recorder::new(plugin, run, parameters, &manifest, &recorded);
                let judge = Box::new(judge);
                let filter = Filter {
                    manifest: manifest.clone(),
                    judge,
                };
                stored.report(Some(filter)).await.err()
            }
            Err(error) => Some(plugin_did_not_start(
                &manifest.name,
                &manifest.version,
                error,
            )),
        };
        let recorded =
            std::mem::take(&mut *recorded.lock().unwrap_or_else(PoisonError::into_inner));
        let events = stored.report(None).await?;
        self.print(&manifest, &stored, &events, &recorded, failed)
    }

    fn print(
        &self,
        manifest: &Manifest,
        stored: &Stored,
        events: &[String],
        recorded: &Recorded,
        failed: Option<BuildError>,
    ) -> anyhow::Result<ExitCode> {
        let error = failed.map(|error| one_line(&error.into()));
        let outcome = Outcome {
            manifest,
            duplicates: stored.duplicates,
            events,
            recorded,
            error: error.as_deref(),
        };
        let text = if self.json {
            outcome.json()?
        } else {
            outcome.text()
        };
        std::io::stdout().write_all(text.as_bytes())?;
        match error {
            None => Ok(ExitCode::SUCCESS),
            Some(error) => {
                eprintln!("error: {error}");
                Ok(ExitCode::FAILURE)
            }
        }
    }

    const fn which(&self) -> Which {
        Which {
            kept: matches!(self.show, Show::Kept | Show::All),
            dropped: matches!(self.show, Show::Dropped | Show::All),
        }
    }
}

/// A component as an upload is checked, but that the author's machine may take its time to compile it.
fn load(component: &[u8]) -> anyhow::Result<Plugin> {
    let service = Limits::default();
    let limits = Limits {
        compile_time: COMPILE_TIME,
        ..service.clone()
    };
    let begun = Instant::now();
    let spinner = super::spinner("compiling");
    let compiled = isolated::compile(component, &limits);
    spinner.finish_and_clear();
    let (compiled, took) = (compiled?, begun.elapsed());
    if took > service.compile_time {
        eprintln!(
            "note: compiling took {} s here; the service gives it {} s",
            took.as_secs(),
            service.compile_time.as_secs()
        );
    }
    Ok(Engine::new(limits)?.load(&compiled)?)
}
