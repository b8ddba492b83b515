//! `POST /v1/events/lookup`: the account's events, newest first, by anything that their records say.

use activity_log_control::CursorKeys as _;
use activity_log_core::cursor::{self, CursorKey};
use activity_log_core::instant::DAY;
use http::{Method, StatusCode};

use crate::error::ApiError;
use crate::events::body::{LookupBody, Question};
use crate::events::search::{self, Range};
use crate::events::shape::PageShape;
use crate::input;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::reply::Reply;
use crate::time::At;

/// The operation.
pub struct SearchEvents;

impl<P: Ports> Operation<P> for SearchEvents {
    // Not `LookupEvents`: that is CloudTrail's operation.
    const NAME: &'static str = "SearchEvents";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v1/events/lookup";
    const READ_ONLY: bool = true;
    type Input = LookupBody;

    fn parse(call: &Call<'_, P>) -> Result<LookupBody, ApiError> {
        let body: LookupBody = input::read(call.body)?;
        body.clone().question()?;
        Ok(body)
    }

    async fn run(call: &Call<'_, P>, body: LookupBody) -> Result<Reply, ApiError> {
        let question = body.question()?;
        let kept_days = i64::from(call.ports.retention_days(&call.principal.account));
        let horizon = call.now.plus_millis(-kept_days * DAY);
        let scope = scope(&question);
        let (account, query) = (call.account(), &question.query);
        let after = match &question.next {
            None => None,
            Some(next) => {
                let key = key(call).await?;
                let after = cursor::open(&key, &scope, account, query, next, call.now);
                Some(after.map_err(|error| ApiError::field("next", error))?)
            }
        };
        let range = Range {
            account,
            after,
            horizon,
            now: call.now,
        };
        let found = search::find(call.ports.events(), &question, range).await?;
        let next = match &found.next {
            None => None,
            Some(next) => {
                let key = key(call).await?;
                Some(cursor::seal(&key, &scope, account, query, next, call.now))
            }
        };
        let oldest = query.start.map_or(horizon, |start| start.max(horizon));
        let page = PageShape {
            events: found.events,
            next,
            scanned_to: At(found.next.map_or(oldest, |next| next.time)),
            warnings: found.warnings,
        };
        Reply::json(StatusCode::OK, &page)
    }
}

/// What a token is bound to besides the account, the time and attributes' filters.
fn scope(question: &Question) -> String {
    // Texts, lists and flags always make JSON.
    let conditions = serde_json::to_string(&question.conditions).unwrap_or_default();
    format!("SearchEvents {conditions}")
}

async fn key<P: Ports>(call: &Call<'_, P>) -> Result<CursorKey, ApiError> {
    let key = call.ports.cursors().cursor_key(&call.principal.account);
    key.await.map_err(ApiError::unavailable)
}
