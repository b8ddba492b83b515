//! Lambda's event in, Lambda's response out, and one line of log.

use activity_log_cloudtrail::Context;
use activity_log_cloudtrail::ports::Ports;
use activity_log_core::causes::chain;
use activity_log_core::instant::Instant;
use activity_log_gateway::{BadEvent, MAX_EVENT_BYTES, from_response, into_request};
use activity_log_rest as rest;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use time::{Duration, OffsetDateTime};

use crate::answered::Answered;
use crate::app::App;

/// Answers one event of the HTTP API. Every failure is an HTTP response.
pub async fn handle<P: Ports, R: rest::ports::Ports>(
    app: &App<P, R>,
    event: ApiGatewayV2httpRequest,
    request_id: &str,
) -> ApiGatewayV2httpResponse {
    let started = OffsetDateTime::now_utc();
    let context = Context {
        now: Instant::from(started),
        request_id,
    };
    let answered = match into_request(event, MAX_EVENT_BYTES) {
        Ok(request) => app.answer(&request, context).await,
        Err(bad) => unreadable(bad),
    };
    log(&answered, request_id, OffsetDateTime::now_utc() - started);
    from_response(answered.response)
}

fn unreadable(bad: BadEvent) -> Answered {
    let mut answered = Answered::refusal(bad.status(), "BadRequest", &bad.to_string());
    answered.cause = Some(Box::new(bad));
    answered
}

/// Ids and codes; never bodies, secrets or addresses. A failure of ours is an error, a caller's is not; what
/// failed beside an answer is a warning.
fn log(answered: &Answered, request_id: &str, took: Duration) {
    let principal = answered.principal.as_ref();
    let account = principal.map(|principal| principal.account.id.to_string());
    let user = principal.map(|principal| principal.user.to_string());
    let access_key_id = principal.map(|principal| principal.access_key_id.to_string());
    let cause = answered.cause.as_deref().map(|cause| chain(cause));
    let status = answered.response.status();
    let (operation, error_code) = (answered.operation, answered.error_code);
    let response_bytes = answered.response.body().len();
    let duration_ms = u64::try_from(took.whole_milliseconds()).unwrap_or(0);
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                request_id,
                operation,
                status = status.as_u16(),
                error_code,
                cause,
                account,
                user,
                access_key_id,
                response_bytes,
                duration_ms,
                "answered"
            )
        };
    }
    if status.is_server_error() {
        line!(error);
    } else if status.is_success() && cause.is_some() {
        line!(warn);
    } else {
        line!(info);
    }
}

#[cfg(test)]
mod tests {
    use activity_log_cloudtrail::ports::{Storage, StorageRefusal};
    use activity_log_control::Credential;
    use activity_log_control::memory::InMemory;
    use activity_log_core::reports::WorkMessage;
    use activity_log_core::trail::keys::Location;
    use activity_log_rest::ports::{DownloadLink, FileError, Files, UploadLink, Work, WorkError};
    use activity_log_store::memory::MemoryStore;
    use bytes::Bytes;
    use serde_json::{Value, json};

    use super::*;
    use crate::backend::Backend;
    use crate::rest::RestBackend;

    struct NoBuckets;

    impl Storage for NoBuckets {
        async fn admit(
            &self,
            _: &Credential,
            _: &str,
            _: Location<'_>,
        ) -> Result<(), StorageRefusal> {
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
            events: MemoryStore::default(),
            directory: InMemory::new(),
            trails: InMemory::new(),
            storage: NoBuckets,
            region: "us-east-1".to_owned(),
            retention_days: 30,
        };
        let rest = RestBackend {
            directory: InMemory::new(),
            reports: InMemory::new(),
            plugins: InMemory::new(),
            files: Nowhere,
            work: Nowhere,
            retention_days: 30,
        };
        let app = App::new(cloudtrail, rest);
        let event = serde_json::from_value(event).unwrap();
        serde_json::to_value(handle(&app, event, "lambda-1").await).unwrap()
    }

    #[tokio::test]
    async fn an_event_is_answered_as_http() {
        let answered = answer(json!({})).await;
        assert_eq!(answered["statusCode"], 400);
        assert_eq!(
            answered["body"],
            r#"{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}"#
        );
        assert_eq!(answered["headers"]["x-amzn-requestid"], "lambda-1");
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
