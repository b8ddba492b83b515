//! `POST /v1/events/counts`: how many of the account's events there are of which time, and how many are errors.

use activity_log_core::instant::DAY;
use activity_log_core::reader::EventCounter as _;
use http::{Method, StatusCode};

use crate::counts::body::{CountBody, Question};
use crate::counts::shape::CountsShape;
use crate::error::ApiError;
use crate::input;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::reply::Reply;

/// The operation.
pub struct CountEvents;

impl<P: Ports> Operation<P> for CountEvents {
    const NAME: &'static str = "CountEvents";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v1/events/counts";
    const READ_ONLY: bool = true;
    type Input = CountBody;

    fn parse(call: &Call<'_, P>) -> Result<CountBody, ApiError> {
        let body: CountBody = input::read(call.body)?;
        question(call, body.clone())?;
        Ok(body)
    }

    async fn run(call: &Call<'_, P>, body: CountBody) -> Result<Reply, ApiError> {
        let question = question(call, body)?;
        let (account, events) = (call.account(), call.ports.events());
        let counted = events.counts(account, &question.query, &question.request);
        let counts = counted.await.map_err(ApiError::unread)?;
        Reply::json(StatusCode::OK, &CountsShape::of(&question, &counts))
    }
}

/// What a lookup may read may be counted.
fn question<P: Ports>(call: &Call<'_, P>, body: CountBody) -> Result<Question, ApiError> {
    let kept_days = i64::from(call.ports.retention_days(&call.principal.account));
    body.question(call.now.plus_millis(-kept_days * DAY), call.now)
}
