//! `GET /v1/reports/{id}`: how far a report is.

use http::{Method, StatusCode};

use crate::error::ApiError;
use crate::operation::{Call, Nothing, Operation, REPORT};
use crate::ports::Ports;
use crate::reply::Reply;
use crate::reports::find::find;
use crate::reports::shape::ReportShape;

/// The operation.
pub struct GetReport;

impl<P: Ports> Operation<P> for GetReport {
    const NAME: &'static str = "GetReport";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v1/reports/{id}";
    const READ_ONLY: bool = true;
    const RESOURCE: Option<&'static str> = Some(REPORT);
    type Input = Nothing;

    fn parse(_: &Call<'_, P>) -> Result<Nothing, ApiError> {
        Ok(Nothing {})
    }

    async fn run(call: &Call<'_, P>, _: Nothing) -> Result<Reply, ApiError> {
        let report = find(call).await?;
        Reply::json(StatusCode::OK, &ReportShape::of(&report, call.now))
    }
}
