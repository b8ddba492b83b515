//! Tells what invoked the function, and answers in its terms.

use std::time::Duration;

use activity_log_calls::CallLog;
use activity_log_calls::sqs::PATIENCE as RECORDED_WITHIN;
use activity_log_control::UnprovenCalls;
use activity_log_control::dynamodb::COUNTED_WITHIN;
use activity_log_core::causes::chain;
use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::object::Object;
use activity_log_gateway::{BadEvent, Event, MAX_EVENT_BYTES, from_response, into_request};
use activity_log_identity::Admit;
use activity_log_lambda::metrics;
use lambda_runtime::Diagnostic;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::api::Api;
use crate::app::{App, Directory, EventStore};
use crate::metrics::Taken;
use crate::{api, queue, reply};

/// An invocation that is none of ours; Lambda counts it as an error.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// neither of the shapes we are wired to
    #[error("the event is neither a request of API Gateway's nor a batch of SQS messages")]
    Unknown,
    /// one of the shapes, and broken
    #[error("the event cannot be read")]
    Unreadable(#[source] serde_json::Error),
}

/// The error types are stable: alarms and people search for them.
impl From<InvocationError> for Diagnostic {
    fn from(error: InvocationError) -> Self {
        let error_type = match error {
            InvocationError::Unknown => "UnknownEvent",
            InvocationError::Unreadable(_) => "UnreadableEvent",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: chain(&error),
        }
    }
}

#[derive(Deserialize)]
struct Probe {
    #[serde(rename = "requestContext")]
    request_context: Option<Object<Context>>,
    #[serde(rename = "Records")]
    records: Option<IgnoredAny>,
}

/// Of either kind of API.
#[derive(Deserialize)]
struct Context {
    /// when the gateway got the request, in milliseconds since 1970
    #[serde(rename = "timeEpoch", alias = "requestTimeEpoch")]
    arrived: Option<i64>,
}

/// How long the gateway waits for an answer, in milliseconds.
const GATEWAY_MS: i64 = 29 * SECOND;
/// What remains after the last write, in milliseconds: to count what came, to record the call, and a second to answer.
const ANSWER_MS: i64 = millis(COUNTED_WITHIN) + millis(RECORDED_WITHIN) + SECOND;

#[expect(clippy::cast_possible_truncation, reason = "some seconds")]
const fn millis(duration: Duration) -> i64 {
    duration.as_millis() as i64
}

/// An invocation, as Lambda names it.
#[derive(Clone, Copy, Debug)]
pub struct Invocation<'a> {
    /// of this invocation, in the log of calls
    pub request_id: &'a str,
    /// of the function, the dimension of its metrics
    pub function_name: &'a str,
    /// when Lambda ends it
    pub end: Instant,
    /// queues to which only we can send, by ARN: what comes from them is known to be ours
    pub own_queues: &'a [String],
}

/// Handles one invocation.
pub async fn handle<S: EventStore, D: Directory, G: Admit, L: CallLog, U: UnprovenCalls>(
    app: &App<S, D>,
    api: &Api<G, L, U>,
    event: &RawValue,
    invocation: Invocation<'_>,
) -> Result<Box<RawValue>, InvocationError> {
    let mut taken = Taken::default();
    let answer = take(app, api, event, invocation, &mut taken).await;
    taken.usage_not_counted = app.take_uncounted();
    let line = metrics::line(&taken, invocation.function_name, app.now());
    metrics::emit(&line);
    answer
}

/// Takes in what one event brings, and counts it in `taken`.
pub async fn take<S: EventStore, D: Directory, G: Admit, L: CallLog, U: UnprovenCalls>(
    app: &App<S, D>,
    api: &Api<G, L, U>,
    event: &RawValue,
    invocation: Invocation<'_>,
    taken: &mut Taken,
) -> Result<Box<RawValue>, InvocationError> {
    let Object(probe): Object<Probe> =
        serde_json::from_str(event.get()).map_err(InvocationError::Unreadable)?;
    let until = invocation.end.plus_millis(-ANSWER_MS);
    if let Some(Object(context)) = probe.request_context {
        let arrived = context.arrived.map(Instant::from_millis);
        let gone = arrived.map(|arrived| arrived.plus_millis(GATEWAY_MS - ANSWER_MS));
        let time = (
            invocation.request_id,
            gone.map_or(until, |gone| gone.min(until)),
        );
        let event = Event::read(event.get()).map_err(InvocationError::Unreadable)?;
        let front = event.front();
        let response = match into_request(event, MAX_EVENT_BYTES) {
            Ok(request) => api::answer(app, api, &request, time, taken).await,
            Err(bad) => unreadable(&bad),
        };
        taken.answered(response.status());
        return raw(&from_response(response, front));
    }
    if probe.records.is_some() {
        let event = serde_json::from_str(event.get()).map_err(InvocationError::Unreadable)?;
        let own = invocation.own_queues;
        return raw(&queue::answer(app, &event, own, until, taken).await);
    }
    Err(InvocationError::Unknown)
}

fn raw(answer: &impl serde::Serialize) -> Result<Box<RawValue>, InvocationError> {
    serde_json::value::to_raw_value(answer).map_err(InvocationError::Unreadable)
}

fn unreadable(bad: &BadEvent) -> http::Response<bytes::Bytes> {
    tracing::info!(cause = chain(bad), "unreadable request");
    reply::refusal(bad.status(), "BadRequest", &bad.to_string())
}
