//! `DELETE /v1/session`: ends the session whose token the request carries.
//!
//! Also while the subscription is off: a token must be revocable at any time.

use activity_log_calls::SESSION;
use activity_log_control::{Permission, Sessions as _, TokenRecord};
use activity_log_identity::Denied;
use http::{Method, StatusCode};

use crate::denial;
use crate::error::{ApiError, Code};
use crate::operation::{Call, Nothing, Operation};
use crate::ports::Ports;
use crate::reply::Reply;

/// The operation.
pub struct CloseSession;

impl<P: Ports> Operation<P> for CloseSession {
    const NAME: &'static str = "CloseSession";
    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = "/v1/session";
    const PERMISSION: Option<Permission> = None;
    const READ_ONLY: bool = false;
    type Input = Nothing;

    fn parse(call: &Call<'_, P>) -> Result<Nothing, ApiError> {
        session(call).map(|_| Nothing {})
    }

    async fn run(call: &Call<'_, P>, _: Nothing) -> Result<Reply, ApiError> {
        let token = session(call)?;
        let closed = call.ports.sessions().close_session(token).await;
        if !closed.map_err(ApiError::unavailable)? {
            // It ended otherwise since the request was let in, and that is told.
            return Err(denial::refused(&Denied::InvalidToken));
        }
        Ok(Reply::empty(StatusCode::NO_CONTENT)
            .telling("SessionId", token.id.as_str())
            .naming(SESSION, token.id.as_str()))
    }
}

/// The token of the session that the request is of.
fn session<'a, P>(call: &Call<'a, P>) -> Result<&'a TokenRecord, ApiError> {
    let token = call.principal.token();
    token
        .filter(|token| token.session.is_some())
        .ok_or_else(|| {
            ApiError::new(
                Code::NOT_A_SESSION,
                "The request carries no session's token: send the token that POST /v1/session gave as X-Auth-Token",
            )
        })
}
