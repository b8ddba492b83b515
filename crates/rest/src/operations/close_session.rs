//! `DELETE /v1/session`: ends the session whose token the request carries.
//!
//! Also while the subscription is off: a token must be revocable at any time.

use activity_log_control::{Permission, Sessions as _};
use activity_log_identity::Denied;
use http::{Method, StatusCode};

use crate::denial;
use crate::error::{ApiError, Code};
use crate::operation::{Call, Operation};
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

    async fn run(call: &Call<'_, P>) -> Result<Reply, ApiError> {
        let token = call.principal.token();
        let Some(token) = token.filter(|token| token.session.is_some()) else {
            return Err(ApiError::new(
                Code::NOT_A_SESSION,
                "The request carries no session's token: send the token that POST /v1/session gave as X-Auth-Token",
            ));
        };
        let closed = call.ports.sessions().close_session(token).await;
        if !closed.map_err(ApiError::unavailable)? {
            // It ended otherwise since the request was let in, and that is told.
            return Err(denial::refused(&Denied::InvalidToken));
        }
        Ok(Reply::empty(StatusCode::NO_CONTENT).telling("SessionId", token.id.as_str()))
    }
}
