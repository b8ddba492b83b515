//! `POST /v1/reports`: a report is queued.

use activity_log_control::{
    NewReport, Permission, ReportLimits, ReportReader as _, ReportWriter as _, StoreError,
};
use activity_log_core::instant::{DAY, Instant};
use activity_log_core::reports::{Report, WorkMessage};
use http::header::LOCATION;
use http::{Method, StatusCode};

use crate::error::{ApiError, Cause, Code};
use crate::input::{self, Object};
use crate::operation::{Call, Operation, REPORT};
use crate::ports::{FileError, Files as _, Ports, Work as _, WorkError};
use crate::reply::Reply;
use crate::reports::body::ReportBody;
use crate::reports::plugin_use;
use crate::reports::shape::ReportShape;

/// The operation.
pub struct CreateReport;

/// In the event of the call, the ids of the reports that made room for the new one.
const OVERWRITTEN: &str = "Overwritten";

/// Why a report is not queued.
#[derive(Debug, thiserror::Error)]
enum QueueError {
    #[error("the report could not be queued")]
    Unsent(#[from] WorkError),
    /// it stays queued, and no message says so: it will count as stalled
    #[error("the report could not be queued ({unsent}), and it could not be deleted again")]
    Left {
        unsent: WorkError,
        #[source]
        source: StoreError,
    },
}

impl<P: Ports> Operation<P> for CreateReport {
    const NAME: &'static str = "CreateReport";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v1/reports";
    const PERMISSION: Option<Permission> = Some(Permission::Auditor);
    const READ_ONLY: bool = false;
    type Input = ReportBody;

    fn parse(call: &Call<'_, P>) -> Result<ReportBody, ApiError> {
        let body: ReportBody = input::read(call.body)?;
        body.clone().request(horizon(call), call.now)?;
        Ok(body)
    }

    async fn run(call: &Call<'_, P>, body: ReportBody) -> Result<Reply, ApiError> {
        let report = report(call, body).await?;
        let overwritten = create(call, &report).await?;
        // Nobody can name them any more, whether the report is queued or not.
        let left = delete_files(call, &overwritten).await;
        let gone: Vec<_> = overwritten.iter().map(|one| one.id.to_string()).collect();
        if let Err(error) = queue(call, &report).await {
            return Err(if gone.is_empty() {
                error
            } else {
                error.telling(OVERWRITTEN, gone)
            });
        }
        let location = format!("/v1/reports/{}", report.id);
        let reply = Reply::json(StatusCode::CREATED, &ReportShape::of(&report, call.now))?;
        let reply = reply.header(LOCATION, &location)?.caused_by(left);
        let mut reply = reply.naming(REPORT, report.id.to_string());
        if !gone.is_empty() {
            for id in &gone {
                reply = reply.naming(REPORT, id);
            }
            reply = reply.telling(OVERWRITTEN, gone);
        }
        Ok(reply)
    }
}

/// What is asked for, with everything fixed that it refers to.
async fn report<P: Ports>(call: &Call<'_, P>, mut body: ReportBody) -> Result<Report, ApiError> {
    let plugin = body.plugin.take();
    let mut request = body.request(horizon(call), call.now)?;
    if let Some(Object(plugin)) = plugin {
        let plugin = plugin_use::find(call, plugin, &request.columns).await?;
        request.plugin = Some(plugin);
    }
    crate::reports::body::check_size(&request)?;
    let user = call.principal.user.to_string();
    Ok(Report::new(
        call.account(),
        call.new_id(),
        user,
        request,
        call.now,
    ))
}

/// Nothing older is kept.
fn horizon<P: Ports>(call: &Call<'_, P>) -> Instant {
    let kept_days = i64::from(call.ports.retention_days(&call.principal.account));
    call.now.plus_millis(-kept_days * DAY)
}

/// Within the account's limits; gives the reports that made room: of who only audits, none of another's.
async fn create<P: Ports>(call: &Call<'_, P>, report: &Report) -> Result<Vec<Report>, ApiError> {
    let limits = ReportLimits {
        own_only: !call.principal.grants.allow(Permission::Administrator),
        ..call.principal.account.limits.reports()
    };
    let created = call.ports.reports().create_report(report, limits).await;
    match created.map_err(ApiError::unavailable)? {
        NewReport::Created { overwritten } => Ok(overwritten),
        NewReport::TooManyUnfinished => Err(no_place(limits)),
    }
}

fn no_place(limits: ReportLimits) -> ApiError {
    let whose = if limits.own_only {
        ", of which only your own make room when they are finished: for others' to do so takes the permission \
         administrator"
    } else {
        ""
    };
    ApiError::new(
        Code::TOO_MANY_GENERATING,
        format!(
            "As many reports of the account are queued or generating as may be: {} at once (the limit \
             reports-generating), and no more than the {} that are kept (the limit reports){whose}. Wait until one is \
             finished, cancel one (DELETE /v1/reports/ID), or ask the operator for a higher limit",
            limits.unfinished, limits.stored
        ),
    )
}

/// Sends the message without which nobody works on the report; it is no report if that fails. What made room for it
/// does not come back: the message can only follow the report.
async fn queue<P: Ports>(call: &Call<'_, P>, report: &Report) -> Result<(), ApiError> {
    let message = WorkMessage::Report {
        account: report.account,
        id: report.id,
    };
    let Err(unsent) = call.ports.work().send(&message).await else {
        return Ok(());
    };
    Err(match take_back(call, report).await {
        Ok(true) => ApiError::unavailable(QueueError::Unsent(unsent)),
        Ok(false) => return Ok(()),
        Err(source) => ApiError::unavailable(QueueError::Left { unsent, source }),
    })
}

/// Deletes the report again. If it has another revision by now, the message arrived after all and the report is being
/// built: it stays, and this says false.
async fn take_back<P: Ports>(call: &Call<'_, P>, report: &Report) -> Result<bool, StoreError> {
    let reports = call.ports.reports();
    if reports.delete_report(report).await? {
        return Ok(true);
    }
    // It is not there either where the answer to the deletion was lost on the way.
    let stored = reports.report(report.account, report.id, call.now).await?;
    Ok(stored.is_none())
}

/// Deletes the files of reports that made room. What is left expires with the bucket's lifecycle.
async fn delete_files<P: Ports>(call: &Call<'_, P>, overwritten: &[Report]) -> Option<Cause> {
    let mut left: Option<FileError> = None;
    for report in overwritten {
        if let Err(error) = call.ports.files().delete(&report.object_key()).await {
            left = Some(error);
        }
    }
    left.map(Cause::from)
}
