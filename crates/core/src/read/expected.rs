//! How many blocks are worth asking at once.

use super::search::Search;
use crate::index::Block;
use crate::instant::Instant;

/// What blocks may be expected to give.
pub(super) struct Expected<'a> {
    search: &'a Search<'a>,
    /// rows still to be looked through
    rows: f64,
    /// how far back that reaches
    pub reached: Option<Instant>,
}

impl<'a> Expected<'a> {
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub(super) fn new(search: &'a Search<'a>, want: usize, density: f64) -> Self {
        Self {
            search,
            rows: want as f64 * 1.2 / density,
            reached: None,
        }
    }

    pub(super) fn are_enough(&self) -> bool {
        self.rows <= 0.0
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "an estimate"
    )]
    pub(super) fn add(&mut self, block: &Block, rows: u32) {
        let newest = block.newest.min(self.search.newest);
        let oldest = block.oldest.max(self.search.oldest).min(newest);
        let span = (block.newest.millis() - block.oldest.millis()).max(1) as f64;
        let within = (newest.millis() - oldest.millis()).max(1) as f64;
        let rows = (f64::from(rows) * (within / span).min(1.0)).max(1.0);
        let share = (self.rows / rows).min(1.0);
        let reached = newest.plus_millis(-((within * share) as i64));
        self.reached = self
            .reached
            .map_or(Some(reached), |one| Some(one.min(reached)));
        self.rows -= rows;
    }
}
