//! `POST /v1/session`: a token for an access key.
//!
//! Whoever has a key may open a session, whatever they may do in it. The event of the call is `OpenSession`.

use activity_log_calls::SESSION;
use activity_log_control::{
    AccessKeyId, MOST_SESSIONS, OpenedWith, Opening, SESSIONS_MS, Sessions as _, TokenRecord,
    new_token,
};
use activity_log_core::instant::SECOND;
use activity_log_identity::{Denied, Through, expect_subscription};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use crate::denial;
use crate::error::{ApiError, Code};
use crate::input;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::reply::Reply;

/// How long a session lives if nothing else is asked for, in seconds.
const DEFAULT_SECONDS: u32 = 3_600;
/// The shortest and the longest, in seconds.
const SECONDS: std::ops::RangeInclusive<u32> = 60..=43_200;

/// The operation.
pub struct OpenSession;

/// The request.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    lifetime_seconds: Option<u32>,
}

impl Input {
    fn seconds(&self) -> u32 {
        self.lifetime_seconds.unwrap_or(DEFAULT_SECONDS)
    }
}

/// The reply.
#[derive(Debug, Serialize)]
struct Output<'a> {
    token: String,
    session: Session<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Session<'a> {
    id: &'a str,
    account: &'a str,
    user: &'a str,
    created: String,
    expires: String,
}

impl<P: Ports> Operation<P> for OpenSession {
    const NAME: &'static str = "OpenSession";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v1/session";
    const PERMISSION: Option<activity_log_control::Permission> = None;
    const READ_ONLY: bool = false;
    type Input = Input;

    fn parse(call: &Call<'_, P>) -> Result<Input, ApiError> {
        key(call)?;
        expect_subscription(call.principal, call.now).map_err(|denied| denial::refused(&denied))?;
        let input: Input = input::read(call.body)?;
        if !SECONDS.contains(&input.seconds()) {
            let (least, most) = SECONDS.into_inner();
            let rule = format!("must be {least} to {most}");
            return Err(ApiError::field("lifetimeSeconds", rule));
        }
        Ok(input)
    }

    async fn run(call: &Call<'_, P>, input: Input) -> Result<Reply, ApiError> {
        let key = key(call)?;
        let lifetime = i64::from(input.seconds()) * SECOND;
        let token = new_token(call.account());
        let record = TokenRecord {
            id: token.id.clone(),
            account: call.account(),
            user: call.principal.user.clone(),
            hash: token.hash(),
            created: call.now,
            expires: call.now.plus_millis(lifetime),
            session: Some(OpenedWith {
                access_key_id: key.clone(),
            }),
        };
        let opened = call.ports.sessions().open_session(&record).await;
        match opened.map_err(ApiError::unavailable)? {
            Opening::Opened => {}
            // As the next request with the key will be told.
            Opening::TooOften => return Err(too_often()),
            Opening::UserGone => return Err(denial::refused(&Denied::UnknownKey)),
        }
        let output = Output {
            token: token.expose(),
            session: Session {
                id: record.id.as_str(),
                account: record.account.as_str(),
                user: record.user.as_str(),
                created: record.created.to_string(),
                expires: record.expires.to_string(),
            },
        };
        let reply = Reply::json(StatusCode::CREATED, &output)?;
        Ok(reply
            .telling("SessionId", record.id.as_str())
            .naming(SESSION, record.id.as_str()))
    }
}

fn too_often() -> ApiError {
    let seconds = SESSIONS_MS / SECOND;
    let says = format!(
        "At most {MOST_SESSIONS} sessions of a user may be opened in {seconds} seconds and stay open. Use one of them, \
         close one, or try again in {seconds} seconds"
    );
    ApiError::new(Code::TOO_MANY_SESSIONS, says)
}

/// The key that the request is signed with.
fn key<'a, P>(call: &Call<'a, P>) -> Result<&'a AccessKeyId, ApiError> {
    match &call.principal.through {
        Through::AccessKey(key) => Ok(key),
        Through::Token(_) => Err(ApiError::new(
            Code::NEEDS_ACCESS_KEY,
            "A session is opened with an access key: sign the request (AWS Signature V4)",
        )),
    }
}
