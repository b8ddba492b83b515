//! How long is gone on where the table takes or gives no more for now.

use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use tokio::time::Instant;

/// First wait where the table takes no more for now; doubled each time, up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(25);
const LONGEST_WAIT: Duration = Duration::from_millis(1_600);
/// How long is gone on with items of a batch.
const PATIENCE: Duration = Duration::from_secs(12);

/// Exponential waits with full jitter, until a deadline.
pub(super) struct Backoff {
    deadline: Instant,
    longest: Duration,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self::within(PATIENCE)
    }

    pub(super) fn within(patience: Duration) -> Self {
        Self {
            deadline: Instant::now() + patience,
            longest: FIRST_WAIT,
        }
    }

    /// Waits; false if the time is over.
    pub(super) async fn wait(&mut self) -> bool {
        let wait = self.longest.mul_f64(rand::random());
        self.longest = (self.longest * 2).min(LONGEST_WAIT);
        let until = Instant::now() + wait;
        if until > self.deadline {
            return false;
        }
        tokio::time::sleep_until(until).await;
        true
    }
}

/// Whether the table takes no more for now. Where it takes some items of a batch, it leaves the others unprocessed; where
/// it takes none, it answers with one of these.
pub(super) fn is_throttled(error: &impl ProvideErrorMetadata) -> bool {
    matches!(
        error.code(),
        Some(
            "ProvisionedThroughputExceededException"
                | "ThrottlingException"
                | "RequestLimitExceeded"
        )
    )
}

/// Whether the condition of a write did not hold.
pub(super) fn is_refused<R>(error: &SdkError<PutItemError, R>) -> bool {
    error
        .as_service_error()
        .is_some_and(PutItemError::is_conditional_check_failed_exception)
}
