//! Finding one report.

use activity_log_control::ReportReader as _;
use activity_log_core::reports::Report;

use crate::error::{ApiError, Code, quoted};
use crate::operation::Call;
use crate::ports::Ports;

/// The report of the path. One of another account is as unknown as one that never was.
pub async fn find<P: Ports>(call: &Call<'_, P>) -> Result<Report, ApiError> {
    let unknown = || {
        ApiError::new(
            Code::REPORT_NOT_FOUND,
            format!("There is no report {}", quoted(call.id)),
        )
    };
    let id = call.id.parse().map_err(|_| unknown())?;
    let found = call.ports.reports().report(call.account(), id, call.now);
    found
        .await
        .map_err(ApiError::unavailable)?
        .ok_or_else(unknown)
}
