//! `POST /v1/events`.

use std::borrow::Cow;

use activity_log_control::Permission;
use activity_log_core::causes::chain;
use activity_log_core::ingest::Incoming;
use activity_log_identity::{AuthenticationError, authenticate, authorize};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};

use crate::app::{App, Directory, EventStore};
use crate::files::ImportedFiles;
use crate::metrics::Taken;
use crate::payload::{MAX_BODY_BYTES, MAX_RECORDS, PayloadError, decompress, records};
use crate::reply;
use crate::sender::Receiver;

/// What a denied producer reads.
const ACTION: &str = "activitylog:PutEvents";

/// Answers one request: who sends, may they, what do they send, what became of it. Counts the latter in `taken`.
pub async fn answer<S: EventStore, D: Directory, F: ImportedFiles>(
    app: &App<S, D, F>,
    request: &Request<Bytes>,
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
    let principal = match authenticate(request, app.now(), &app.directory).await {
        Ok(principal) => principal,
        Err(error) => return denied(error),
    };
    if let Err(refused) = authorize(&principal, Permission::Producer, ACTION) {
        return denied(refused.into());
    }
    let body = match plain(request) {
        Ok(body) => body,
        Err(error) => return unreadable(&error),
    };
    let records = match records::<MAX_RECORDS>(&body) {
        Ok(records) => records,
        Err(error) => return unreadable(&error),
    };
    let records = Incoming::of_one_body(&records);
    let receiver = Receiver {
        account: principal.account_id(),
        retention_days: app.retention_of(&principal.account),
    };
    let done = app.store(receiver, &records, "api").await;
    taken.stored(&records, &done.receipts);
    reply::batch(&done.receipts)
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

fn unreadable(error: &PayloadError) -> Response<Bytes> {
    let (status, code) = match error {
        PayloadError::TooLarge(_) | PayloadError::TooMany { .. } => {
            (StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge")
        }
        PayloadError::Encoding(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedEncoding"),
        _ => (StatusCode::BAD_REQUEST, "UnreadableBody"),
    };
    tracing::info!(code, cause = chain(error), "unreadable body");
    reply::refusal(status, code, &error.to_string())
}

fn denied(error: AuthenticationError) -> Response<Bytes> {
    match error {
        AuthenticationError::Denied(denied) => {
            tracing::info!(code = denied.code(), "denied");
            reply::refusal(denied.rest_status(), denied.code(), &denied.to_string())
        }
        AuthenticationError::Unavailable(error) => {
            tracing::error!(
                cause = chain(&error),
                "the caller cannot be authenticated now"
            );
            let message = "the caller cannot be authenticated now; try again";
            reply::refusal(
                StatusCode::SERVICE_UNAVAILABLE,
                "ServiceUnavailable",
                message,
            )
        }
    }
}
