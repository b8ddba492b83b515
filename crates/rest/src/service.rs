//! One request, answered: found, authenticated, authorized (denied by default), run.

use activity_log_calls::{
    self as calls, Asked, Attempt, Attempts, NotBegun, Parameters as Told, Source,
};
use activity_log_control::Permission;
use activity_log_core::instant::Instant;
use activity_log_identity::{Admit, AuthenticationError, Principal, authorize};
use bytes::Bytes;
use http::header::ALLOW;
use http::{Request, Response};
use serde_json::{Map, Value};

use crate::error::{ApiError, Cause, Code};
use crate::operation::{Call, Handler, Prepared, Row};
use crate::ports::Ports;
use crate::query::Parameters;
use crate::reply::{Reply, refusal};
use crate::{MAX_COMPONENT_BODY_BYTES, denial, operations, route};

/// The API over the ports `P`.
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
    /// random bits for the id of what the request makes
    pub random: [u8; 10],
}

/// An answered request: the response, and what the log says of the call.
#[derive(Debug)]
pub struct Served {
    /// for the client
    pub response: Response<Bytes>,
    /// the operation, if the method and path are one's
    pub operation: Option<&'static str>,
    /// whether it only reads
    pub read_only: Option<bool>,
    /// what was asked, as far as it was understood
    pub asked: Asked,
    /// what a call that changes something was answered
    pub answer: Told,
    /// who asked, if that was shown
    pub principal: Option<Principal>,
    /// whom the caller claims to be, if that was not shown
    pub claimed: Option<Box<Principal>>,
    /// the error's code and message
    pub error: Option<(&'static str, String)>,
    /// what else the event of the call says (`additionalEventData`)
    pub event_data: Map<String, Value>,
    /// what lies behind the error, or what failed without failing the call
    pub cause: Option<Cause>,
}

impl<P: Ports> Service<P> {
    /// The service over `ports`, with every operation there is.
    pub fn new(ports: P) -> Self {
        Self {
            ports,
            table: operations::table().into(),
        }
    }

    /// Answers a request whose path is one of ours, if `gate` lets its caller in; what it changes is kept by `attempts`
    /// before. Failures are answers too. `None`: the path is not.
    pub async fn serve(
        &self,
        request: &Request<Bytes>,
        context: Context<'_>,
        gate: &impl Admit,
        attempts: &impl Attempts,
    ) -> Option<Served> {
        let path = request.uri().path();
        let mut here: Vec<(&Row<P>, &str)> = self
            .table
            .iter()
            .filter_map(|row| Some((row, route::matched(row.path, path)?)))
            .collect();
        // `/v1/events/counts` is no event's.
        if here.iter().any(|(row, _)| row.path == path) {
            here.retain(|(row, _)| row.path == path);
        }
        if here.is_empty() {
            return None;
        }
        let found = here.iter().find(|(row, _)| row.method == request.method());
        let outcome = match found {
            None => Outcome::unknown(None, not_allowed(&here)),
            Some((row, id)) => {
                self.outcome((row, id), request, context, gate, attempts)
                    .await
            }
        };
        let (reply, error) = match outcome.reply {
            Ok(reply) => (reply, None),
            Err(error) => (refusal(&error), Some(error)),
        };
        let refused = error
            .as_ref()
            .map(|error| (error.code().name(), error.message().to_owned()));
        let sent = reply.into_response(context);
        let row = found.map(|(row, _)| row);
        let is_change = row.is_some_and(|row| !row.read_only) && error.is_none();
        let answer = if is_change {
            told_answer(sent.response.body())
        } else {
            Told::none()
        };
        let mut asked = outcome.asked;
        asked.resources.extend(sent.resources);
        let not_allowed = || (Code::METHOD_NOT_ALLOWED.name(), String::new());
        Some(Served {
            response: sent.response,
            operation: row.map(|row| row.name),
            read_only: row.map(|row| row.read_only),
            asked,
            answer,
            principal: outcome.principal,
            claimed: outcome.claimed,
            error: refused.or_else(|| row.is_none().then(not_allowed)),
            event_data: sent.event_data,
            cause: error.and_then(ApiError::into_cause).or(sent.cause),
        })
    }

    async fn outcome(
        &self,
        (row, id): (&Row<P>, &str),
        request: &Request<Bytes>,
        context: Context<'_>,
        gate: &impl Admit,
        attempts: &impl Attempts,
    ) -> Outcome {
        let (permission, prepare) = match &row.handler {
            Handler::Public(answer) => return Outcome::unknown(None, Ok(answer())),
            Handler::Signed {
                permission,
                prepare,
            } => (*permission, prepare),
        };
        let principal = match admit(request, context.now, gate).await {
            Ok(principal) => principal,
            Err((claimed, error)) => {
                return Outcome {
                    // Of who is not known nothing is read.
                    asked: Asked::unread(request.body().len()),
                    ..Outcome::unknown(claimed, Err(error))
                };
            }
        };
        let (asked, reply) = {
            let query = request.uri().query().unwrap_or_default();
            let read = Parameters::read(query, row.query);
            let (query, queried) = match read {
                Ok(query) => (query, Ok(())),
                Err(error) => (Parameters::default(), Err(error)),
            };
            let call = Call {
                ports: &self.ports,
                principal: &principal,
                now: context.now,
                random: context.random,
                id,
                query: &query,
                headers: request.headers(),
                body: request.body(),
            };
            let allowed = allow(&call, row, permission);
            // Read in any case, so that the log has what those ask too who may not.
            let prepared = queried.and_then(|()| prepare(&call));
            dispatch(&call, row, allowed, prepared, attempts).await
        };
        Outcome {
            principal: Some(principal),
            claimed: None,
            asked,
            reply,
        }
    }
}

/// The answer as the event of the call has it. A report's repeats the filters it was asked for, and what a filter compares
/// with may be a secret for the field beside it: only the input of `CreateReport` tells filters, and knows what to hide.
fn told_answer(body: &[u8]) -> Told {
    let mut answer: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(members) = answer.as_object_mut() {
        members.remove("filters");
        members.remove("where");
    }
    Told::of_answer(&answer)
}

/// Who asked, what, and the answer.
struct Outcome {
    principal: Option<Principal>,
    claimed: Option<Box<Principal>>,
    asked: Asked,
    reply: Result<Reply, ApiError>,
}

impl Outcome {
    /// To who is not known.
    fn unknown(claimed: Option<Box<Principal>>, reply: Result<Reply, ApiError>) -> Self {
        Self {
            principal: None,
            claimed,
            asked: Asked::default(),
            reply,
        }
    }
}

/// Whether the caller may call this operation.
fn allow<P>(
    call: &Call<'_, P>,
    row: &Row<P>,
    permission: Option<Permission>,
) -> Result<(), ApiError> {
    let action = format!("activity-log:{}", row.name);
    let allowed = match permission {
        Some(permission) => authorize(call.principal, permission, &action, call.now),
        None => Ok(()),
    };
    allowed.map_err(|denied| denial::refused(&denied))
}

async fn dispatch<P>(
    call: &Call<'_, P>,
    row: &Row<P>,
    allowed: Result<(), ApiError>,
    prepared: Result<Prepared<'_>, ApiError>,
    attempts: &impl Attempts,
) -> (Asked, Result<Reply, ApiError>) {
    let Prepared { asked, answer } = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            let asked = Asked::unread(call.body.len());
            return (asked, Err(allowed.err().unwrap_or(error)));
        }
    };
    let begun = match allowed {
        Ok(()) => begin(call, row, &asked, attempts).await,
        Err(error) => Err(error),
    };
    let reply = match begun {
        Ok(()) => answer.await,
        Err(error) => Err(error),
    };
    (asked, reply)
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
        source: Source::ActivityLog,
        read_only: row.read_only,
    };
    let attempt = Attempt {
        operation,
        caller: call.principal,
        asked,
    };
    attempts.begin(attempt).await.map_err(|error| match error {
        NotBegun::TooLarge(large) => ApiError::new(Code::PAYLOAD_TOO_LARGE, large.to_string()),
        NotBegun::Unkept(error) => ApiError::unavailable(error),
    })
}

/// The principal, or whom the caller claims to be and why it is not taken for that.
async fn admit(
    request: &Request<Bytes>,
    now: Instant,
    gate: &impl Admit,
) -> Result<Principal, (Option<Box<Principal>>, ApiError)> {
    // No operation takes more, and nobody's bytes are hashed before that is known.
    if request.body().len() > MAX_COMPONENT_BODY_BYTES {
        let error = ApiError::new(
            Code::PAYLOAD_TOO_LARGE,
            format!(
                "body: more than {MAX_COMPONENT_BODY_BYTES} bytes. A larger component goes to an upload link: POST \
                 /v1/plugins with the JSON body {{\"sizeBytes\": …}} gives one"
            ),
        );
        return Err((None, error));
    }
    gate.admit(request, now).await.map_err(|mut error| {
        let claimed = match &mut error {
            AuthenticationError::Denied { claimed, .. } => claimed.take(),
            AuthenticationError::Unavailable(_) => None,
        };
        (claimed, denial::unauthenticated(error))
    })
}

fn not_allowed<P>(here: &[(&Row<P>, &str)]) -> Result<Reply, ApiError> {
    let mut methods: Vec<&str> = here.iter().map(|(row, _)| row.method.as_str()).collect();
    methods.sort_unstable();
    let methods = methods.join(", ");
    let error = ApiError::new(
        Code::METHOD_NOT_ALLOWED,
        format!("Only {methods} is served at this path"),
    );
    refusal(&error).header(ALLOW, &methods)
}
