//! Where a report that was suspended goes on.

use activity_log_core::instant::Instant;
use activity_log_core::page::Position;
use activity_log_core::reports::{Presence, Progress};
use activity_log_report::Place;
use serde::{Deserialize, Serialize};

use crate::build::Asked;
use crate::filter::Spent;

/// How far a suspended report is. The bytes up to here were handed out, and are the caller's to keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// the last event that was looked at: its time and id; `None`: none was
    after: Option<(Instant, String)>,
    /// of the file
    place: Place,
    /// counts so far
    pub progress: Progress,
    /// batches the plugin was handed
    pub(crate) batches: u64,
    /// what the plugin used
    fuel: u64,
    time_ms: u64,
    /// how many events were looked at for conditions, and which of their fields none has
    conditions: (u64, Vec<String>),
    /// the same of the report's rows and columns
    columns: (u64, Vec<String>),
}

fn unseen(presence: &Presence) -> (u64, Vec<String>) {
    let names = presence.unseen().map(str::to_owned);
    (presence.events(), names.collect())
}

impl Checkpoint {
    pub(crate) fn new(
        after: Option<Position>,
        place: Place,
        progress: Progress,
        batches: u64,
        spent: Spent,
    ) -> Self {
        Self {
            after: after.map(|position| (position.time, position.id)),
            place,
            progress,
            batches,
            fuel: spent.fuel,
            time_ms: spent.time_ms,
            conditions: (0, Vec::new()),
            columns: (0, Vec::new()),
        }
    }

    /// The same that knows which fields there were.
    pub(crate) fn asking(self, asked: &Asked) -> Self {
        Self {
            conditions: unseen(&asked.conditions),
            columns: unseen(&asked.columns),
            ..self
        }
    }

    /// Which fields there were until then.
    pub(crate) fn asked(&self, asked: Asked) -> Asked {
        let resumed = |presence: Presence, (events, unseen): &(u64, Vec<String>)| {
            presence.resumed((*events, unseen.as_slice()))
        };
        Asked {
            conditions: resumed(asked.conditions, &self.conditions),
            columns: resumed(asked.columns, &self.columns),
        }
    }

    pub(crate) fn after(&self) -> Option<Position> {
        let (time, id) = self.after.clone()?;
        Some(Position { time, id })
    }

    /// Of the file.
    pub const fn place(&self) -> Place {
        self.place
    }

    /// What the report's plugin used until then.
    pub const fn spent(&self) -> Spent {
        Spent {
            fuel: self.fuel,
            time_ms: self.time_ms,
        }
    }
}
