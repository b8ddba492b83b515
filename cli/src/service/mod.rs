//! A client of our own REST API, `/v1/…`: signed JSON, tried again where that cannot do anything twice.

mod arguments;
mod error;
pub mod link;
pub mod reference;
mod signals;

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::backoff::{ATTEMPTS, wait_as_asked};
use crate::printable;
use crate::signed::{Answer, SignedHttp, TransportError};

pub use arguments::Address;
pub use error::ServiceError;
pub use signals::or_interrupted;

const JSON: &str = "application/json";

/// A request.
#[derive(Clone, Debug)]
pub struct Call {
    /// GET, POST, DELETE
    pub method: Method,
    /// with its query
    pub path: String,
    /// of the body, if there is one
    pub content_type: Option<&'static str>,
    /// empty if there is none
    pub body: Bytes,
    /// whether a second one does no more than the first
    pub is_repeatable: bool,
}

impl Call {
    fn without_body(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            content_type: None,
            body: Bytes::new(),
            is_repeatable: true,
        }
    }

    /// Reads.
    pub fn get(path: impl Into<String>) -> Self {
        Self::without_body(Method::GET, path)
    }

    /// Deletes.
    pub fn delete(path: impl Into<String>) -> Self {
        Self::without_body(Method::DELETE, path)
    }

    /// Asks for something that exists already to be done: asking twice is asking once.
    pub fn nudge(path: impl Into<String>) -> Self {
        Self::without_body(Method::POST, path)
    }

    /// Makes something; another one each time.
    pub fn make(path: impl Into<String>, content_type: &'static str, body: Bytes) -> Self {
        Self {
            method: Method::POST,
            path: path.into(),
            content_type: Some(content_type),
            body,
            is_repeatable: false,
        }
    }

    /// Asks a question that has a JSON body; asking twice is asking once.
    pub fn question(path: impl Into<String>, body: &Value) -> Self {
        Self {
            is_repeatable: true,
            ..Self::make_json(path, body)
        }
    }

    /// Makes something of a JSON body.
    pub fn make_json(path: impl Into<String>, body: &Value) -> Self {
        Self::make(path, JSON, Bytes::from(body.to_string()))
    }
}

/// Carries a request to the service, once.
pub trait Transport {
    /// Why there was no answer.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Sends it.
    fn send(&self, call: &Call) -> impl Future<Output = Result<Answer, Self::Error>>;

    /// Where it is sent to.
    fn place(&self) -> String {
        "the service".to_owned()
    }

    /// The access key it is signed with.
    fn key_id(&self) -> Option<&str> {
        None
    }
}

impl Transport for SignedHttp {
    type Error = TransportError;

    async fn send(&self, call: &Call) -> Result<Answer, TransportError> {
        let mut headers = vec![(ACCEPT, JSON)];
        headers.extend(call.content_type.map(|kind| (CONTENT_TYPE, kind)));
        Self::send(self, &call.method, &call.path, &headers, &call.body).await
    }

    fn place(&self) -> String {
        self.origin().as_str().to_owned()
    }

    fn key_id(&self) -> Option<&str> {
        Some(self.key_id())
    }
}

/// The service, over a transport.
#[derive(Debug)]
pub struct Service<T = SignedHttp>(T);

impl<T: Transport> Service<T> {
    /// Over this transport.
    pub const fn new(transport: T) -> Self {
        Self(transport)
    }

    /// The body of what the service answers; empty where it says nothing (204).
    async fn answer(&self, call: &Call) -> Result<Bytes, ServiceError> {
        let mut attempt = 0;
        loop {
            let (outcome, asked) = match self.0.send(call).await {
                Ok(answer) => (read(&answer), answer.retry_after),
                Err(error) => (Err(self.unanswered(error)), None),
            };
            let error = match outcome {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            attempt += 1;
            if attempt == ATTEMPTS || !error.is_worth_another(call.is_repeatable) {
                return Err(error.of(call).with_key(self.0.key_id()));
            }
            if attempt == 1 {
                tell_retry(&error);
            }
            tokio::time::sleep(wait_as_asked(attempt, asked)).await;
        }
    }

    fn unanswered(&self, error: T::Error) -> ServiceError {
        ServiceError::Unanswered {
            place: self.0.place(),
            cause: Box::new(error),
        }
    }

    /// What the service answers; `null` where it says nothing (204).
    pub async fn call(&self, call: &Call) -> Result<Value, ServiceError> {
        let body = self.answer(call).await?;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).map_err(ServiceError::NotUnderstood)
    }

    /// What it answers, as this type. Raw JSON in it stays as it was sent.
    pub async fn ask<R: DeserializeOwned>(&self, call: &Call) -> Result<R, ServiceError> {
        let body = self.answer(call).await?;
        serde_json::from_slice(&body).map_err(ServiceError::NotUnderstood)
    }
}

/// Whoever waits is told why, at once.
fn tell_retry(error: &ServiceError) {
    let why = printable::escape(&activity_log_core::causes::chain(error));
    eprintln!("{why}; trying again");
}

fn read(answer: &Answer) -> Result<Bytes, ServiceError> {
    match answer.status {
        204 => Ok(Bytes::new()),
        200..=299 => Ok(answer.body.clone()),
        status => Err(ServiceError::refused(status, &answer.body)),
    }
}

#[cfg(test)]
pub mod tests {
    use std::sync::Mutex;

    use serde_json::json;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("connection refused")]
    pub struct Refused;

    /// Gives these answers in turn, and remembers what was asked.
    #[derive(Default)]
    pub struct Script {
        answers: Mutex<Vec<Result<Answer, Refused>>>,
        asked: Mutex<Vec<String>>,
    }

    impl Transport for Script {
        type Error = Refused;

        async fn send(&self, call: &Call) -> Result<Answer, Refused> {
            let asked = format!("{} {}", call.method, call.path);
            self.asked.lock().unwrap().push(asked);
            self.answers.lock().unwrap().remove(0)
        }
    }

    /// A service that gives these answers.
    pub fn scripted(answers: Vec<Result<Answer, Refused>>) -> Service<Script> {
        Service::new(Script {
            answers: Mutex::new(answers),
            asked: Mutex::default(),
        })
    }

    impl Service<Script> {
        /// What was asked; fails if not all answers were given.
        pub fn asked(self) -> Vec<String> {
            let unused = self.0.answers.into_inner().unwrap();
            assert!(unused.is_empty(), "{} answers too many", unused.len());
            self.0.asked.into_inner().unwrap()
        }
    }

    /// An answer of this status and body.
    pub fn answer(status: u16, body: impl Into<String>) -> Answer {
        let body = Bytes::from(body.into());
        Answer {
            status,
            body,
            retry_after: None,
        }
    }

    fn error(code: &str) -> String {
        json!({ "error": { "code": code, "message": "m" } }).to_string()
    }

    #[tokio::test(start_paused = true)]
    async fn a_repeatable_call_is_tried_again_until_answered() {
        let service = scripted(vec![
            Err(Refused),
            Ok(answer(429, error("ThrottlingException"))),
            Ok(answer(502, "<html>")),
            Ok(answer(500, error("InternalFailure"))),
            Ok(answer(200, r#"{"a":1}"#)),
        ]);
        let value = service.call(&Call::get("/v1/reports")).await.unwrap();
        assert_eq!(value, json!({ "a": 1 }));
        assert_eq!(service.asked(), ["GET /v1/reports"; 5]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_wants_to_be_left_alone_is() {
        let throttled = Answer {
            retry_after: Some(std::time::Duration::from_secs(20)),
            ..answer(429, error("ThrottlingException"))
        };
        let service = scripted(vec![Ok(throttled), Ok(answer(201, "{}"))]);
        let start = tokio::time::Instant::now();
        let make = Call::make_json("/v1/reports", &json!({}));
        service.call(&make).await.unwrap();
        assert_eq!((start.elapsed().as_secs(), service.asked().len()), (20, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn what_makes_something_is_sent_again_only_if_nothing_was_made() {
        let make = Call::make_json("/v1/reports", &json!({}));
        let service = scripted(vec![
            Ok(answer(429, error("ThrottlingException"))),
            Ok(answer(503, error("ServiceUnavailable"))),
            Ok(answer(201, "{}")),
        ]);
        service.call(&make).await.unwrap();
        assert_eq!(service.asked().len(), 3);

        // A gateway's own 503 is no word of the service's.
        for lost in [
            Err(Refused),
            Ok(answer(503, "<html>")),
            Ok(answer(504, error("x"))),
        ] {
            let service = scripted(vec![lost]);
            let error = service.call(&make).await.unwrap_err().to_string();
            assert!(
                error.contains("it may have been done all the same"),
                "{error}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_ends_it_in_the_services_words() {
        let service = scripted(vec![Ok(answer(403, error("AccessDeniedException")))]);
        let refused = service.call(&Call::delete("/v1/reports/x")).await;
        assert_eq!(refused.unwrap_err().to_string(), "AccessDeniedException: m");
        let service = scripted(vec![Ok(answer(404, "<html>not here</html>"))]);
        let strange = service.call(&Call::get("/v1/reports")).await.unwrap_err();
        assert_eq!(
            strange.to_string(),
            "HTTP 404, and not in our service's words: is the address (--url) right?"
        );
        let service = scripted(vec![Ok(answer(200, "welcome"))]);
        let strange = service.call(&Call::get("/v1/reports")).await.unwrap_err();
        assert!(
            strange
                .to_string()
                .starts_with("the answer is not understood")
        );
    }

    #[tokio::test(start_paused = true)]
    async fn it_gives_up() {
        let service = scripted((0..ATTEMPTS).map(|_| Err(Refused)).collect());
        let error = service.call(&Call::get("/v1/reports")).await.unwrap_err();
        assert_eq!(
            activity_log_core::causes::chain(&error),
            "the service does not answer: connection refused"
        );
        assert_eq!(service.asked().len(), 8);
    }

    #[tokio::test]
    async fn nothing_is_null() {
        let service = scripted(vec![Ok(answer(204, ""))]);
        let value = service.call(&Call::delete("/v1/reports/x")).await.unwrap();
        assert_eq!(value, Value::Null);
    }
}
