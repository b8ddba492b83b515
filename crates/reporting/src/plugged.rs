//! A plugin, and how its columns are made and shown.

use activity_log_core::fields::Columns;
use activity_log_plugin::Batch;

use crate::failure::{BuildError, RowName, plugin_failed};
use crate::filter::Filter;
use crate::inputs::{Inputs, Opened, Rows};
use crate::outputs::{Judged, Outputs};

/// A plugin in a report.
pub struct Plugged {
    /// decides
    pub filter: Filter,
    /// what it is handed
    pub inputs: Inputs,
    /// what becomes of its answers
    pub outputs: Outputs,
}

impl Plugged {
    /// Adds the plugin's columns to the report's.
    pub fn new(filter: Filter, columns: &mut Columns) -> Result<Self, BuildError> {
        Ok(Self {
            inputs: Inputs::of(&filter.manifest.inputs)?,
            outputs: Outputs::of(&filter.manifest, columns)?,
            filter,
        })
    }

    /// What it says of these rows, its `number`th batch.
    pub fn judge(
        &mut self,
        parts: &[Opened<'_>],
        rows: Rows<'_>,
        number: u64,
    ) -> Result<Judged, BuildError> {
        let (judge, outputs) = (&mut self.filter.judge, &self.outputs);
        let judged = self.inputs.columns(parts, rows, |columns| {
            let batch = Batch {
                rows: u32::try_from(rows.at.len()).unwrap_or(u32::MAX),
                columns,
            };
            match judge.judge(&batch) {
                Ok(verdict) => Ok(outputs.judged(verdict, &batch.columns)),
                Err(error) => Err((judge.blame(&batch, &error), error)),
            }
        })?;
        judged.map_err(|(row, error)| {
            let row = row.and_then(|row| rows.at.get(row as usize));
            let row = row.map(|at| RowName::of(parts, *at));
            plugin_failed(&self.filter.manifest, number, row.as_ref(), error)
        })
    }
}
