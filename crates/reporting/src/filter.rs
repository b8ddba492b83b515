//! What decides besides the conditions: a plugin at work on one report, or in tests a function.

use std::time::Duration;

use activity_log_core::plugins::Manifest;
use activity_log_core::reports::PluginUse;
use activity_log_plugin::{Batch, Budget, Failure, Plugin, Run, Spent as Earlier, Verdict};

use crate::manifest;

/// Longest that the row at fault is looked for.
const BLAME_TIME: Duration = Duration::from_secs(5);

/// Decides on batches of rows. After a failure it is not asked again.
pub trait Judge: Send {
    /// Which rows are kept, and what stands in its columns.
    fn judge(&mut self, batch: &Batch<'_>) -> Result<Verdict, Failure>;

    /// The row of the batch at fault for the failure, if it is one's.
    fn blame(&self, batch: &Batch<'_>, failure: &Failure) -> Option<u32> {
        let _ = batch;
        failure.row()
    }

    /// What it used since it began.
    fn used(&self) -> Spent {
        Spent::default()
    }
}

/// What a plugin used of what a report may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// instructions
    pub fuel: u64,
    /// milliseconds in the plugin
    pub time_ms: u64,
}

/// A judge and what is known of it.
pub struct Filter {
    /// names, inputs and outputs
    pub manifest: Manifest,
    /// decides
    pub judge: Box<dyn Judge>,
}

/// A plugin's run.
struct Running {
    plugin: Plugin,
    run: Run,
    parameters: Vec<(String, String)>,
}

impl Filter {
    /// Starts the plugin with the report's parameters. `budget` is the whole report's.
    pub fn start(plugin: &Plugin, asked: &PluginUse, budget: Budget) -> Result<Self, Failure> {
        Self::run(plugin, asked, |parameters| plugin.start(parameters, budget))
    }

    /// Starts it again, where earlier runs of the report used so much of its budget.
    pub fn resume(
        plugin: &Plugin,
        asked: &PluginUse,
        budget: Budget,
        spent: Spent,
    ) -> Result<Self, Failure> {
        let spent = Earlier {
            fuel: spent.fuel,
            time: Duration::from_millis(spent.time_ms),
        };
        Self::run(plugin, asked, |parameters| {
            plugin.resume(parameters, budget, spent)
        })
    }

    fn run(
        plugin: &Plugin,
        asked: &PluginUse,
        start: impl FnOnce(&[(String, String)]) -> Result<Run, Failure>,
    ) -> Result<Self, Failure> {
        let manifest = manifest::of(&plugin.describe()?);
        let parameters: Vec<(String, String)> = asked
            .parameters
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let run = start(&parameters)?;
        Ok(Self {
            manifest,
            judge: Box::new(Running {
                plugin: plugin.clone(),
                run,
                parameters,
            }),
        })
    }
}

impl Judge for Running {
    fn judge(&mut self, batch: &Batch<'_>) -> Result<Verdict, Failure> {
        self.run.filter(batch)
    }

    fn blame(&self, batch: &Batch<'_>, failure: &Failure) -> Option<u32> {
        let parameters = &self.parameters;
        self.plugin.blame(parameters, batch, failure, BLAME_TIME)
    }

    fn used(&self) -> Spent {
        let used = self.run.used();
        Spent {
            fuel: used.fuel,
            time_ms: u64::try_from(used.guest_time.as_millis()).unwrap_or(u64::MAX),
        }
    }
}
