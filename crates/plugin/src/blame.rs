//! Which row a plugin fails on, when it does not say so itself.
//!
//! A customer whose report failed on "batch 17" can do nothing; one who is shown the event can. So the batch is
//! halved, in fresh instances, until one row is left that fails on its own.

use std::time::{Duration, Instant};

use crate::batch::Batch;
use crate::failure::Failure;
use crate::plugin::Plugin;
use crate::run::Budget;

/// A batch of 4,096 rows is halved twelve times, and each time both halves may have to be tried.
const TRIES: u32 = 25;

impl Plugin {
    /// The row of the batch that makes the plugin fail by itself; `None` if there is no such row, or it is not found
    /// within about the time. A plugin that loops is given a small part of the time at each try, so this ends soon
    /// whatever it does.
    pub fn blame(
        &self,
        parameters: &[(String, String)],
        batch: &Batch<'_>,
        failure: &Failure,
        time: Duration,
    ) -> Option<u32> {
        if let Some(row) = failure.row() {
            return Some(row);
        }
        if !failure.may_be_a_rows() {
            return None;
        }
        let search = Search {
            plugin: self,
            parameters,
            batch,
            each: time / TRIES,
            until: Instant::now() + time,
        };
        search.halve(0, batch.rows)
    }
}

struct Search<'a> {
    plugin: &'a Plugin,
    parameters: &'a [(String, String)],
    batch: &'a Batch<'a>,
    each: Duration,
    until: Instant,
}

impl Search<'_> {
    fn halve(&self, mut from: u32, mut to: u32) -> Option<u32> {
        while to - from > 1 {
            let middle = from + (to - from) / 2;
            if self.fails(from, middle)? {
                to = middle;
            } else if self.fails(middle, to)? {
                from = middle;
            } else {
                return None;
            }
        }
        // The last half was seen to fail; a batch of one row was not yet.
        let alone = self.batch.rows == 1;
        (!alone || self.fails(from, to)?).then_some(from)
    }

    /// Whether some of the rows fail in a run of their own; `None` when the time is over or there is no telling.
    fn fails(&self, from: u32, to: u32) -> Option<bool> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        let budget = Budget {
            time: self.each.min(left),
            fuel: None,
        };
        let mut run = self.plugin.start(self.parameters, budget).ok()?;
        match run.filter(&self.batch.part(from, to)) {
            Ok(_) => Some(false),
            // The try's own time is up: it loops, or is as slow as if it did.
            Err(failure) => Some(failure.may_be_a_rows() || failure.name() == "time"),
        }
    }
}
