//! Lookups and counts that end in time for an answer, whatever the store does.
//!
//! Reading ends [`READ_MS`] after the request came: the answer then says where to go on. That is looked at between two
//! requests to the store; if those take too long, it is given up [`GRACE_MS`] later, and the caller is told to
//! try again, by the function and not by its end.

use std::time::Duration;

use activity_log_core::account::AccountId;
use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::page::{Clock, Deadline, Page, PageRequest};
use activity_log_core::query::Query;
use activity_log_core::read::{CountRequest, Counts};
use activity_log_core::reader::{EventCounter, EventReader, ReadError};

/// How long reading may go on, in milliseconds.
pub const READ_MS: i64 = 12 * SECOND;
/// How much longer the last requests may take, in milliseconds: one with all its tries, and then the records of what was
/// picked. With the time to record the call and to answer it is below the function's 29 seconds.
pub const GRACE_MS: u64 = 11_000;

/// A store of events that is not waited for longer than an answer can wait.
#[derive(Clone)]
pub struct InTime<E> {
    events: E,
    clock: Clock,
}

/// It was.
#[derive(Debug, thiserror::Error)]
#[error("reading took over {READ_MS} and {GRACE_MS} ms")]
struct TookTooLong;

impl<E> InTime<E> {
    /// These events, by this clock.
    pub fn new(events: E, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self {
            events,
            clock: std::sync::Arc::new(clock),
        }
    }

    /// When reading for a request of this time ends.
    fn deadline(&self, now: Instant) -> Deadline {
        Deadline::new(now.plus_millis(READ_MS), self.clock.clone())
    }
}

/// What was read, unless the store takes too long.
async fn waited<T>(
    deadline: &Deadline,
    reading: impl Future<Output = Result<T, ReadError>>,
) -> Result<T, ReadError> {
    let longest = Duration::from_millis(deadline.left_ms() + GRACE_MS);
    let read = tokio::time::timeout(longest, reading).await;
    read.unwrap_or_else(|_| Err(ReadError::Store(Box::new(TookTooLong))))
}

impl<E: EventReader> EventReader for InTime<E> {
    async fn find(
        &self,
        account: AccountId,
        query: &Query,
        page: &PageRequest,
    ) -> Result<Page, ReadError> {
        let deadline = self.deadline(page.now);
        let page = PageRequest {
            deadline: Some(deadline.clone()),
            ..page.clone()
        };
        waited(&deadline, self.events.find(account, query, &page)).await
    }
}

impl<E: EventCounter> EventCounter for InTime<E> {
    async fn counts(
        &self,
        account: AccountId,
        query: &Query,
        request: &CountRequest,
    ) -> Result<Counts, ReadError> {
        let deadline = self.deadline(request.now);
        let request = CountRequest {
            deadline: Some(deadline.clone()),
            ..request.clone()
        };
        waited(&deadline, self.events.counts(account, query, &request)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_seconds(1_795_176_000);

    /// Notes how long it may take, and answers never.
    struct Silent;

    impl EventReader for Silent {
        async fn find(
            &self,
            _: AccountId,
            _: &Query,
            page: &PageRequest,
        ) -> Result<Page, ReadError> {
            assert_eq!(page.deadline.as_ref().unwrap().left_ms(), 8_000);
            std::future::pending().await
        }
    }

    impl EventCounter for Silent {
        async fn counts(
            &self,
            _: AccountId,
            _: &Query,
            request: &CountRequest,
        ) -> Result<Counts, ReadError> {
            assert_eq!(request.deadline.as_ref().unwrap().left_ms(), 8_000);
            std::future::pending().await
        }
    }

    const ACCOUNT: &str = "111122223333";

    fn silent() -> InTime<Silent> {
        InTime::new(Silent, || NOW.plus_millis(4 * SECOND))
    }

    /// Four seconds after the request came it is given up in time.
    async fn is_given_up<T>(reading: impl Future<Output = Result<T, ReadError>>) {
        let begun = tokio::time::Instant::now();
        assert!(reading.await.is_err());
        let waited = begun.elapsed();
        assert!(
            Duration::from_secs(4) + waited < Duration::from_secs(24),
            "{waited:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn counting_is_given_up_in_time_too() {
        let request = CountRequest {
            start: NOW,
            width_ms: SECOND,
            buckets: 1,
            top: None,
            before: None,
            horizon: NOW,
            now: NOW,
            deadline: None,
        };
        let (events, query) = (silent(), Query::default());
        is_given_up(events.counts(ACCOUNT.parse().unwrap(), &query, &request)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_does_not_answer_is_given_up_in_time() {
        // VK's protocol asks again and again of one request: here four seconds after it came.
        let events = silent();
        let page = PageRequest {
            max_events: 1,
            max_bytes: 1,
            after: None,
            horizon: NOW,
            now: NOW,
            deadline: None,
        };
        let query = Query::default();
        is_given_up(events.find(ACCOUNT.parse().unwrap(), &query, &page)).await;
    }
}
