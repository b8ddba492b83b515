//! `DELETE /v1/reports/{id}`: an unfinished report is cancelled, a finished one deleted with its file.

use activity_log_control::{Permission, ReportWriter as _};
use activity_log_core::reports::{Report, State};
use activity_log_identity::authorize;
use http::{Method, StatusCode};

use super::ATTEMPTS;
use crate::denial;
use crate::error::{ApiError, Code};
use crate::operation::{Call, Nothing, Operation, REPORT};
use crate::ports::{Files as _, Ports};
use crate::reply::Reply;
use crate::reports::find::find;
use crate::reports::shape::ReportShape;

/// The operation.
pub struct DeleteReport;

impl<P: Ports> Operation<P> for DeleteReport {
    const NAME: &'static str = "DeleteReport";
    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = "/v1/reports/{id}";
    // Of one's own; of another's it takes more.
    const PERMISSION: Option<Permission> = Some(Permission::Auditor);
    const READ_ONLY: bool = false;
    const RESOURCE: Option<&'static str> = Some(REPORT);
    type Input = Nothing;

    fn parse(_: &Call<'_, P>) -> Result<Nothing, ApiError> {
        Ok(Nothing {})
    }

    async fn run(call: &Call<'_, P>, _: Nothing) -> Result<Reply, ApiError> {
        // The reporter says every few seconds how far it is; what was cancelled is not its any more.
        for attempt in 0..ATTEMPTS {
            let report = find(call).await?;
            check_own(call, &report)?;
            let cancelled = State::Cancelled { finished: call.now };
            let done = if attempt > 0 && report.state == cancelled {
                // By this very call: an answer may be lost on the way, and the try after it finds our own work.
                let shape = ReportShape::of(&report, call.now);
                Reply::json(StatusCode::OK, &shape).map(Some)?
            } else if report.is_unfinished(call.now) {
                cancel(call, &report).await?
            } else {
                delete(call, &report).await?
            };
            if let Some(reply) = done {
                return Ok(reply);
            }
        }
        Err(ApiError::new(
            Code::CONFLICT,
            "The report is being changed all the time. Try again",
        ))
    }
}

/// Who only audits may end what they asked for themselves.
fn check_own<P>(call: &Call<'_, P>, report: &Report) -> Result<(), ApiError> {
    if report.created_by == call.principal.user.as_str() {
        return Ok(());
    }
    let action = format!(
        "activity-log:DeleteReport on the report {} of {}",
        report.id, report.created_by
    );
    let allowed = authorize(call.principal, Permission::Administrator, &action, call.now);
    allowed.map_err(|denied| denial::refused(&denied))
}

async fn cancel<P: Ports>(call: &Call<'_, P>, report: &Report) -> Result<Option<Reply>, ApiError> {
    let mut cancelled = report.clone();
    cancelled.state = State::Cancelled { finished: call.now };
    let changed = call.ports.reports().change_report(report, &cancelled).await;
    if changed.map_err(ApiError::unavailable)? {
        Reply::json(StatusCode::OK, &ReportShape::of(&cancelled, call.now)).map(Some)
    } else {
        Ok(None)
    }
}

/// The file first: a report that is gone while its file stays could not be deleted again.
async fn delete<P: Ports>(call: &Call<'_, P>, report: &Report) -> Result<Option<Reply>, ApiError> {
    let deleted = call.ports.files().delete(&report.object_key()).await;
    deleted.map_err(ApiError::unavailable)?;
    let deleted = call.ports.reports().delete_report(report).await;
    let deleted = deleted.map_err(ApiError::unavailable)?;
    Ok(deleted.then(|| Reply::empty(StatusCode::NO_CONTENT)))
}
