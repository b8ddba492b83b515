//! Lambda's event in, Lambda's response out, and one line of log.

use std::sync::Arc;

use activity_log_control::BoxError;
use activity_log_core::causes::chain;
use activity_log_core::instant::Instant;
use activity_log_core::object::Object;
use activity_log_gateway::{Answer, BadEvent, Event, MAX_EVENT_BYTES, from_response, into_request};
use activity_log_lambda::metrics;
use lambda_runtime::Diagnostic;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use time::OffsetDateTime;

use crate::answered::Answered;
use crate::app::{App, Context, Ports};
use crate::calls::credential_of;
use crate::metrics::Call;
use crate::tick;

/// An invocation, as Lambda names it.
#[derive(Clone, Copy, Debug)]
pub struct Invocation<'a> {
    /// of this invocation, in the log and in the answer
    pub request_id: &'a str,
    /// of the function, the dimension of its metrics
    pub function_name: &'a str,
}

/// An invocation that failed; Lambda counts it as an error.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// neither of the shapes we are wired to, or broken
    #[error("the event is neither a request of API Gateway's nor a scheduled event")]
    Unreadable(#[source] serde_json::Error),
    /// the tick could not read what is to be told
    #[error("what the logs are to be told could not be read")]
    Tick(#[source] BoxError),
}

/// The error types are stable: alarms and people search for them.
impl From<InvocationError> for Diagnostic {
    fn from(error: InvocationError) -> Self {
        let error_type = match error {
            InvocationError::Unreadable(_) => "UnreadableEvent",
            InvocationError::Tick(_) => "TickFailed",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: chain(&error),
        }
    }
}

#[derive(Deserialize)]
struct Probe {
    #[serde(rename = "detail-type")]
    detail_type: Option<IgnoredAny>,
}

fn now() -> Instant {
    Instant::from(OffsetDateTime::now_utc())
}

/// Handles one invocation: a request, or the tick of the schedule.
pub async fn invoke<P: Ports>(
    app: &App<P>,
    event: &RawValue,
    invocation: Invocation<'_>,
) -> Result<Box<RawValue>, InvocationError> {
    let unreadable = InvocationError::Unreadable;
    let Object(probe): Object<Probe> = serde_json::from_str(event.get()).map_err(unreadable)?;
    if probe.detail_type.is_some() {
        let told = tick::tell(app, Arc::new(now)).await;
        let told = told.map_err(InvocationError::Tick)?;
        metrics::emit(&metrics::line(&told, invocation.function_name, now()));
        return to_raw_value(&told).map_err(unreadable);
    }
    let event = Event::read(event.get()).map_err(unreadable)?;
    to_raw_value(&handle(app, event, invocation).await).map_err(unreadable)
}

/// Answers one event of either API. Every failure is an HTTP response.
pub async fn handle<P: Ports>(app: &App<P>, event: Event, invocation: Invocation<'_>) -> Answer {
    handle_at(app, event, invocation, OffsetDateTime::now_utc()).await
}

/// The same at any time.
pub async fn handle_at<P: Ports>(
    app: &App<P>,
    event: Event,
    invocation: Invocation<'_>,
    started: OffsetDateTime,
) -> Answer {
    let context = Context {
        now: Instant::from(started),
        request_id: invocation.request_id,
    };
    let front = event.front();
    let answered = match into_request(event, MAX_EVENT_BYTES) {
        Ok(request) => app.answer(&request, context).await,
        Err(bad) => unreadable(bad),
    };
    let ended = OffsetDateTime::now_utc();
    let call = Call::of(&answered, ended - started);
    metrics::emit(&line(&answered, invocation, &call, Instant::from(ended)));
    from_response(answered.response, front)
}

fn unreadable(bad: BadEvent) -> Answered {
    let mut answered = Answered::refusal(bad.status(), "BadRequest", &bad.to_string());
    answered.cause = Some(Box::new(bad));
    answered
}

/// What the log says of a request, and the metrics with it: one line.
///
/// Ids and codes; never bodies, secrets or addresses. A failure of ours is an error, a caller's is not; what
/// failed beside an answer is a warning.
#[derive(Serialize)]
struct Line<'a> {
    timestamp: String,
    level: &'static str,
    message: &'static str,
    request_id: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unrecorded: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_id: Option<&'a str>,
    response_bytes: usize,
    duration_ms: u64,
}

fn line(answered: &Answered, invocation: Invocation<'_>, call: &Call, now: Instant) -> String {
    let principal = answered.principal.as_ref();
    let cause = answered.cause.as_deref().map(|cause| chain(cause));
    let status = answered.response.status();
    let level = if status.is_server_error() {
        "ERROR"
    } else if answered.unrecorded.is_some() || status.is_success() && cause.is_some() {
        "WARN"
    } else {
        "INFO"
    };
    let line = Line {
        timestamp: now.to_string(),
        level,
        message: "answered",
        request_id: invocation.request_id,
        status: status.as_u16(),
        operation: answered.operation.map(|operation| operation.name),
        error_code: answered.error_code(),
        cause,
        unrecorded: answered.unrecorded.as_deref().map(|cause| chain(cause)),
        account: principal.map(|principal| principal.account.id.to_string()),
        user: principal.map(|principal| principal.user.to_string()),
        credential_id: principal.map(credential_of),
        response_bytes: answered.response.body().len(),
        duration_ms: call.duration_milliseconds,
    };
    metrics::line_with(&line, call, invocation.function_name, now)
}

#[cfg(test)]
mod tests {
    use activity_log_calls::memory::MemoryCallLog;
    use activity_log_calls::{Operation, Recorder, Source};
    use activity_log_cloudtrail::ports::{Storage, StorageRefusal};
    use activity_log_control::memory::InMemory;
    use activity_log_control::{Credential, Rate};
    use activity_log_core::read::Events;
    use activity_log_core::reports::WorkMessage;
    use activity_log_core::trail::keys::Location;
    use activity_log_identity::{Endpoint, Gate};
    use activity_log_rest::ports::{DownloadLink, FileError, Files, UploadLink, Work, WorkError};
    use activity_log_store::memory::MemoryItems;
    use bytes::Bytes;
    use http::StatusCode;
    use serde_json::{Value, json};
    use time::Duration;

    use super::*;
    use crate::backend::Backend;
    use crate::rest::RestBackend;
    use crate::vk::VkBackend;

    const INVOCATION: Invocation<'_> = Invocation {
        request_id: "lambda-1",
        function_name: "stack-lookup",
    };

    struct NoBuckets;

    impl Storage for NoBuckets {
        async fn admit(
            &self,
            _: &Credential,
            _: &str,
            _: Location<'_>,
        ) -> Result<activity_log_core::account::AccountId, StorageRefusal> {
            Err(StorageRefusal::NoSuchBucket)
        }
    }

    /// No file, no queue: nothing here gets that far.
    struct Nowhere;

    fn nowhere(key: &str) -> FileError {
        FileError {
            operation: "any",
            key: key.to_owned(),
            source: "there is no bucket".into(),
        }
    }

    impl Files for Nowhere {
        async fn put(&self, key: &str, _: Bytes) -> Result<(), FileError> {
            Err(nowhere(key))
        }

        async fn size(&self, key: &str) -> Result<Option<u64>, FileError> {
            Err(nowhere(key))
        }

        async fn delete(&self, key: &str) -> Result<(), FileError> {
            Err(nowhere(key))
        }

        async fn download_link(&self, link: DownloadLink<'_>) -> Result<String, FileError> {
            Err(nowhere(link.key))
        }

        async fn upload_link(&self, link: UploadLink<'_>) -> Result<String, FileError> {
            Err(nowhere(link.key))
        }
    }

    impl Work for Nowhere {
        async fn send(&self, _: &WorkMessage) -> Result<(), WorkError> {
            Err(WorkError {
                queue: "none".to_owned(),
                source: "there is no queue".into(),
            })
        }
    }

    /// Everything in memory, and nothing in it.
    struct Nothing;

    impl Ports for Nothing {
        type CloudTrail = Backend<Events<MemoryItems>, InMemory, InMemory, NoBuckets>;
        type Rest = RestBackend<
            Events<MemoryItems>,
            InMemory,
            InMemory,
            InMemory,
            InMemory,
            Nowhere,
            Nowhere,
        >;
        type Vk = VkBackend<Events<MemoryItems>, InMemory>;
        type Gate = Gate<InMemory, InMemory>;
        type Projects = InMemory;
        type Sessions = InMemory;
        type Outbox = InMemory;
        type Accounts = InMemory;
        type Unproven = InMemory;
        type Calls = MemoryCallLog;
    }

    fn events() -> Events<MemoryItems> {
        Events::new(MemoryItems::default(), 0)
    }

    async fn answer(changes: Value) -> Value {
        let mut event = json!({
            "version": "2.0",
            "rawPath": "/",
            "headers": {"host": "api.test", "x-amz-target": "CloudTrail_20131101.LookupEvents"},
            "requestContext": {"http": {"method": "POST", "path": "/"}, "requestId": "gateway-1"},
            "isBase64Encoded": false,
        });
        for (name, value) in changes.as_object().unwrap() {
            event[name] = value.clone();
        }
        let cloudtrail = Backend {
            events: events(),
            directory: InMemory::new(),
            trails: InMemory::new(),
            storage: NoBuckets,
            region: "us-east-1".to_owned(),
            retention_days: 30,
        };
        let rest = RestBackend {
            events: events(),
            cursors: InMemory::new(),
            sessions: InMemory::new(),
            reports: InMemory::new(),
            plugins: InMemory::new(),
            files: Nowhere,
            work: Nowhere,
            retention_days: 30,
        };
        let vk = VkBackend {
            events: events(),
            keys: InMemory::new(),
            retention_days: 30,
            clock: Box::new(|| Instant::from_millis(0)),
        };
        let app: App<Nothing> = App {
            cloudtrail: activity_log_cloudtrail::Service::new(cloudtrail),
            rest: activity_log_rest::Service::new(rest),
            vk: activity_log_vk::Service::new(vk),
            gate: Gate::new(
                Endpoint::new("us-east-1", ["api.test"]),
                InMemory::new(),
                InMemory::new(),
                Rate::Lookup,
            ),
            projects: InMemory::new(),
            sessions: InMemory::new(),
            outbox: InMemory::new(),
            unproven: InMemory::new(),
            accounts: InMemory::new(),
            recorder: Recorder::new(MemoryCallLog::new(), "us-east-1"),
        };
        let event = to_raw_value(&event).unwrap();
        let answer = invoke(&app, &event, INVOCATION).await.unwrap();
        serde_json::from_str(answer.get()).unwrap()
    }

    #[test]
    fn a_request_is_one_line_of_log_and_of_metrics() {
        let mut answered = Answered::refusal(StatusCode::SERVICE_UNAVAILABLE, "Unavailable", "no");
        answered.operation = Some(Operation {
            name: "LookupEvents",
            source: Source::CloudTrail,
            read_only: true,
        });
        answered.cause = Some("the table is gone".into());
        let call = Call {
            duration_milliseconds: 7,
            ..Call::of(&answered, Duration::ZERO)
        };
        let line = line(&answered, INVOCATION, &call, Instant::from_millis(1_234));
        let mut line: Value = serde_json::from_str(&line).unwrap();
        let directive = line.as_object_mut().unwrap().remove("_aws").unwrap();
        assert_eq!(directive["Timestamp"], 1_234);
        let expected = json!({
            "timestamp": "1970-01-01T00:00:01.234Z", "level": "ERROR", "message": "answered",
            "request_id": "lambda-1", "operation": "LookupEvents", "status": 503,
            "error_code": "Unavailable", "cause": "the table is gone",
            "response_bytes": answered.response.body().len(), "duration_ms": 7,
            "FunctionName": "stack-lookup", "Calls": 1, "DeniedCalls": 0, "UnknownCallers": 0, "ThrottledCalls": 0,
            "FailedCalls": 1, "UnrecordedCalls": 0, "DurationMilliseconds": 7,
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn the_level_is_an_error_for_our_failures_and_a_warning_for_what_failed_beside_an_answer() {
        let level = |status, cause: Option<&str>| {
            let mut answered = Answered::refusal(status, "Any", "");
            answered.cause = cause.map(Into::into);
            let call = Call::of(&answered, Duration::ZERO);
            let line = line(&answered, INVOCATION, &call, Instant::from_millis(0));
            serde_json::from_str::<Value>(&line).unwrap()["level"].clone()
        };
        assert_eq!(level(StatusCode::OK, None), "INFO");
        assert_eq!(level(StatusCode::OK, Some("lost")), "WARN");
        assert_eq!(level(StatusCode::BAD_REQUEST, Some("bad")), "INFO");
        assert_eq!(level(StatusCode::BAD_GATEWAY, None), "ERROR");
    }

    #[tokio::test]
    async fn an_event_is_answered_as_http() {
        let answered = answer(json!({})).await;
        assert_eq!(answered["statusCode"], 400);
        assert_eq!(
            answered["body"],
            concat!(
                r#"{"__type":"MissingAuthenticationTokenException","#,
                r#""message":"Missing Authentication Token","Message":"Missing Authentication Token"}"#
            )
        );
        assert_eq!(answered["headers"]["x-amzn-requestid"], "lambda-1");
    }

    #[tokio::test]
    async fn every_protocol_has_its_own_words() {
        let get = json!({"method": "GET", "path": "/v1/p1/logs"});
        let answered =
            answer(json!({"rawPath": "/v1/p1/logs", "requestContext": {"http": get}})).await;
        assert_eq!(answered["statusCode"], 401);
        assert_eq!(
            answered["body"],
            r#"{"error":{"code":401,"title":"Unauthorized","message":"Missing Authentication Token"}}"#
        );
    }

    #[tokio::test]
    async fn a_tick_is_no_request() {
        let tick = json!({"detail-type": "Scheduled Event", "source": "aws.events"});
        let nothing = json!({
            "Ticks": 1, "ToldSessions": 0, "ToldChanges": 0, "ForgottenChanges": 0, "ToldRefusals": 0, "UntoldEntries": 0, "OldestUntoldSeconds": 0,
        });
        assert_eq!(answer(tick).await, nothing);
    }

    #[tokio::test]
    async fn our_own_api_answers_in_its_own_words() {
        let get = json!({"method": "GET", "path": "/v1/reports"});
        let answered =
            answer(json!({"rawPath": "/v1/reports", "requestContext": {"http": get}})).await;
        assert_eq!(answered["statusCode"], 401);
        assert_eq!(
            answered["body"],
            r#"{"error":{"code":"MissingAuthenticationToken","message":"Missing Authentication Token"}}"#
        );
        assert_eq!(answered["headers"]["x-amzn-requestid"], "lambda-1");
    }

    #[tokio::test]
    async fn what_is_no_http_request_is_the_caller_s_error() {
        let answered = answer(json!({"body": "n@t base64", "isBase64Encoded": true})).await;
        assert_eq!(answered["statusCode"], 400);
        assert_eq!(
            answered["body"],
            r#"{"error":{"code":"BadRequest","message":"the request body is not base64"}}"#
        );
    }
}
