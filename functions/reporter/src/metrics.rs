//! What an invocation came to, as metrics ([`activity_log_lambda::metrics`]).

use serde::Serialize;

/// What an invocation came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Worked {
    /// reports that can be downloaded
    pub reports_ready: u64,
    /// reports that failed
    pub reports_failed: u64,
    /// those of them that failed for no fault of the request or its plugin
    pub reports_failed_internally: u64,
    /// reports whose makers wanted them no more
    pub reports_cancelled: u64,
    /// reports that go on in another run
    pub reports_suspended: u64,
    /// rows of ready reports
    pub rows_written: u64,
    /// bytes of ready reports
    pub bytes_written: u64,
    /// reports that failed because of their plugin
    pub plugin_failures: u64,
    /// plugin versions that can be used
    pub plugins_ready: u64,
    /// plugin versions that cannot
    pub plugins_refused: u64,
}
