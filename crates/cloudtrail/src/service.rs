//! One request, answered: authenticated, authorized (denied by default), dispatched.

use activity_log_calls::{self as calls, Asked, Attempt, Attempts, NotBegun, Parameters, Source};
use activity_log_control::Permission;
use activity_log_core::instant::Instant;
use activity_log_identity::{Admit, AuthenticationError, Principal, authorize};
use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::Value;

use crate::error::{ApiError, Code};
use crate::operation::{Call, Prepared, Row};
use crate::operations;
use crate::ports::Ports;
use crate::{MAX_BODY_BYTES, denial, response, target};

/// The `CloudTrail` protocol over the ports `P`.
pub struct Service<P> {
    ports: P,
    table: Vec<Row<P>>,
}

/// What of a request comes from where it was received.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// the time of the request
    pub now: Instant,
    /// the id by which client and log speak of it
    pub request_id: &'a str,
}

/// An answered request: the response, and what the log says of the call.
#[derive(Debug)]
pub struct Served {
    /// for the client
    pub response: Response<Bytes>,
    /// the operation asked for, if it is one of the model
    pub operation: Option<&'static str>,
    /// whether it only reads; `None` for an operation that is not served
    pub read_only: Option<bool>,
    /// who asked, if that was shown
    pub principal: Option<Principal>,
    /// whom the caller claims to be, if that was not shown
    pub claimed: Option<Box<Principal>>,
    /// what was asked, as far as it was understood
    pub asked: Asked,
    /// what a call that changes something was answered
    pub answer: Parameters,
    /// why it failed, cause included
    pub error: Option<ApiError>,
}

/// Who asked, what, and the reply's JSON.
struct Outcome {
    principal: Option<Principal>,
    claimed: Option<Box<Principal>>,
    asked: Asked,
    reply: Result<Vec<u8>, ApiError>,
}

impl<P: Ports> Service<P> {
    /// The service over `ports`, with every operation there is.
    pub fn new(ports: P) -> Self {
        Self {
            ports,
            table: operations::table().into(),
        }
    }

    /// Answers one request of whomever `gate` lets in; what it changes is kept by `attempts` before. Failures are
    /// answers too.
    pub async fn serve(
        &self,
        request: &Request<Bytes>,
        context: Context<'_>,
        gate: &impl Admit,
        attempts: &impl Attempts,
    ) -> Served {
        let named = target::operation(request.headers());
        let operation = named.as_ref().ok().copied();
        let row = self.table.iter().find(|row| Some(row.name) == operation);
        let outcome = self
            .outcome(request, context.now, (named, row), gate, attempts)
            .await;
        let changes = row.is_some_and(|row| !row.read_only);
        let answer = match &outcome.reply {
            Ok(json) if changes => told(json),
            _ => Parameters::none(),
        };
        let (response, error) = match outcome.reply {
            Ok(json) => (response::reply(json, context), None),
            Err(error) => (response::refusal(&error, context), Some(error)),
        };
        Served {
            response,
            operation,
            read_only: row.map(|row| row.read_only),
            principal: outcome.principal,
            claimed: outcome.claimed,
            asked: outcome.asked,
            answer,
            error,
        }
    }

    async fn outcome(
        &self,
        request: &Request<Bytes>,
        now: Instant,
        asked_for: (Result<&'static str, ApiError>, Option<&Row<P>>),
        gate: &impl Admit,
        attempts: &impl Attempts,
    ) -> Outcome {
        let mut claimed = None;
        match admit(request, now, gate, &mut claimed).await {
            Ok(principal) => {
                let call = Call {
                    ports: &self.ports,
                    principal: &principal,
                    now,
                };
                let (asked, reply) = dispatch(&call, asked_for, request.body(), attempts).await;
                Outcome {
                    principal: Some(principal),
                    claimed,
                    asked,
                    reply,
                }
            }
            // Of who is not known nothing is read.
            Err(error) => Outcome {
                principal: None,
                claimed,
                asked: Asked::unread(request.body().len()),
                reply: Err(error),
            },
        }
    }
}

/// A reply as the event of the call has it: in lower camel case, and none where there is nothing to tell.
fn told(json: &[u8]) -> Parameters {
    let reply: Value = serde_json::from_slice(json).unwrap_or_default();
    Parameters::of_answer(&camel(reply))
}

fn camel(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter();
            let camel = members.map(|(name, value)| (camel_name(&name), camel(value)));
            Value::Object(camel.collect())
        }
        Value::Array(values) => values.into_iter().map(camel).collect(),
        other => other,
    }
}

fn camel_name(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

async fn admit(
    request: &Request<Bytes>,
    now: Instant,
    gate: &impl Admit,
    claimed: &mut Option<Box<Principal>>,
) -> Result<Principal, ApiError> {
    if request.method() != Method::POST || request.uri().path() != "/" {
        return Err(ApiError::new(
            Code::NOT_FOUND,
            "The CloudTrail protocol is served at POST /",
        ));
    }
    if request.body().len() > MAX_BODY_BYTES {
        return Err(ApiError::new(
            Code::REQUEST_TOO_LARGE,
            format!("The request has more than {MAX_BODY_BYTES} bytes"),
        ));
    }
    gate.admit(request, now).await.map_err(|mut error| {
        if let AuthenticationError::Denied { claimed: named, .. } = &mut error {
            *claimed = named.take();
        }
        denial::unauthenticated(error)
    })
}

/// An operation we do not serve is refused to a stranger as any other would be. What is asked is read in any case, so
/// that the log has it of those too who may not.
async fn dispatch<P: Ports>(
    call: &Call<'_, P>,
    (named, row): (Result<&'static str, ApiError>, Option<&Row<P>>),
    body: &[u8],
    attempts: &impl Attempts,
) -> (Asked, Result<Vec<u8>, ApiError>) {
    let prepared = row.map(|row| (row, (row.prepare)(call, body)));
    let allowed = named.and_then(|operation| allow(call, operation, row));
    match prepared {
        Some((row, Ok(prepared))) => {
            let Prepared { asked, answer } = prepared;
            let begun = match allowed {
                Ok(_) => begin(call, row, &asked, attempts).await,
                Err(error) => Err(error),
            };
            let reply = match begun {
                Ok(()) => answer.await,
                Err(error) => Err(error),
            };
            (asked, reply)
        }
        Some((_, Err(error))) => (
            Asked::unread(body.len()),
            Err(allowed.err().unwrap_or(error)),
        ),
        None => (Asked::unread(body.len()), Err(unserved(allowed))),
    }
}

/// Whether the caller may call this operation; gives its name.
fn allow<P>(
    call: &Call<'_, P>,
    operation: &'static str,
    row: Option<&Row<P>>,
) -> Result<&'static str, ApiError> {
    // That it is not served is told to whoever may call anything.
    let permission = row.map_or(Permission::Auditor, |row| row.permission);
    let action = format!("cloudtrail:{operation}");
    let allowed = authorize(call.principal, permission, &action, call.now);
    allowed.map_err(|denied| denial::refused(&denied))?;
    Ok(operation)
}

fn unserved(allowed: Result<&'static str, ApiError>) -> ApiError {
    match allowed {
        Ok(operation) => ApiError::new(
            Code::UNSUPPORTED_OPERATION,
            format!("The {operation} operation is not supported"),
        ),
        Err(error) => error,
    }
}

/// See [`Attempts::begin`].
async fn begin<P>(
    call: &Call<'_, P>,
    row: &Row<P>,
    asked: &Asked,
    attempts: &impl Attempts,
) -> Result<(), ApiError> {
    let operation = calls::Operation {
        name: row.name,
        source: Source::CloudTrail,
        read_only: row.read_only,
    };
    let attempt = Attempt {
        operation,
        caller: call.principal,
        asked,
    };
    attempts.begin(attempt).await.map_err(|error| match error {
        NotBegun::TooLarge(large) => ApiError::new(Code::REQUEST_TOO_LARGE, large.to_string()),
        NotBegun::Unkept(error) => ApiError::new(
            Code::SERVICE_UNAVAILABLE,
            "Nothing was changed: the log could not be told of it. Try again",
        )
        .caused_by(error),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reply_is_told_in_lower_camel_case() {
        let reply = json!({"TrailARN": "arn", "S3BucketName": "b", "EventSelectors": [{"ReadWriteType": "All"}]});
        let expected = json!({"trailARN": "arn", "s3BucketName": "b", "eventSelectors": [{"readWriteType": "All"}]});
        assert_eq!(
            told(reply.to_string().as_bytes()).to_json(),
            expected.to_string()
        );
        assert!(told(b"{}").is_none());
    }
}
