//! `POST /v1/events`.

use std::borrow::Cow;

use activity_log_calls::{CallLog, Recorder};
use activity_log_control::{Permission, UnprovenCalls};
use activity_log_core::causes::chain;
use activity_log_core::ingest::Incoming;
use activity_log_core::instant::Instant;
use activity_log_core::origin::Origin;
use activity_log_identity::{Admit, AuthenticationError, Denied, Principal, authorize};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};

use crate::app::{App, Directory, EventStore};
use crate::calls::{self, Answered};
use crate::metrics::{Events, Taken};
use crate::payload::{MAX_BODY_BYTES, MAX_RECORDS, PayloadError, decompress, records};
use crate::receivers::Receiver;
use crate::reply;

/// What a denied producer reads.
const ACTION: &str = "activity-log:PutEvents";

/// What stands between a producer and the store.
#[derive(Debug)]
pub struct Api<G, L, U> {
    /// lets callers in
    pub gate: G,
    /// the log of calls
    pub recorder: Recorder<L>,
    /// calls whose callers did not show who they are
    pub unproven: U,
}

/// Answers one request, and records the call: who sends, may they, what do they send, what became of it. Counts the
/// latter in `taken`.
pub async fn answer<S: EventStore, D: Directory, G: Admit, L: CallLog, U: UnprovenCalls>(
    app: &App<S, D>,
    api: &Api<G, L, U>,
    request: &Request<Bytes>,
    (request_id, until): (&str, Instant),
    taken: &mut Taken,
) -> Response<Bytes> {
    if request.uri().path() != "/v1/events" {
        return reply::refusal(
            StatusCode::NOT_FOUND,
            "NotFound",
            "events go to POST /v1/events",
        );
    }
    if request.method() != Method::POST {
        let mut refused = reply::refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "only POST is served here",
        );
        refused
            .headers_mut()
            .insert(header::ALLOW, header::HeaderValue::from_static("POST"));
        return refused;
    }
    let answered = put(app, &api.gate, request, until, taken).await;
    let call = (request_id, app.now());
    let recorded = calls::record(api, request, call, &answered, taken);
    if let Err(error) = recorded.await {
        // The events are stored, or not: the answer stands. The metric and its alarm tell.
        tracing::error!(cause = chain(&error), "a call was not recorded");
        taken.unrecorded_calls += 1;
    }
    answered.response
}

async fn put<S: EventStore, D: Directory>(
    app: &App<S, D>,
    gate: &impl Admit,
    request: &Request<Bytes>,
    until: Instant,
    taken: &mut Taken,
) -> Answered {
    let principal = match gate.admit(request, app.now()).await {
        Ok(principal) => principal,
        Err(error) => {
            let answered = unauthenticated(error);
            let is_denied = answered.response.status() == StatusCode::UNAUTHORIZED;
            taken.unknown_callers += u64::from(is_denied && answered.claimed.is_none());
            return answered;
        }
    };
    let allowed = authorize(&principal, Permission::Producer, ACTION, app.now());
    let (response, error) = match allowed {
        Err(denied) => refused(&denied),
        Ok(()) => match store(app, &principal, request, until, taken).await {
            Ok(response) => {
                let error = unstored(response.status());
                (response, error)
            }
            Err(error) => unreadable(&error),
        },
    };
    Answered {
        response,
        principal: Some(principal),
        claimed: None,
        error,
    }
}

async fn store<S: EventStore, D: Directory>(
    app: &App<S, D>,
    principal: &Principal,
    request: &Request<Bytes>,
    until: Instant,
    taken: &mut Taken,
) -> Result<Response<Bytes>, PayloadError> {
    let body = plain(request)?;
    let records = records::<MAX_RECORDS>(&body)?;
    let origin = Origin::Producer(principal.user.as_str().to_owned());
    let records = Incoming::of_one_body(&records, &origin);
    let receiver = Receiver {
        account: principal.account_id(),
        retention_days: app.retention_of(&principal.account),
    };
    let done = app.store(receiver, &records, "api", until).await;
    taken.events += Events::of(&records, &done.receipts);
    Ok(reply::batch(&done.receipts))
}

/// What the log of calls says of a request of which nothing, or not all, was stored; of one with some rejected events
/// the counts tell.
fn unstored(status: StatusCode) -> Option<(&'static str, String)> {
    match status {
        StatusCode::BAD_REQUEST => {
            let message = "every event of the request breaks a rule: none was stored";
            Some(("EventsRejected", message.to_owned()))
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            let message = "not all events of the request could be stored now";
            Some(("ServiceUnavailable", message.to_owned()))
        }
        _ => None,
    }
}

/// The body without its content encoding.
fn plain(request: &Request<Bytes>) -> Result<Cow<'_, [u8]>, PayloadError> {
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    let encoding = encoding.map_or("identity", |value| value.to_str().unwrap_or("?"));
    // Names of codings do not tell case apart (RFC 9110 §8.4.1).
    match encoding.trim().to_ascii_lowercase().as_str() {
        "identity" | "" => Ok(Cow::Borrowed(request.body())),
        "gzip" | "x-gzip" => decompress(request.body(), MAX_BODY_BYTES).map(Cow::Owned),
        _ => Err(PayloadError::Encoding(encoding.to_owned())),
    }
}

/// A response, and the code and message in it.
type Refused = (Response<Bytes>, Option<(&'static str, String)>);

fn unreadable(error: &PayloadError) -> Refused {
    let (status, code) = match error {
        PayloadError::TooLarge(_) | PayloadError::TooMany { .. } => {
            (StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge")
        }
        PayloadError::Encoding(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedEncoding"),
        _ => (StatusCode::BAD_REQUEST, "UnreadableBody"),
    };
    tracing::info!(code, cause = chain(error), "unreadable body");
    refusal(status, code, error.to_string())
}

fn refusal(status: StatusCode, code: &'static str, message: String) -> Refused {
    let response = reply::refusal(status, code, &message);
    (response, Some((code, message)))
}

fn refused(denied: &Denied) -> Refused {
    tracing::info!(code = denied.code(), "denied");
    let (mut response, told) = refusal(denied.rest_status(), denied.code(), denied.to_string());
    if *denied == Denied::Throttled {
        let second = header::HeaderValue::from_static("1");
        response.headers_mut().insert(header::RETRY_AFTER, second);
    }
    (response, told)
}

fn unauthenticated(error: AuthenticationError) -> Answered {
    let ((response, error), claimed) = match error {
        // Over the limit calls are counted only.
        AuthenticationError::Denied {
            denied: Denied::Throttled,
            ..
        } => (refused(&Denied::Throttled), None),
        AuthenticationError::Denied { denied, claimed } => (refused(&denied), claimed),
        AuthenticationError::Unavailable(error) => {
            tracing::error!(
                cause = chain(&error),
                "the caller cannot be authenticated now"
            );
            let message = "the caller cannot be authenticated now; try again".to_owned();
            let unavailable = StatusCode::SERVICE_UNAVAILABLE;
            (refusal(unavailable, "ServiceUnavailable", message), None)
        }
    };
    Answered {
        response,
        principal: None,
        claimed,
        error,
    }
}
