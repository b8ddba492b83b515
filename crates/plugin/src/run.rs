//! A run: one instance of a plugin, over the batches of one report.

use std::sync::Arc;
use std::time::Duration;

use crate::batch::Batch;
use crate::failure::{Failure, OwnFailure};
use crate::guest::Guest;
use crate::limits::Exceeded;
use crate::plugin::Loaded;
use crate::shown::cut;
use crate::verdict::Verdict;

/// What a run may use in all; a batch has a limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Time inside of the plugin, all calls together.
    pub time: Duration,
    /// Units of fuel, about one per instruction: the same on every machine, where time is not.
    pub fuel: Option<u64>,
}

/// What earlier runs of the same report used of its budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// units of fuel
    pub fuel: u64,
    /// time inside of the plugin
    pub time: Duration,
}

/// What a run has used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// units of fuel
    pub fuel: u64,
    /// the most memory it had
    pub memory_bytes: usize,
    /// time inside of the plugin, what goes in and out included
    pub guest_time: Duration,
    /// batches it was handed
    pub batches: u64,
    /// rows it was handed
    pub rows: u64,
    /// lines it logged
    pub log_lines: u64,
    /// whether the log is longer than what is kept
    pub log_cut: bool,
}

/// A plugin at work on one report. After a failure it is not asked again: start another.
pub struct Run {
    guest: Guest,
    plugin: Arc<Loaded>,
    inputs: usize,
    outputs: usize,
    batches: u64,
    rows: u64,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("used", &self.used())
            .finish_non_exhaustive()
    }
}

impl Run {
    pub(crate) fn start(
        mut guest: Guest,
        plugin: Arc<Loaded>,
        parameters: &[(String, String)],
        inputs: usize,
        outputs: usize,
    ) -> Result<Self, Failure> {
        let limits = &plugin.engine.limits;
        let limit = Exceeded::StartTime(limits.start_time);
        let (started,) = guest.call(plugin.exports.start, limit, |function, store| {
            let function =
                function.typed::<(&[(String, String)],), (Result<(), String>,)>(&mut *store)?;
            function.call(store, (parameters,))
        })?;
        started.map_err(|message| Failure::Start(cut(&message, limits.message_bytes)))?;
        Ok(Self {
            guest,
            plugin,
            inputs,
            outputs,
            batches: 0,
            rows: 0,
        })
    }

    /// Goes on where others stopped: what they used is gone from the budget, and to have started once more costs
    /// nothing of it. So a report that meets its budget meets it however often it was interrupted.
    pub(crate) fn going_on(mut self, spent: Spent) -> Result<Self, Failure> {
        self.guest.go_on(spent)?;
        Ok(self)
    }

    /// Hands the plugin a batch and gives its verdict, checked.
    pub fn filter(&mut self, batch: &Batch<'_>) -> Result<Verdict, Failure> {
        batch.check(self.inputs)?;
        let limits = &self.plugin.engine.limits;
        let limit = Exceeded::BatchTime(limits.batch_time);
        let (answer,) = self
            .guest
            .call(self.plugin.exports.filter, limit, |function, store| {
                let function =
                    function.typed::<(&Batch<'_>,), (Result<Verdict, OwnFailure>,)>(&mut *store)?;
                function.call(store, (batch,))
            })?;
        self.batches += 1;
        self.rows += u64::from(batch.rows);
        let verdict = answer.map_err(|OwnFailure { row, message }| Failure::Plugin {
            row: row.filter(|row| *row < batch.rows),
            message: cut(&message, limits.message_bytes),
        });
        let checked = verdict.and_then(|verdict| {
            verdict.check(batch.rows as usize, self.outputs, limits)?;
            Ok(verdict)
        });
        if checked.is_err() {
            self.guest.kill();
        }
        checked
    }

    /// What it has used so far; where others went before, without what they used and without its start.
    pub fn used(&self) -> Used {
        let host = self.guest.host();
        Used {
            fuel: self.guest.fuel_used(),
            memory_bytes: host.memory_bytes(),
            guest_time: self.guest.time(),
            batches: self.batches,
            rows: self.rows,
            log_lines: host.log.count,
            log_cut: host.log.cut,
        }
    }

    /// What it wrote to its log, any characters; the last line says so if the rest is cut.
    pub fn log(&self) -> &[String] {
        &self.guest.host().log.lines
    }
}
