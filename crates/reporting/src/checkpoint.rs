//! Where a report that was suspended goes on.

use activity_log_core::instant::Instant;
use activity_log_core::page::Position;
use activity_log_core::reports::Progress;
use activity_log_report::Place;
use serde::{Deserialize, Serialize};

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
