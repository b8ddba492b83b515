//! Why a report cannot be built, in words for the customer; and why a run of it cannot go on.

use std::io;

use activity_log_core::fields::{ColumnError, RecordError};
use activity_log_core::plugins::Manifest;
use activity_log_core::read::RowAt;
use activity_log_core::reader::ReadError;
use activity_log_core::reports::{ConditionError, Failure};
use activity_log_plugin::Exceeded;
use activity_log_report as report;

use crate::inputs::Opened;
use crate::outputs::{OutputError, ShowError};

/// Why a report does not go on.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// it never can: this is what its maker is told
    #[error("{}: {}", .0.code, .0.message)]
    Failed(Failure),
    /// the store did not answer; going on later may help
    #[error(transparent)]
    Read(#[from] ReadError),
    /// a stored record cannot be read
    #[error(transparent)]
    Record(#[from] RecordError),
    /// a stored record cannot be changed
    #[error(transparent)]
    Show(#[from] ShowError),
    /// the file cannot be written
    #[error("the report's file")]
    Write(#[source] report::Error),
    /// the finished file cannot be read
    #[error("the report's temporary file")]
    Rest(#[from] io::Error),
    /// the plugin could not be run, through no fault of its own
    #[error("the plugin could not be run")]
    Host(#[source] activity_log_plugin::Failure),
}

impl From<report::Error> for BuildError {
    fn from(error: report::Error) -> Self {
        match error {
            report::Error::Disk { .. } => Self::Failed(too_large(format!("{error}."))),
            error => Self::Write(error),
        }
    }
}

impl From<ColumnError> for BuildError {
    fn from(error: ColumnError) -> Self {
        Self::Failed(Failure::new("InvalidColumns", format!("columns: {error}")))
    }
}

impl From<ConditionError> for BuildError {
    fn from(error: ConditionError) -> Self {
        Self::Failed(Failure::new("InvalidFilters", format!("filters: {error}")))
    }
}

impl From<OutputError> for BuildError {
    fn from(error: OutputError) -> Self {
        let message = format!("{error}. Choose fewer columns, or another plugin.");
        Self::Failed(Failure::new("InvalidColumns", message))
    }
}

/// The report is larger than it may be.
pub fn too_large(message: impl Into<String>) -> Failure {
    Failure::new("TooLarge", message)
}

/// A row of the report, as its maker finds it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowName {
    id: String,
    time: String,
}

impl RowName {
    pub(crate) fn of(parts: &[Opened<'_>], at: RowAt) -> Self {
        let columns = parts[at.part].columns();
        Self {
            id: columns.id(at.row).into_owned(),
            time: columns.time(at.row).to_string(),
        }
    }
}

/// The plugin failed on a batch, at this row of it, if it is one's fault.
pub(crate) fn plugin_failed(
    manifest: &Manifest,
    batch: u64,
    row: Option<&RowName>,
    error: activity_log_plugin::Failure,
) -> BuildError {
    if matches!(
        error,
        activity_log_plugin::Failure::Host { .. } | activity_log_plugin::Failure::Batch(_)
    ) {
        return BuildError::Host(error);
    }
    let place = row.map_or_else(
        || format!("batch {batch}"),
        |row| format!("batch {batch}, at event {} of {}", row.id, row.time),
    );
    let Manifest { name, version, .. } = manifest;
    let advice = match &error {
        activity_log_plugin::Failure::Limit(Exceeded::Time(_) | Exceeded::Fuel(_)) => {
            "Choose a shorter time or more filters, or make the plugin faster."
        }
        _ => "Mend the plugin and upload it under a new version, or make the report without it.",
    };
    let message = format!("The plugin {name} {version} failed on {place}: {error}. {advice}");
    BuildError::Failed(Failure::new("PluginFailed", message))
}

/// The plugin did not start with the report's parameters.
pub fn plugin_did_not_start(
    name: &str,
    version: &str,
    error: activity_log_plugin::Failure,
) -> BuildError {
    if matches!(error, activity_log_plugin::Failure::Host { .. }) {
        return BuildError::Host(error);
    }
    let message = format!("The plugin {name} {version} failed before the first event: {error}.");
    BuildError::Failed(Failure::new("PluginFailed", message))
}
