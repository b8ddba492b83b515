//! Sending a batch until it is answered. Sending it again is safe: it is one batch.

use activity_log_core::causes::chain;
use bytes::Bytes;

use super::reply::{self, Status, Verdict};
use crate::backoff::{ATTEMPTS, wait_as_asked};
use crate::signed::Answer;

/// Carries a batch to the service, once.
pub trait Transport {
    /// Why there was no answer. To be tried again.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Posts the body.
    fn post(&self, body: &Bytes) -> impl Future<Output = Result<Answer, Self::Error>>;
}

/// The service answered that it will take nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the service refuses: {0}")]
pub struct Stopped(String);

/// Sends batches over a transport.
#[derive(Debug)]
pub struct Sender<T> {
    transport: T,
}

impl<T: Transport> Sender<T> {
    /// Over this transport.
    pub fn new(transport: T) -> Self {
        Self { transport }
    }

    /// Sends a batch of `sent` records; gives a status for each.
    pub async fn send(&self, body: &Bytes, sent: usize) -> Result<Vec<Status>, Stopped> {
        let mut known = None;
        let (mut why, mut asked) = (String::new(), None);
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(wait_as_asked(attempt, asked)).await;
            }
            let verdict = match self.transport.post(body).await {
                Ok(answer) => {
                    asked = answer.retry_after;
                    reply::judge(answer.status, &answer.body, sent)
                }
                Err(error) => {
                    asked = None;
                    Verdict::Again(None, chain(&error))
                }
            };
            match verdict {
                Verdict::Done(statuses) => return Ok(reply::merge(known, statuses)),
                Verdict::Stop(why) => return Err(Stopped(why)),
                Verdict::Again(statuses, reason) => {
                    if let Some(statuses) = statuses {
                        known = Some(reply::merge(known, statuses));
                    }
                    why = reason;
                }
            }
        }
        let failed = vec![Status::Failed(why); sent];
        Ok(reply::merge(known, failed))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("connection refused")]
    struct Refused;

    /// Gives these answers in turn.
    struct Script(Mutex<Vec<Result<Answer, Refused>>>);

    impl Transport for Script {
        type Error = Refused;

        async fn post(&self, _: &Bytes) -> Result<Answer, Refused> {
            self.0.lock().unwrap().remove(0)
        }
    }

    fn answer(status: u16, body: &'static str) -> Answer {
        let body = Bytes::from_static(body.as_bytes());
        Answer {
            status,
            body,
            retry_after: None,
        }
    }

    async fn send(answers: Vec<Result<Answer, Refused>>) -> Result<Vec<Status>, Stopped> {
        let sender = Sender::new(Script(Mutex::new(answers)));
        let sent = sender.send(&Bytes::new(), 2).await;
        let unused = sender.transport.0.into_inner().unwrap();
        assert!(unused.is_empty(), "{} answers too many", unused.len());
        sent
    }

    const STORED: &str =
        r#"{"events":[{"index":0,"status":"duplicate"},{"index":1,"status":"accepted"}]}"#;
    const HALF: &str =
        r#"{"events":[{"index":0,"status":"accepted"},{"index":1,"status":"failed"}]}"#;

    #[tokio::test(start_paused = true)]
    async fn it_is_tried_again_until_answered() {
        let answers = vec![
            Err(Refused),
            Ok(answer(429, "")),
            Ok(answer(503, HALF)),
            Ok(answer(502, "<html>")),
            Ok(answer(200, STORED)),
        ];
        assert_eq!(send(answers).await, Ok(vec![Status::Accepted; 2]));
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_last_attempt_what_is_not_known_failed() {
        let mut answers = vec![Ok(answer(503, HALF))];
        answers.extend((1..ATTEMPTS).map(|_| Err(Refused)));
        let start = tokio::time::Instant::now();
        let failed = Status::Failed("connection refused".to_owned());
        assert_eq!(send(answers).await, Ok(vec![Status::Accepted, failed]));
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "{:?}",
            start.elapsed()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_wants_to_be_left_alone_is() {
        let throttled = |seconds| Answer {
            retry_after: Some(Duration::from_secs(seconds)),
            ..answer(
                429,
                r#"{"error":{"code":"ThrottlingException","message":"slow down"}}"#,
            )
        };
        let answers = vec![
            Ok(throttled(20)),
            Ok(throttled(7)),
            // What was asked for then is not asked for any more.
            Err(Refused),
            Ok(answer(200, STORED)),
        ];
        let start = tokio::time::Instant::now();
        let statuses = send(answers).await.unwrap();
        assert_eq!(statuses, [Status::Duplicate, Status::Accepted]);
        let waited = start.elapsed().as_secs();
        assert!((27..30).contains(&waited), "{waited} s");

        let throttled = (0..ATTEMPTS).map(|_| Ok(throttled(1))).collect();
        let failed = Status::Failed("ThrottlingException: slow down".to_owned());
        assert_eq!(send(throttled).await, Ok(vec![failed; 2]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_ends_it_at_once() {
        let denied = answer(
            403,
            r#"{"error":{"code":"AccessDeniedException","message":"no"}}"#,
        );
        let error = send(vec![Ok(denied)]).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the service refuses: AccessDeniedException: no"
        );
    }
}
