//! Which rows a report keeps, and what it shows besides.

use crate::{Column, Verdict};

impl Verdict {
    /// One entry for each row; no output columns yet.
    #[must_use]
    pub fn keep(keep: Vec<bool>) -> Self {
        Self {
            keep,
            outputs: vec![],
        }
    }

    /// Adds the next of the columns that the manifest names as outputs, in that order.
    #[must_use]
    pub fn with(mut self, output: Column) -> Self {
        self.outputs.push(output);
        self
    }
}
