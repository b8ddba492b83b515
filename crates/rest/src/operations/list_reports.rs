//! `GET /v1/reports`: the account's reports, newest first.

use activity_log_control::ReportReader as _;
use http::{Method, StatusCode};
use serde::Serialize;

use crate::error::ApiError;
use crate::operation::{Call, Nothing, Operation};
use crate::ports::Ports;
use crate::reply::Reply;
use crate::reports::shape::ReportShape;

/// The operation.
pub struct ListReports;

#[derive(Serialize)]
struct Output<'a> {
    reports: Vec<ReportShape<'a>>,
}

impl<P: Ports> Operation<P> for ListReports {
    const NAME: &'static str = "ListReports";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v1/reports";
    const READ_ONLY: bool = true;
    type Input = Nothing;

    fn parse(_: &Call<'_, P>) -> Result<Nothing, ApiError> {
        Ok(Nothing {})
    }

    async fn run(call: &Call<'_, P>, _: Nothing) -> Result<Reply, ApiError> {
        let reports = call.ports.reports().reports(call.account(), call.now).await;
        let reports = reports.map_err(ApiError::unavailable)?;
        let reports = reports.iter().map(|one| ReportShape::of(one, call.now));
        let output = Output {
            reports: reports.collect(),
        };
        Reply::json(StatusCode::OK, &output)
    }
}
